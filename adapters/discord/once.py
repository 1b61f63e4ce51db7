"""What is said once. discord.py tries a request again by itself when it was answered with 500, 502, 504 or 524, and
none of them says that nothing was made: a private thread or a forum's post, for which Discord knows no key, would be
there twice, and on a server that takes no nonces every message would."""

import re
from types import SimpleNamespace
from typing import Final

import aiohttp

from core.ports import OutcomeUnknown

_TRIED_AGAIN: Final = frozenset({500, 502, 504, 524})
_MAKES: Final = re.compile(r"/channels/\d+/(?:messages|threads)$|/webhooks/\d+/[^/]+$")
# After these the request is over, and what it made is there; behind the others it may still be under way.
OVER: Final = frozenset({"http_500", "http_502"})


def no_second_try() -> aiohttp.TraceConfig:
    """For discord.py's session: such an answer to what makes something raises OutcomeUnknown, which it lets pass."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_answered)
    return trace


async def _answered(
    session: aiohttp.ClientSession, context: SimpleNamespace, end: aiohttp.TraceRequestEndParams
) -> None:
    status = end.response.status
    if end.method == "POST" and status in _TRIED_AGAIN and _MAKES.search(end.url.path):
        end.response.close()
        raise OutcomeUnknown(f"http_{status}")
