"""Keeps other websites out: a page elsewhere in the same browser must neither act nor look through this port."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]", "::1"})


class Guard:
    """Refuses with 403 what comes from another origin, and, while bound to this machine alone, what was sent to another
    host name (which a foreign name server can point here). Programs send no Origin and are let through."""

    def __init__(self, app: ASGIApp, host: str) -> None:
        self._app = app
        self._local = _loopback(host)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and not self._lets_in(scope):
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 4403, "reason": "from another origin"})
                return
            await PlainTextResponse("This address answers its own page and local programs only.", 403)(
                scope, receive, send
            )
            return
        await self._app(scope, receive, send)

    def _lets_in(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin", b"").decode("latin-1")
        name = urlsplit(f"//{host}").hostname or ""
        if self._local and not _loopback(name):
            return False
        return not origin or urlsplit(origin).netloc == host


def _loopback(name: str) -> bool:
    if name in _NAMES:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
