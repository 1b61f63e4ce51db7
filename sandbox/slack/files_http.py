"""The bytes of files over HTTP: upload addresses for the app, and downloads that want its token."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from sandbox.model import File
from sandbox.seed import HOME
from sandbox.slack.api_files import reachable
from sandbox.slack.server import SlackServer

MOST_BYTES = 200 * 1024 * 1024


async def upload(slack: SlackServer, request: Request) -> Response:
    """POST or PUT of the bytes, raw or as the first file of a form; answers `OK - <length>` as Slack does."""
    waiting = slack.uploads.get(request.path_params["token"])
    if waiting is None:
        return PlainTextResponse("upload address is unknown or used", status_code=404)
    content = await _content(request)
    if len(content) > MOST_BYTES:
        return PlainTextResponse("file is too large", status_code=413)
    await asyncio.to_thread(slack.files.write, waiting["id"], content)
    waiting |= {"done": True, "length": len(content)}
    slack.traffic.note("file", "upload", ok=True, detail=f"{waiting['name']}, {len(content)} bytes")
    return PlainTextResponse(f"OK - {len(content)}")


async def _content(request: Request) -> bytes:
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        async with request.form() as form:
            for value in form.values():
                if not isinstance(value, str):
                    return await value.read()
        return b""
    return await request.body()


async def download(slack: SlackServer, request: Request) -> Response:
    """`url_private`: with the bot's token the file, without it the sign-in page, as Slack does."""
    file = slack.world.files.get(request.path_params["file"].removeprefix(f"{HOME}-"))
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    allowed = scheme.lower() == "bearer" and token.strip() == slack.settings.slack_bot_token
    ok = allowed and not slack.auth_error and slack.manifest.grants("files:read")
    slack.traffic.note("file", "download", ok=ok, detail="" if ok else "not signed in")
    if not ok:
        return RedirectResponse(f"{slack.base_url}/?redir={request.url.path}", status_code=302)
    if file is None or file.deleted or not reachable(slack, file):
        return PlainTextResponse("file not found", status_code=404)
    return await serve_file(slack.files, file)


async def serve_file(store: Any, file: File) -> Response:
    """The bytes, never shown in place: as an attachment, of the type it says and no other."""
    try:
        content = await asyncio.to_thread(store.read, file.id)
    except (FileNotFoundError, ValueError):
        return PlainTextResponse("file not found", status_code=404)
    name = "".join(one for one in file.name if one.isascii() and one.isprintable() and one not in '"\\') or "file"
    headers = {
        "x-content-type-options": "nosniff",
        "content-disposition": f'attachment; filename="{name}"',
        "content-security-policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=file.mimetype, headers=headers)
