"""`/discord/api/v10/…`: who calls, how often, what goes wrong on order, and the log of it all."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, Final
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.discord import table
from sandbox.discord.call import Call, read_call
from sandbox.discord.errors import DiscordError, Unauthorized
from sandbox.discord.server import DiscordServer, missing_as_discord
from sandbox.discord.table import Row
from sandbox.faults import Fault
from sandbox.server import PROTOCOL
from sandbox.world import Missing

Json = dict[str, Any]

BASE: Final = "/discord/api/v10"
_PAGE: Final = "<!DOCTYPE html><html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"
_VIA: Final = {"Via": "1.1 google"}
"""What comes from Discord and not from the edge before it; discord.py repeats a 429 only with this."""


class Reset(Response):
    """Ends the connection without an answer, as seen when a peer dies."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._protocol.transport.abort()


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Of the type `application/json` exactly: discord.py takes one with a charset for text."""
    return Response(json.dumps(value), status, {"content-type": "application/json", **_VIA, **(headers or {})})


async def call(discord: DiscordServer, request: Request) -> Response:
    """Answer one call."""
    started = time.perf_counter()
    raw_path = request.scope.get("raw_path") or request.url.path.encode()
    path = raw_path.decode("latin-1").partition("?")[0].removeprefix(BASE)
    found = table.match(request.method, path)
    name = found[0].name if found else f"{request.method} {path}"
    with discord.traffic.busy():
        given = Call({}, {})
        try:
            if found is None:
                raise DiscordError(0)
            row, parts = found
            given = await read_call(request, {key: unquote(value) for key, value in parts.items()})
            response, answer = await _answered(discord, request, row, given)
        except DiscordError as error:
            response, answer = as_json(error.body(), error.status), error.body()
        failed = response.status_code >= 400 or isinstance(response, Reset)
        discord.traffic.note(
            "api",
            name,
            ok=not failed,
            detail=str(answer.get("code", "")) if failed and isinstance(answer, dict) else "",
            ms=(time.perf_counter() - started) * 1000,
            channel=given.path.get("channel", ""),
            request=given.body,
            response=answer,
        )
    return response


async def _answered(discord: DiscordServer, request: Request, row: Row, given: Call) -> tuple[Response, Any]:
    channel = given.path.get("channel", "")
    fault = discord.faults.for_call(row.name, channel, json.dumps(given.body, ensure_ascii=False))
    if fault is None:
        return _apply(discord, request, row, given)
    discord.traffic.note("fault", fault.kind, ok=True, detail=f"{fault.id} on {row.name}", channel=channel)
    return await _with_fault(discord, request, fault, row, given)


def _apply(discord: DiscordServer, request: Request, row: Row, given: Call) -> tuple[Response, Any]:
    headers: dict[str, str] = {}
    try:
        if not row.anonymous:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            if scheme != "Bot" or not discord.knows(token.strip()):
                raise Unauthorized
        path = given.path
        major = path.get("channel") or path.get("guild") or path.get("token") or ""
        taken = discord.rates.take(row.name, major, row.limit, free_of_global=row.anonymous)
        headers = taken.headers
        if taken.wait:
            return too_many(taken.wait, headers, taken.scope)
        answer = row.handler(discord, given)
    except Missing as error:
        refused = missing_as_discord(error)
        return as_json(refused.body(), refused.status, headers), refused.body()
    except DiscordError as error:
        return as_json(error.body(), error.status, headers), error.body()
    if answer is None:
        return Response(status_code=204, headers={**headers, **_VIA}), None
    return as_json(answer, row.status, headers), answer


def too_many(seconds: float, headers: dict[str, str], scope: str) -> tuple[Response, Json]:
    everywhere = scope == "global"
    body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": everywhere}
    more = {"Retry-After": str(max(1, round(seconds))), "X-RateLimit-Scope": scope}
    if everywhere:
        more["X-RateLimit-Global"] = "true"
    return as_json(body, 429, headers | more), body


async def _with_fault(
    discord: DiscordServer, request: Request, fault: Fault, row: Row, given: Call
) -> tuple[Response, Any]:
    """The faults of `sandbox.faults.CALL_FAULTS`; the answer beside the response is for the log."""
    ordered: Json = {"code": f"fault:{fault.kind}"}
    match fault.kind:
        case "delay":
            await asyncio.sleep(fault.seconds)
            return _apply(discord, request, row, given)
        case "delay_answer":
            done = _apply(discord, request, row, given)
            await asyncio.sleep(fault.seconds)
            return done
        case "reset":
            _, applied = _apply(discord, request, row, given)
            return Reset(request.scope[PROTOCOL]), ordered | {"applied": applied}
        case "reset_before":
            return Reset(request.scope[PROTOCOL]), ordered
        case "error_after":
            _, applied = _apply(discord, request, row, given)
            return _broken(fault), ordered | {"applied": applied}
        case "ratelimit":
            if fault.body == "html":
                page = _PAGE.format("Error 1015: You are being rate limited")
                headers = {"content-type": "text/html", "retry-after": str(fault.retry_after)}
                return Response(page, 429, headers), ordered
            scope = "global" if fault.error == "global" else "shared"
            return too_many(fault.retry_after, {"X-RateLimit-Bucket": row.name}, scope)
        case "late":
            discord.deliver_later(_apply_later(discord, request, fault.seconds, row, given))
            await _gone_or(request, fault.hang)
            return Reset(request.scope[PROTOCOL]), ordered
        case _:
            return _broken(fault), ordered


def _broken(fault: Fault) -> Response:
    """What an ill server says: an error as JSON, a page, JSON that breaks off, nothing."""
    match fault.body:
        case "html":
            return Response(_PAGE.format(f"{fault.status} Error"), fault.status, {"content-type": "text/html"})
        case "broken":
            return Response('{"message": "5', fault.status, {"content-type": "application/json"})
        case "empty":
            return Response(b"", fault.status, {"content-type": "application/json"})
        case _:
            return as_json({"message": f"{fault.status}: {fault.error}", "code": 0}, fault.status)


async def _apply_later(discord: DiscordServer, request: Request, seconds: float, row: Row, given: Call) -> None:
    with discord.traffic.busy():
        await asyncio.sleep(seconds)
        response, answer = _apply(discord, request, row, given)
        ok = response.status_code < 400
        discord.traffic.note("api", row.name, ok=ok, detail="applied late", request=given.body, response=answer)


async def _gone_or(request: Request, seconds: float) -> None:
    """Until the client gives up, at most that long."""
    try:
        async with asyncio.timeout(seconds):
            while (await request.receive())["type"] != "http.disconnect":
                continue
    except TimeoutError:
        return
