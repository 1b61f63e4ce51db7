"""One workspace's Web API: slack_sdk's client, its errors told in the port's words, and nothing ever repeated.

slack_sdk's own retry handlers are off: one of them posts again when a connection drops after Slack has accepted.
"""

import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import SplitResult, urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.errors import from_exception
from core.ports import DeliveryError, NotSent, RefusedByPlatform

# With a level of its own: below a level the SDK spells each request out for its log, and a request is what somebody
# wrote to support.
QUIET: Final = logging.getLogger("adapters.slack.sdk")
QUIET.setLevel(logging.ERROR)
# Seconds to a connection; beyond that nothing was sent.
_CONNECT: Final = 5.0
PAGE: Final = 200
_THIS_MACHINE: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# A server that knows a method only as POST.
_NOT_BY_GET: Final = frozenset({405, 501})


class _Client(AsyncWebClient):
    """Asks in the way that most servers understand: reads by GET, and by POST where that is not taken; what a POST has
    to say in its body. An answer is JSON whatever its type says; one that is no object counts as empty."""

    async def _request(self, *, http_verb: str, api_url: str, req_args: dict[str, Any]) -> dict[str, Any]:
        params = req_args.get("params")
        if http_verb == "POST" and params and not req_args.get("json") and not req_args.get("data"):
            req_args = {**req_args, "params": None, "data": {name: str(value) for name, value in params.items()}}
        if self.session is None:
            raise NotSent("not_started")
        async with self.session.request(http_verb, api_url, **req_args) as answer:
            body, status, headers = await answer.read(), answer.status, answer.headers
        if http_verb == "GET" and status in _NOT_BY_GET:
            return await self._request(http_verb="POST", api_url=api_url, req_args=req_args)
        return {"data": _object(body), "headers": headers, "status_code": status}


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


class Api:
    """Open from construction (inside the event loop) to `close`. `url` ends with a slash."""

    def __init__(self, url: str, token: str | None, timeout: float) -> None:
        self.url = url if url.endswith("/") else url + "/"
        self.token = token
        self.timeout = timeout
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=timeout, sock_connect=min(_CONNECT, timeout)),
            trust_env=may_use_proxy(self.url),
        )
        self.web = _Client(token=token, base_url=self.url, session=self.session, retry_handlers=[], logger=QUIET)
        # The session reads the proxy variables itself and, unlike the SDK, minds NO_PROXY.
        self.web.proxy = None
        # The platform's time minus this machine's in seconds, from the newest answer that showed it.
        self.skew: float | None = None

    async def close(self) -> None:
        await self.session.close()

    async def call(self, method: Callable[..., Awaitable[Any]], /, **arguments: Any) -> Mapping[str, Any]:
        """One request, once. Raises a DeliveryError."""
        data, _ = await self._answer(method, arguments)
        return data

    async def identify(self) -> tuple[Mapping[str, Any], frozenset[str] | None]:
        """Whose token it is, and its scopes where the server says them. Raises a DeliveryError."""
        data, headers = await self._answer(self.web.auth_test, {})
        scopes = headers.get("x-oauth-scopes")
        return data, frozenset(one.strip() for one in scopes.split(",")) if scopes else None

    async def _answer(
        self, method: Callable[..., Awaitable[Any]], arguments: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Mapping[str, str]]:
        try:
            response = await method(**{name: value for name, value in arguments.items() if value is not None})
        except Exception as error:
            raise from_exception(error) from error
        return response.data, response.headers

    async def pages(
        self, method: Callable[..., Awaitable[Any]], /, most: int, limit: int = PAGE, **arguments: Any
    ) -> AsyncIterator[Mapping[str, Any]]:
        """Up to `most` pages in Slack's order. Raises a DeliveryError."""
        cursor: str | None = None
        for _ in range(most):
            page = await self.call(method, limit=limit, cursor=cursor, **arguments)
            yield page
            following = page.get("response_metadata")
            cursor = following.get("next_cursor") if isinstance(following, Mapping) else None
            if not cursor:
                return

    def saw(self, ts: str) -> None:
        """A ts that the platform made just now."""
        try:
            self.skew = float(ts) - time.time()
        except ValueError:
            return

    def check_host(self, url: str) -> None:
        """Raises RefusedByPlatform unless a URL leads to Slack, or to the server that stands for it."""
        own, other = urlsplit(self.url), urlsplit(url)
        if (other.scheme, other.netloc) == (own.scheme, own.netloc) or _both_here(own, other):
            return
        host = other.hostname or ""
        if (
            other.scheme == "https"
            and other.port in (None, 443)
            and (host == "slack.com" or host.endswith(".slack.com"))
        ):
            return
        raise RefusedByPlatform("foreign_host", f"{other.scheme}://{host} is not Slack")


def may_use_proxy(url: str) -> bool:
    """Whether the environment's proxy is for this address; a proxy cannot reach the servers on this machine."""
    return urlsplit(url).hostname not in _THIS_MACHINE


def _both_here(own: SplitResult, other: SplitResult) -> bool:
    """Whether two addresses are the same server on this machine by different names."""
    here = {own.hostname, other.hostname} <= _THIS_MACHINE
    return here and (own.scheme, own.port, None) == (other.scheme, other.port, other.username)


async def ignoring(codes: frozenset[str], done: Awaitable[Any]) -> None:
    """Awaits a call for which some refusals mean that what was asked for is so already."""
    try:
        await done
    except DeliveryError as error:
        if not isinstance(error, RefusedByPlatform) or error.code not in codes:
            raise
