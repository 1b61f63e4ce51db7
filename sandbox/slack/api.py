"""`/slack/api/<method>`: who calls, may they, how often, what goes wrong on order, and the log of it all."""

from __future__ import annotations

import asyncio
import time
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from sandbox.faults import Fault
from sandbox.server import PROTOCOL
from sandbox.slack.args import Args, read_args
from sandbox.slack.errors import RateLimited, SlackError
from sandbox.slack.methods import METHODS
from sandbox.slack.server import SlackServer

Json = dict[str, Any]

_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


class Reset(Response):
    """Ends the connection without an answer, as seen when a peer dies: the client gets a connection reset."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._protocol.transport.abort()


async def call(slack: SlackServer, request: Request) -> Response:
    """Answer one call of the Web API."""
    name = request.path_params["method"]
    started = time.perf_counter()
    with slack.traffic.busy():
        try:
            args = await read_args(request)
        except SlackError as error:
            return _failed(slack, error)
        channel = args.text("channel") or args.text("channel_id")
        fault = slack.faults.for_call(name, channel, args.text("text"))
        if fault is None:
            response, answer = _apply(slack, name, args)
        else:
            slack.traffic.note("fault", fault.kind, ok=True, detail=f"{fault.id} on {name}", channel=channel)
            response, answer = await _with_fault(slack, request, fault, name, args)
        slack.traffic.note(
            "api",
            name,
            ok=bool(answer.get("ok")),
            detail=str(answer.get("error", "")),
            ms=(time.perf_counter() - started) * 1000,
            channel=channel,
            request=args.values,
            response=answer,
        )
    return response


def _apply(slack: SlackServer, name: str, args: Args) -> tuple[Response, Json]:
    try:
        answer = {"ok": True, **_answer(slack, name, args)}
    except RateLimited as error:
        return too_many(error.seconds), {"ok": False, "error": error.code, "retry_after": error.seconds}
    except SlackError as error:
        answer = {"ok": False, "error": error.code, **error.more}
    headers = {"x-oauth-scopes": ",".join(sorted(slack.manifest.scopes)), "x-content-type-options": "nosniff"}
    return JSONResponse(answer, headers=headers), answer


def _failed(slack: SlackServer, error: SlackError) -> Response:
    answer = {"ok": False, "error": error.code, **error.more}
    slack.traffic.note("api", "unreadable", ok=False, detail=error.code, response=answer)
    return JSONResponse(answer)


def _answer(slack: SlackServer, name: str, args: Args) -> Json:
    method = METHODS.get(name)
    if method is None:
        raise SlackError("unknown_method", req_method=name)
    if not method.anonymous:
        _check_token(slack, args.token, app_token=method.app_token)
    if method.scopes:
        slack.need(*method.scopes)
    if method.tier is not None:
        wait = slack.rates.take_method(name, method.tier)
        if wait:
            raise RateLimited(wait)
    return method.call(slack, args)


def _check_token(slack: SlackServer, token: str, *, app_token: bool) -> None:
    if not token:
        raise SlackError("not_authed")
    right, other = slack.settings.slack_bot_token, slack.settings.slack_app_token
    if app_token:
        right, other = other, right
    if token == other:
        raise SlackError("not_allowed_token_type")
    if token != right:
        raise SlackError("invalid_auth")
    if slack.auth_error and not app_token:
        raise SlackError(slack.auth_error)


def too_many(seconds: int) -> Response:
    headers = {"retry-after": str(seconds)}
    return JSONResponse({"ok": False, "error": "ratelimited"}, status_code=429, headers=headers)


async def _with_fault(
    slack: SlackServer, request: Request, fault: Fault, name: str, args: Args
) -> tuple[Response, Json]:
    """The faults of `sandbox.faults.CALL_FAULTS`; the answer beside the response is for the log."""
    ordered = {"ok": False, "error": f"fault:{fault.kind}"}
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return _apply(slack, name, args)
        case "delay_answer":
            done = _apply(slack, name, args)
            await asyncio.sleep(fault.seconds)
            return done
        case "reset":
            _, applied = _apply(slack, name, args)
            return Reset(request.scope[PROTOCOL]), ordered | {"applied": applied}
        case "reset_before":
            return Reset(request.scope[PROTOCOL]), ordered
        case "error_after":
            _, applied = _apply(slack, name, args)
            return broken_response(fault), ordered | {"applied": applied}
        case "ratelimit":
            if fault.body == "html":
                page = _PAGE.format("429 Too Many Requests")
                headers = {"retry-after": str(fault.retry_after)}
                return HTMLResponse(page, status_code=429, headers=headers), ordered
            return too_many(fault.retry_after), ordered
        case "late":
            task = asyncio.create_task(_apply_later(slack, fault.seconds, name, args))
            slack.later.add(task)
            task.add_done_callback(slack.later.discard)
            await _gone_or(request, fault.hang)
            return Reset(request.scope[PROTOCOL]), ordered
        case _:
            return broken_response(fault), ordered


def broken_response(fault: Fault) -> Response:
    """What an ill server says: an error as JSON, a page, JSON that breaks off, nothing."""
    match fault.body:
        case "html":
            return HTMLResponse(_PAGE.format(f"{fault.status} Error"), status_code=fault.status)
        case "broken":
            return Response('{"ok": tru', status_code=fault.status, media_type="application/json")
        case "empty":
            return Response(b"", status_code=fault.status, media_type="application/json")
        case _:
            return JSONResponse({"ok": False, "error": fault.error}, status_code=fault.status)


async def _apply_later(slack: SlackServer, seconds: float, name: str, args: Args) -> None:
    with slack.traffic.busy():
        await asyncio.sleep(seconds)
        _, answer = _apply(slack, name, args)
        slack.traffic.note(
            "api", name, ok=bool(answer.get("ok")), detail="applied late", request=args.values, response=answer
        )


async def _gone_or(request: Request, seconds: float) -> None:
    """Until the client gives up, at most that long."""
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
