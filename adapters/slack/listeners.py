"""Slack's requests, whatever their kind, through Bolt to the intake: one global middleware that never calls
`next()`, because a Bolt listener would be acked before it runs."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.intake import Ack
from adapters.slack.payloads import Payload

# With a level of its own, because Bolt spells requests out for its log below one.
_QUIET: Final = logging.getLogger("adapters.slack.bolt")
_QUIET.setLevel(logging.ERROR)


def bolt_app(url: str, signing_secret: str | None, take: Callable[[Payload], Awaitable[Ack]]) -> AsyncApp:
    """Bolt checks signatures and parses; which workspace it is, the desk knows itself, so nothing is looked up."""

    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    async def commit(body: dict[str, Any], ack: AsyncAck) -> BoltResponse:
        answer = await take(body)
        if not answer.accepted:
            return BoltResponse(status=503, body="")
        return await ack(answer.body) if answer.body else await ack()

    app = AsyncApp(
        name="deskhand",
        logger=_QUIET,
        # Without a token: ours would be taken for Bolt's own and warned about.
        client=AsyncWebClient(base_url=url),
        authorize=authorize,
        signing_secret=signing_secret or "",
        request_verification_enabled=signing_secret is not None,
        # The intake does this, because it also knows messages of ours that name no bot.
        ignoring_self_events_enabled=False,
    )
    app.use(commit)
    return app
