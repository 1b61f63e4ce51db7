"""`/slack/events`: the guard, then Bolt."""

import logging
import time

from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.app.async_app import AsyncApp
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from adapters.slack.intake import Intake
from adapters.web import guard

log = logging.getLogger(__name__)


async def respond(request: Request, signing_secret: str, bolt: AsyncApp, intake: Intake) -> Response:
    """Answers 5xx only when the desk cannot take the event now; Slack then tries again."""
    try:
        body = await guard.read_body(request)
    except ClientDisconnect:
        return Response(status_code=400)
    rejected = guard.check(request.method, request.headers, body, signing_secret, time.time())
    if rejected:
        return Response(rejected.reason, status_code=rejected.status)
    if intake.full:
        return Response("busy", status_code=503)
    try:
        bolt_request = to_async_bolt_request(request, body or b"")
    except Exception as error:
        # Signed JSON in which Bolt finds something else than Slack sends.
        log.warning("unreadable request: %s", type(error).__name__)
        return Response("not a request of Slack's", status_code=400)
    answer = await bolt.async_dispatch(bolt_request)
    if answer.status == 500:
        # The intake never raises, so one of Bolt's own steps did, over a payload that is not Slack's.
        return Response("not a request of Slack's", status_code=400)
    return to_starlette_response(answer)
