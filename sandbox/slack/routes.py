"""Slack's addresses on the sandbox's port."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from sandbox.slack import api, files_http, response_url
from sandbox.slack.server import SlackServer


def slack_routes(slack: SlackServer) -> list[BaseRoute]:
    async def call(request: Request) -> Response:
        return await api.call(slack, request)

    async def upload(request: Request) -> Response:
        return await files_http.upload(slack, request)

    async def download(request: Request) -> Response:
        return await files_http.download(slack, request)

    async def respond(request: Request) -> Response:
        return await response_url.respond(slack, request)

    async def socket(websocket: WebSocket) -> None:
        if not slack.tickets.take_socket(websocket.query_params.get("ticket", "")):
            await websocket.close(4401, "unknown or used ticket")
            return
        await slack.socket_mode.serve(websocket)

    return [
        Route("/slack/api/{method:path}", call, methods=["GET", "POST"]),
        Route("/slack/upload/v1/{token}", upload, methods=["POST", "PUT"]),
        Route("/slack/files-pri/{file}/{name}", download),
        Route("/slack/files-pri/{file}/download/{name}", download),
        Route("/slack/response/{token}", respond, methods=["POST"]),
        WebSocketRoute("/slack/socket", socket),
    ]
