"""files.*: the three steps of an upload, and what is known of a file. The bytes go over `files_http`."""

from __future__ import annotations

import mimetypes
import secrets
from typing import Any

from sandbox.model import File
from sandbox.slack import shapes
from sandbox.slack.api_chat import content, root_of, writable
from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.server import SlackServer
from sandbox.slack.tickets import new_id

Json = dict[str, Any]


def upload_url(slack: SlackServer, args: Args) -> Json:
    name = args.needed("filename")
    length = args.number("length", 0, 2**31)
    if not length:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: length"])
    token, file_id = secrets.token_urlsafe(24), new_id("F0", 8)
    slack.uploads[token] = {"id": file_id, "name": name, "length": length, "done": False}
    return {"upload_url": f"{slack.base_url}/slack/upload/v1/{token}", "file_id": file_id}


def complete(slack: SlackServer, args: Args) -> Json:
    given = args.structure("files", "invalid_arguments")
    if not isinstance(given, list) or not given:
        raise SlackError("invalid_arguments", messages=["[ERROR] missing required field: files"])
    uploads = {one["id"]: one for one in slack.uploads.values()}
    chosen = []
    for one in given:
        upload = uploads.get(one.get("id", "")) if isinstance(one, dict) else None
        if upload is None or not upload["done"]:
            raise SlackError("file_not_found")
        chosen.append((upload, str(one.get("title") or upload["name"])))
    channels = args.names("channels") or ([args.text("channel_id")] if args.text("channel_id") else [])
    places = [writable(slack, channel) for channel in channels]
    thread = args.text("thread_ts")
    root = root_of(slack, places[0], thread) if thread and places else None
    files = [_keep(slack, upload, title) for upload, title in chosen]
    comment = Args({"text": args.text("initial_comment"), "blocks": args.values.get("blocks")}, "")
    said = content(comment, needs_text=False)
    for place in places:
        slack.world.post(place.id, slack.bot.id, **said, thread=root, files=[file.id for file in files])
    return {"files": [shapes.file(slack.world, file, slack.base_url) for file in files]}


def _keep(slack: SlackServer, upload: Json, title: str) -> File:
    file = File(
        id=upload["id"],
        owner=slack.bot.id,
        name=upload["name"],
        title=title,
        mimetype=mimetypes.guess_type(upload["name"])[0] or "application/octet-stream",
        size=upload["length"],
        at=slack.world.clock.now(),
    )
    slack.world.put_file(file)
    slack.uploads = {token: one for token, one in slack.uploads.items() if one["id"] != file.id}
    return file


def info(slack: SlackServer, args: Args) -> Json:
    file = slack.world.files.get(args.needed("file", "file_not_found"))
    if file is None:
        raise SlackError("file_not_found")
    if file.deleted:
        raise SlackError("file_deleted")
    if not reachable(slack, file):
        raise SlackError("file_not_found")
    return {
        "file": shapes.file(slack.world, file, slack.base_url),
        "comments": [],
        "response_metadata": {"next_cursor": ""},
    }


def reachable(slack: SlackServer, file: File) -> bool:
    """Whether the app may see it: its own, or shared somewhere the bot is, or in a public channel."""
    places = [slack.world.channels[one] for one in file.channels if one in slack.world.channels]
    return file.owner == slack.bot.id or any(
        place.kind == "public" or slack.bot.id in place.members for place in places
    )
