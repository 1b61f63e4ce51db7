"""The desk's own HTTP: is it alive, is it ready, its figures, and what the platforms post to it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypedDict

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

log = logging.getLogger(__name__)


class Health(TypedDict):
    """`why` is empty when `ok`."""

    ok: bool
    why: str


Check = Callable[[], Mapping[str, Any]]
Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    *,
    ready: Mapping[str, Check],
    registry: CollectorRegistry,
    endpoints: Mapping[str, Endpoint] | None = None,
    home: str | None = None,
    routes: Sequence[BaseRoute] = (),
) -> Starlette:
    """`ready` names the parts that must be well for the desk to take work; each check returns at once a mapping with
    `ok` and `why`. `endpoints`, by path, are what the platforms post to. `home` is where `/` leads."""

    async def healthz(request: Request) -> Response:
        return JSONResponse({"ok": True})

    async def readyz(request: Request) -> Response:
        parts = {name: _checked(name, check) for name, check in ready.items()}
        ok = all(part["ok"] for part in parts.values())
        return JSONResponse({"ok": ok, "parts": parts}, status_code=200 if ok else 503)

    async def metrics(request: Request) -> Response:
        figures = await asyncio.to_thread(generate_latest, registry)
        return Response(figures, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def root(request: Request) -> Response:
        return RedirectResponse(home or "/readyz", status_code=302)

    own: list[BaseRoute] = [
        Route("/", root),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]
    own += [Route(path, endpoint, methods=["POST"]) for path, endpoint in (endpoints or {}).items()]
    return Starlette(routes=[*own, *routes])


def _checked(name: str, check: Check) -> Health:
    try:
        found = check()
        return Health(ok=bool(found["ok"]), why=str(found.get("why", "")))
    except Exception as error:
        log.exception("a readiness check failed", extra={"part": name})
        return Health(ok=False, why=f"the check itself failed ({type(error).__name__})")
