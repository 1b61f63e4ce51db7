"""Discord's addresses on the sandbox's port."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.discord import api, cdn
from sandbox.discord.server import DiscordServer


def discord_routes(discord: DiscordServer) -> list[BaseRoute]:
    async def call(request: Request) -> Response:
        return await api.call(discord, request)

    async def attachment(request: Request) -> Response:
        return await cdn.attachment(discord, request)

    async def socket(websocket: WebSocket) -> None:
        await discord.gateway.serve(websocket)

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return [
        Route(f"{api.BASE}/{{path:path}}", call, methods=methods),
        Route("/discord/cdn/attachments/{channel}/{file}/{name}", attachment),
        Route("/discord/cdn/embed/avatars/{name}", cdn.avatar),
        Route("/discord/cdn/avatars/{user}/{name}", cdn.avatar),
        WebSocketRoute("/discord/gateway", socket),
        WebSocketRoute("/discord/gateway/", socket),
    ]
