"""T07 on Slack: the bot's token goes to Slack and nowhere else, however a file's address reads or redirects."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from support.blobs import MemoryBlobs

from adapters.slack.api import Api
from adapters.slack.files import SlackResolver, download
from core.language.effects import FetchFile
from core.ports import DeliveryError, NotSent, RefusedByPlatform
from sandbox.server import bind, serving


@dataclass
class Server:
    """Gives a file at `/file`, and at `/to` sends on to `target`. `tokens` are what it was shown."""

    url: str
    target: str = ""
    tokens: list[str | None] = field(default_factory=list)
    status: int = 200
    kind: str = "image/png"
    length: str | None = None

    def file(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization"))
        return Response(b"x" * 100, self.status, media_type=self.kind)

    def to(self, request: Request) -> Response:
        self.tokens.append(request.headers.get("authorization"))
        return RedirectResponse(self.target)


@contextlib.asynccontextmanager
async def server() -> AsyncIterator[Server]:
    listener = bind("127.0.0.1", 0)
    found = Server(f"http://127.0.0.1:{listener.getsockname()[1]}")
    routes = [Route("/file", found.file), Route("/to", found.to)]
    async with serving(Starlette(routes=routes), listener):
        yield found


@pytest.fixture
async def slack() -> AsyncIterator[Server]:
    async with server() as found:
        yield found


@pytest.fixture
async def stranger() -> AsyncIterator[Server]:
    async with server() as found:
        yield found


async def fetch(slack: Server, url: str, limit: int = 1000, **source: Any) -> MemoryBlobs:
    blobs = MemoryBlobs()
    api = Api(slack.url + "/api/", "xoxb-1", timeout=2.0)
    try:
        await download(api, blobs, FetchFile("main", {"url": url, **source}, limit))
    finally:
        await api.close()
    return blobs


async def test_T07_slack_is_shown_the_token(slack: Server) -> None:
    blobs = await fetch(slack, slack.url + "/file")
    assert list(blobs.held.values()) == [b"x" * 100]
    assert slack.tokens == ["Bearer xoxb-1"]


async def test_T07_a_server_on_this_machine_is_itself_by_each_of_its_names(slack: Server) -> None:
    assert (await fetch(slack, slack.url.replace("127.0.0.1", "localhost") + "/file")).held


async def test_T07_another_host_is_not_even_asked(slack: Server, stranger: Server) -> None:
    for url in (
        stranger.url + "/file",
        stranger.url.replace("127.0.0.1", "localhost") + "/file",
        "https://slack.com.evil.example/file",
        "https://evilslack.com/file",
        "http://files.slack.com/file",
        "https://files.slack.com:8443/file",
        "https://files.slack.com@evil.example/file",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//evil.example/file",
        "",
        "not a url",
    ):
        with pytest.raises(RefusedByPlatform):
            await fetch(slack, url)
    assert stranger.tokens == []


async def test_T07_a_redirect_leads_nowhere_else(slack: Server, stranger: Server) -> None:
    slack.target = stranger.url + "/file"
    with pytest.raises(RefusedByPlatform) as refused:
        await fetch(slack, slack.url + "/to")
    assert refused.value.code == "foreign_host"
    assert stranger.tokens == []


async def test_T07_a_redirect_within_slack_is_followed_and_a_circle_is_not(slack: Server) -> None:
    slack.target = slack.url + "/file"
    assert (await fetch(slack, slack.url + "/to")).held
    slack.target = slack.url + "/to"
    with pytest.raises(RefusedByPlatform) as refused:
        await fetch(slack, slack.url + "/to")
    assert refused.value.code == "too_many_redirects"


async def test_T07_slacks_name_never_leads_into_a_private_network() -> None:
    class Local(SlackResolver):
        """A resolver whose names lead home."""

        async def look_up(self, host: str, port: int, family: Any) -> Any:
            return [{"hostname": host, "host": "10.0.0.1", "port": port, "family": family, "proto": 0, "flags": 0}]

    resolver = Local()
    with pytest.raises(OSError, match="private"):
        await resolver.resolve("files.slack.com", 443)
    assert await resolver.resolve("localhost", 80)
    await resolver.close()


@pytest.mark.parametrize(
    ("status", "kind", "limit", "code"),
    [
        (404, "text/plain", 1000, "file_not_found"),
        (200, "text/html", 1000, "no_access"),
        (200, "image/png", 99, "file_too_large"),
    ],
)
async def test_T08_what_is_no_file_is_refused(slack: Server, status: int, kind: str, limit: int, code: str) -> None:
    slack.status, slack.kind = status, kind
    with pytest.raises(RefusedByPlatform) as refused:
        await fetch(slack, slack.url + "/file", limit)
    assert refused.value.code == code


async def test_T07_a_server_that_is_gone_can_be_asked_again(slack: Server) -> None:
    listener = bind("127.0.0.1", 0)
    port = listener.getsockname()[1]
    listener.close()
    gone = Server(f"http://127.0.0.1:{port}")
    with pytest.raises(DeliveryError) as error:
        await fetch(gone, gone.url + "/file")
    assert isinstance(error.value, NotSent)
