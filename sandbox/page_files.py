"""The page's own files, and the addresses at which it opens."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PAGE: Final = Path(__file__).parent / "page"


def _policy(html: str) -> str:
    """The page's Content-Security-Policy: its own files alone, and the one inline script that is its import map."""
    scripts = re.findall(r'<script type="importmap">(.*?)</script>', html, re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'self'; script-src 'self' {hashes}; img-src 'self' data: blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _preloads() -> str:
    """All modules at once, instead of one level of imports after the other."""
    paths = sorted(path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.js"))
    return "".join(f'<link rel="modulepreload" href="/page/{path}">' for path in paths)


async def _page(request: Request) -> Response:
    html = (PAGE / "index.html").read_text(encoding="utf-8").replace("<!-- modules -->", _preloads())
    return HTMLResponse(
        html,
        headers={
            "Content-Security-Policy": _policy(html),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


class _Files(StaticFiles):
    """The page's files, asked for anew each time: another version of the program must not meet old modules."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def routes() -> list[BaseRoute]:
    """The page at `/` and at the addresses that the platforms give to messages, and its files."""
    return [
        Route("/", _page),
        Route("/archives/{channel}/{message}", _page),
        Route("/channels/{guild}/{channel}", _page),
        Route("/channels/{guild}/{channel}/{message}", _page),
        Mount("/page", _Files(directory=PAGE)),
    ]
