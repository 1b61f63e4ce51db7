"""The people's and the scripts' side: everything under `/control/`, from one table that is also its documentation."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.control import app_acts, people, places, platform, scripts
from sandbox.control.endpoint import Endpoint, answer

if TYPE_CHECKING:
    from sandbox.app import Sandbox

ENDPOINTS: Final[tuple[tuple[str, tuple[Endpoint, ...]], ...]] = (
    ("People", (*people.ENDPOINTS, *places.ENDPOINTS)),
    ("People and the app", app_acts.ENDPOINTS),
    ("Scripts", scripts.ENDPOINTS),
    ("The platform", platform.ENDPOINTS),
)


def control_routes(sandbox: Sandbox) -> list[BaseRoute]:
    def route(endpoint: Endpoint) -> Route:
        async def call(request: Request) -> Response:
            return await answer(sandbox, endpoint, request)

        return Route(endpoint.path, call, methods=[endpoint.method])

    async def docs(request: Request) -> Response:
        return JSONResponse(_table()) if request.query_params.get("format") == "json" else HTMLResponse(_page())

    rows = [endpoint for _, endpoints in ENDPOINTS for endpoint in endpoints]
    return [Route("/control/docs", docs), *(route(endpoint) for endpoint in rows)]


def _table() -> list[dict[str, Any]]:
    return [
        {
            "group": group,
            "method": one.method,
            "path": one.path,
            "summary": one.summary,
            "fields": one.fields,
            "answer": one.answer,
        }
        for group, endpoints in ENDPOINTS
        for one in endpoints
    ]


_HEAD: Final = """<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Sandbox: control</title>
<meta name='viewport' content='width=device-width'><style>:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h3{margin:1.5rem 0 0;font:600 15px ui-monospace,monospace}p{margin:.2rem 0}
dl{margin:.3rem 0 0;display:grid;grid-template-columns:9rem 1fr;gap:.1rem 1rem}
dt{font-family:ui-monospace,monospace}dd{margin:0}</style><h1>The sandbox's control interface</h1>
<p>GET takes its fields in the query, POST and DELETE as a JSON object. Answers are JSON with <code>ok</code>; a refused
request has <code>error.code</code>, <code>error.message</code> and a status of 4xx.</p>"""


def _page() -> str:
    parts = [_HEAD]
    for group, endpoints in ENDPOINTS:
        parts.append(f"<h2>{html.escape(group)}</h2>")
        for one in endpoints:
            parts.append(f"<h3>{one.method} {html.escape(one.path)}</h3><p>{_words(one.summary)}.</p>")
            if one.fields:
                rows = (f"<dt>{html.escape(name)}</dt><dd>{_words(what)}</dd>" for name, what in one.fields.items())
                parts.append(f"<dl>{''.join(rows)}</dl>")
            if one.answer:
                parts.append(f"<p>Answer: {_words(one.answer)}.</p>")
    return "".join(parts)


def _words(text: str) -> str:
    """Escaped, with `…` as code."""
    pieces = html.escape(text).split("`")
    return "".join(f"<code>{piece}</code>" if place % 2 else piece for place, piece in enumerate(pieces))
