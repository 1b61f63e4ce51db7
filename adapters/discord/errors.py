"""What Discord's refusals mean for an effect: applied or not, for now or for good
(https://docs.discord.com/developers/topics/opcodes-and-status-codes)."""

import asyncio
import math
from typing import Any, Final

import aiohttp
import discord

from adapters.discord.payloads import parsed
from core.ports import DeliveryError, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked

UNKNOWN_CHANNEL: Final = "10003"
UNKNOWN_MESSAGE: Final = "10008"
UNKNOWN_EMOJI: Final = "10014"
UNKNOWN_USER: Final = "10013"
UNKNOWN_MEMBER: Final = "10007"
WRONG_CHANNEL_TYPE: Final = "50024"
NO_PERMISSION: Final = "50013"
NO_TEXT_CHANNEL: Final = "50008"
INVALID_FORM: Final = "50035"
ARCHIVED: Final = "50083"
LOCKED: Final = "160005"
# Somebody who takes no direct messages, or has no server in common with the bot.
NO_DIRECT: Final = frozenset({"50007", "50278"})
HAS_THREAD: Final = "160004"
THREADS_FULL: Final = "160006"
# Unknown channel or server, no access, no permission there, archived and locked.
_GONE: Final = frozenset({UNKNOWN_CHANNEL, "10004", "50001", NO_PERMISSION, ARCHIVED, LOCKED})
# A server that has no such method; Discord itself gives a code with its 404.
MISSING: Final = frozenset({"http_404", "http_405", "http_501"})
EMPTY_MESSAGE: Final = "50006"
# What is said of a message in a form that is not known there.
NOT_TAKEN: Final = frozenset({INVALID_FORM, EMPTY_MESSAGE})
# When a 429 does not say how long.
_RETRY_AFTER: Final = 30.0


def from_exception(error: Exception) -> DeliveryError:
    """The port's error for whatever a call raised."""
    match error:
        case DeliveryError():
            return error
        case discord.RateLimited():
            return RateLimited(error.retry_after)
        case discord.LoginFailure():
            return Revoked("401", "Discord does not accept the token")
        case discord.HTTPException():
            return _from_answer(error)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotSent("not_connected", str(error))
        case aiohttp.InvalidURL():
            return RefusedByPlatform("invalid_url", str(error))
        case RuntimeError() if "closed" in str(error):
            # Between two connections discord.py has no session.
            return NotSent("not_connected", "the connection is being made again")
        case asyncio.TimeoutError():
            return OutcomeUnknown("timeout")
        case _:
            return OutcomeUnknown("no_answer", f"{type(error).__name__}: {error}"[:200])


def _from_answer(error: discord.HTTPException) -> DeliveryError:
    status, known = error.status, error.code or _code_in(error.text)
    code = str(known or f"http_{error.status}")
    if status == 429:
        # The edge before Discord answers with a page, and means all that this machine asks for.
        page = "text/html" in str(getattr(error.response, "headers", {}).get("Content-Type", ""))
        return RateLimited(_retry_after(error.response), "connection" if page else "lane")
    if status == 401:
        return Revoked("401", "Discord does not accept the token")
    if code in MISSING:
        return RefusedByPlatform(code, error.text[:300])
    if status >= 500 or status == 408:
        return OutcomeUnknown(code)
    if not known and status != 403:
        # Turned away by something on the way: Discord itself gives a code.
        return NotSent(code)
    return RefusedByPlatform(code, error.text[:300], gone=code in _GONE)


def _code_in(text: str) -> int:
    """Of an answer that discord.py did not read as JSON. 0: none."""
    found = parsed(text) if text.startswith("{") else None
    code = found.get("code") if isinstance(found, dict) else None
    return code if isinstance(code, int) else 0


def _retry_after(response: Any) -> float:
    try:
        seconds = float(response.headers.get("Retry-After", ""))
    except (TypeError, ValueError):
        return _RETRY_AFTER
    return min(max(seconds, 0.1), 3600.0) if math.isfinite(seconds) else _RETRY_AFTER
