"""response_url: answering an interaction later, five times within half an hour."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.server import PROTOCOL
from sandbox.slack.api import Reset, broken_response, too_many
from sandbox.slack.api_chat import content
from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.server import SlackServer
from sandbox.slack.tickets import ResponseAddress
from sandbox.wire import parse_json

Json = dict[str, Any]


async def respond(slack: SlackServer, request: Request) -> Response:
    """One POST to a response_url. Errors as Slack words them: used_url, expired_url with 404; bad content with 400."""
    token = request.path_params["token"]
    with slack.traffic.busy():
        given = await _body(request)
        if given is None:
            return JSONResponse({"ok": False, "error": "invalid_payload"}, status_code=400)
        known = slack.tickets.responses.get(token)
        fault = slack.faults.for_call("response_url", known.channel if known else "", str(given.get("text", "")))
        if fault is not None and fault.kind in ("error", "ratelimit", "reset_before"):
            slack.traffic.note("fault", fault.kind, ok=True, detail=f"{fault.id} on response_url")
            match fault.kind:
                case "ratelimit":
                    return too_many(fault.retry_after)
                case "reset_before":
                    return Reset(request.scope[PROTOCOL])
                case _:
                    return broken_response(fault)
        try:
            address = slack.tickets.use_response(token)
        except SlackError as error:
            return _noted(slack, given, error, 404)
        try:
            apply(slack, address, given)
        except SlackError as error:
            return _noted(slack, given, error, 400)
        slack.traffic.note("response_url", "response_url", ok=True, channel=address.channel, request=given)
    if fault is not None and fault.kind == "reset":
        return Reset(request.scope[PROTOCOL])
    return PlainTextResponse("ok")


def _noted(slack: SlackServer, given: Json, error: SlackError, status: int) -> Response:
    answer = {"ok": False, "error": error.code, **error.more}
    slack.traffic.note("response_url", "response_url", ok=False, detail=error.code, request=given, response=answer)
    return JSONResponse(answer, status_code=status)


async def _body(request: Request) -> Json | None:
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        async with request.form() as form:
            raw = str(form.get("payload", "")).encode()
    try:
        given = parse_json(raw)
    except ValueError:
        return None
    return given if isinstance(given, dict) else None


def apply(slack: SlackServer, address: ResponseAddress, given: Json) -> None:
    """Show what was answered: in place of the message it came from, as a new one, to that person or to all."""
    world = slack.world
    if given.get("delete_original"):
        _delete_original(slack, address)
        return
    said = content(Args(given, ""))
    if given.get("replace_original") and address.message:
        if address.ephemeral:
            if address.message in world.ephemerals.get(address.person, {}):
                world.edit_ephemeral(address.person, address.message, **said)
        elif world.find_message(address.channel, address.message) is not None:
            world.edit(address.channel, address.message, slack.bot.id, **said)
        return
    show(slack, address.person, address.channel, given, said)


def show(slack: SlackServer, person: str, channel: str, given: Json, said: Json) -> None:
    """A new message: `in_channel` for all, else to that person alone."""
    thread = given.get("thread_ts")
    root = thread if isinstance(thread, str) and slack.world.find_message(channel, thread) is not None else None
    if given.get("response_type") == "in_channel":
        slack.world.post(channel, slack.bot.id, **said, thread=root)
    else:
        slack.world.show_ephemeral(person, channel, slack.bot.id, **said, thread=root)


def _delete_original(slack: SlackServer, address: ResponseAddress) -> None:
    if address.ephemeral:
        slack.world.drop_ephemeral(address.person, address.message)
    elif address.message and slack.world.find_message(address.channel, address.message) is not None:
        slack.world.delete(address.channel, address.message, slack.bot.id)
