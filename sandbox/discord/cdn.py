"""Bytes of attachments behind links that expire, and plain avatars. Nothing here asks for a token, as on Discord."""

from __future__ import annotations

import hmac
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from sandbox.discord.server import DiscordServer
from sandbox.discord.shapes import mark
from sandbox.slack.files_http import serve_file

_AVATAR: Final = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c4944415408d763606060000000040001f61738550000000049454e44ae426082"
)
"""A PNG of one dark pixel."""


async def attachment(discord: DiscordServer, request: Request) -> Response:
    """404 for a link that was changed or is over, as Discord's edge answers."""
    path = request.scope["raw_path"].decode("latin-1").partition("?")[0].removeprefix("/discord/cdn")
    try:
        until = int(request.query_params.get("ex", ""), 16)
    except ValueError:
        until = 0
    right = hmac.compare_digest(mark(path, until), request.query_params.get("hm", ""))
    file = discord.world.files.get(request.path_params["file"])
    ok = right and until > discord.world.clock.now() and file is not None and not file.deleted
    discord.traffic.note("file", "cdn", ok=ok, detail="" if ok else "expired" if right else "not signed")
    if not ok or file is None:
        return PlainTextResponse("This content is no longer available.", 404)
    return await serve_file(discord.files, file)


async def avatar(request: Request) -> Response:
    return Response(_AVATAR, media_type="image/png")
