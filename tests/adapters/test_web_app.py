"""The desk's own HTTP endpoints."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import Response

from adapters.web.app import create_app
from sandbox.server import bind, serving

Get = Callable[[str], Any]


@pytest.fixture
async def get() -> AsyncIterator[Any]:
    """GETs from an app made with the given parts."""
    async with aiohttp.ClientSession() as session:

        async def fetch(path: str, method: str = "GET", **parts: Any) -> tuple[int, Any, Any]:
            given: dict[str, Any] = {"ready": {}, "registry": CollectorRegistry(), **parts}
            listener = bind("127.0.0.1", 0)
            url = f"http://127.0.0.1:{listener.getsockname()[1]}{path}"
            async with (
                serving(create_app(**given), listener),
                session.request(method, url, allow_redirects=False) as answer,
            ):
                body = await answer.json() if answer.content_type == "application/json" else await answer.text()
                return answer.status, answer.headers, body

        yield fetch


async def test_it_is_alive_whatever_is_wrong(get: Any) -> None:
    status, _, body = await get("/healthz", ready={"slack": lambda: {"ok": False, "why": "down"}})
    assert (status, body) == (200, {"ok": True})


async def test_it_is_ready_when_all_parts_are(get: Any) -> None:
    parts = {"store": lambda: {"ok": True, "why": ""}, "slack": lambda: {"ok": True}}
    status, _, body = await get("/readyz", ready=parts)
    assert status == 200
    assert body == {"ok": True, "parts": {"store": {"ok": True, "why": ""}, "slack": {"ok": True, "why": ""}}}


async def test_it_is_not_ready_and_says_why(get: Any) -> None:
    def broken() -> dict[str, Any]:
        raise ValueError("a secret")

    parts = {
        "store": lambda: {"ok": True, "why": ""},
        "slack": lambda: {"ok": False, "why": "no connection"},
        "x": broken,
    }
    status, _, body = await get("/readyz", ready=parts)
    assert status == 503
    assert body["ok"] is False
    assert body["parts"]["slack"] == {"ok": False, "why": "no connection"}
    assert body["parts"]["x"] == {"ok": False, "why": "the check itself failed (ValueError)"}


async def test_its_figures_are_those_of_the_registry(get: Any) -> None:
    registry = CollectorRegistry()
    Counter("tickets_opened", "Tickets", registry=registry).inc(3)
    status, headers, body = await get("/metrics", registry=registry)
    assert status == 200
    assert headers["Content-Type"].startswith("text/plain")
    assert "tickets_opened_total 3.0" in body


async def test_the_front_door_leads_on(get: Any) -> None:
    status, headers, _ = await get("/", home="http://127.0.0.1:8090/")
    assert (status, headers["Location"]) == (302, "http://127.0.0.1:8090/")
    _, headers, _ = await get("/")
    assert headers["Location"] == "/readyz"


async def test_slacks_door_is_there_only_over_http_and_takes_posts_only(get: Any) -> None:
    async def events(request: Request) -> Response:
        return Response("taken")

    assert (await get("/slack/events", "POST"))[0] == 404
    assert (await get("/slack/events", "POST", endpoints={"/slack/events": events}))[2] == "taken"
    assert (await get("/slack/events", endpoints={"/slack/events": events}))[0] == 405
