"""slack-bolt with an empty listener: the least that an app does to ack an event over HTTP, signature checked.

`python -m bench.bolt_alone PORT SECRET`. Served as the desk is served. The workspace is not looked up, because the desk
does not either.
"""

import asyncio
import sys
from typing import Any

from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.http import bind, serving


def app(secret: str) -> Starlette:
    async def authorize(enterprise_id: str | None, team_id: str | None) -> AuthorizeResult:
        return AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id)

    bolt = AsyncApp(signing_secret=secret, authorize=authorize)

    @bolt.event("message")
    async def heard(body: dict[str, Any]) -> None:
        pass

    handler = AsyncSlackRequestHandler(bolt)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    async def ready(request: Request) -> Response:
        return Response()

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"]), Route("/readyz", ready)])


async def main() -> None:
    async with serving(app(sys.argv[2]), bind("127.0.0.1", int(sys.argv[1]))):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
