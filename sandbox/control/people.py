"""What people say and do to each other: posting, editing, reacting, coming and going. None of it needs the app."""

from __future__ import annotations

import asyncio
import mimetypes
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from sandbox.control import on_discord, seen
from sandbox.control.endpoint import BadRequest, Endpoint, Given
from sandbox.discord.api_messages import is_emoji
from sandbox.model import Channel, File, Message, Person
from sandbox.sight import sees_channel, sees_file
from sandbox.slack.api_chat import link_to
from sandbox.slack.api_reactions import NAME
from sandbox.slack.delivery import Delivery
from sandbox.slack.files_http import MOST_BYTES, serve_file
from sandbox.slack.interact import Refused
from sandbox.slack.richtext import typed_text
from sandbox.slack.tickets import new_id
from sandbox.world import Missing

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]

WHO = "id of the person who acts"
WHERE = "id of the channel"
WHAT = "ts of the message"


def actor(sandbox: Sandbox, given: Given) -> Person:
    return sandbox.world.person(given.needed("as"))


def visible(sandbox: Sandbox, person: Person, channel_id: str) -> Channel:
    """A channel they can see; Missing for all others, as if it were not there."""
    channel = sandbox.world.channel(channel_id)
    if not sees_channel(sandbox.world, person.id, channel):
        raise Missing("channel", channel_id)
    return channel


def _message(sandbox: Sandbox, person: Person, given: Given) -> Message:
    channel = visible(sandbox, person, given.needed("channel"))
    return sandbox.world.message(channel.id, given.needed("message"))


@contextmanager
def caused(sandbox: Sandbox) -> Iterator[list[Delivery]]:
    """The deliveries that what happens inside causes."""
    collected: list[Delivery] = []
    sandbox.slack.dispatcher.collecting.append(collected)
    try:
        yield collected
    finally:
        sandbox.slack.dispatcher.collecting.remove(collected)


async def acks(deliveries: list[Delivery]) -> list[Json]:
    """The end of each delivery, waited for; one that was given up has ended too."""
    ends = await asyncio.gather(*(one.done for one in deliveries), return_exceptions=True)
    return [
        {"event": one.name, "ok": False, "reason": "given_up", "ms": None}
        if isinstance(end, BaseException)
        else {"event": one.name, "ok": end.ok, "reason": end.reason, "ms": end.ms}
        for one, end in zip(deliveries, ends, strict=True)
    ]


def say(sandbox: Sandbox, values: Json) -> Message:
    """Post one message as `values` say (see the endpoint `post`)."""
    world = sandbox.world
    given = Given(values, [])
    person = actor(sandbox, given)
    channel = visible(sandbox, person, given.needed("channel"))
    if world.platform_of(channel) == "discord":
        return on_discord.say(sandbox, person, channel, given)
    if person.id not in channel.members:
        raise Refused("not_in_channel", f"{person.name} is not in that channel. Join it first.")
    if channel.archived:
        raise Refused("is_archived", "That channel is archived.")
    files = [world.file(str(one)).id for one in given.items("files")]
    text = given.text("text")
    blocks = given.items("blocks")
    if not (text.strip() or files or blocks):
        raise BadRequest("text is missing")
    thread = given.text("thread")
    if thread:
        root = world.message(channel.id, thread)
        thread = root.thread or root.id
    nonce = given.text("client_msg_id") or (str(uuid.uuid4()) if person.bot is None else None)
    return world.post(
        channel.id,
        person.id,
        text if given.flag("raw") or person.bot is not None else typed_text(world, text),
        thread=thread or None,
        broadcast=bool(thread) and given.flag("broadcast"),
        files=files,
        blocks=blocks,
        nonce=nonce,
        username=given.text("username") or None,
    )


_POST_FIELDS = {
    "as": WHO + " (a bot's user too)",
    "channel": WHERE,
    "text": "what they type: `@Bo Lind`, `#triage`, addresses; or Slack's tokens, `<@U0BO>`",
    "thread": "ts of the thread's root, to reply there",
    "broadcast": "true: the reply is also sent to the channel",
    "files": "ids of uploaded files",
    "client_msg_id": "what the client calls it; made up when absent",
    "raw": "true: the text is Slack's mrkdwn already, nothing is escaped",
    "blocks": "for bots",
    "username": "for bots: another name on this message",
    "title": "on Discord: of a forum post, or of the thread that this begins",
    "tags": "on Discord: ids of a forum post's tags",
    "reply_to": "on Discord: id of the message that this answers",
    "embeds": "on Discord, for bots",
}


async def post(sandbox: Sandbox, given: Given) -> Json:
    wait = given.values.pop("wait", "none")
    if wait not in ("none", "ack"):
        raise BadRequest("wait is none or ack")
    with caused(sandbox) as deliveries:
        message = say(sandbox, given.values)
    result: Json = {"channel": message.channel, "ts": message.id, "thread": message.thread}
    return result | {"acks": await acks(deliveries)} if wait == "ack" else result


async def bulk(sandbox: Sandbox, given: Given) -> Json:
    wait = given.text("wait", "none")
    if wait not in ("none", "ack"):
        raise BadRequest("wait is none or ack")
    sent: list[str] = []
    deliveries: list[Delivery] = []
    for place, values in enumerate(given.items("messages")):
        if not isinstance(values, dict):
            raise BadRequest(f"messages[{place}] must be an object")
        if "at" in values:
            await _move_to(sandbox, values.pop("at"), place)
        unknown = set(values) - set(_POST_FIELDS)
        if unknown:
            raise BadRequest(f"messages[{place}]: unknown {', '.join(sorted(unknown))}")
        with caused(sandbox) as new:
            sent.append(say(sandbox, values).id)
        deliveries += new
        if place % 50 == 49:
            await asyncio.sleep(0)
    result: Json = {"ts": sent}
    return result | {"acks": await acks(deliveries)} if wait == "ack" else result


async def _move_to(sandbox: Sandbox, at: object, place: int) -> None:
    """The clock goes on to the moment at which a message is said; nobody waits until its followers have seen it."""
    if not isinstance(at, int | float) or isinstance(at, bool):
        raise BadRequest(f"messages[{place}].at: a number, the epoch's seconds")
    await sandbox.clock.set_offset(at - time.time())


def edit(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    message = _message(sandbox, person, given)
    if message.author != person.id or message.deleted:
        raise Refused("cant_update_message", "Only who wrote a message can edit it.")
    text = given.needed("text")
    if sandbox.world.platform_at(message.channel) == "discord":
        on_discord.edit(sandbox, person, message, text, raw=given.flag("raw"))
        return {"channel": message.channel, "ts": message.id}
    text = text if given.flag("raw") else typed_text(sandbox.world, text)
    sandbox.world.edit(message.channel, message.id, person.id, text=text)
    return {"channel": message.channel, "ts": message.id}


def delete(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    message = _message(sandbox, person, given)
    if (message.author != person.id and person.role != "manager") or message.deleted:
        raise Refused("cant_delete_message", "Only who wrote a message, or a manager, can delete it.")
    sandbox.world.delete(message.channel, message.id, person.id)
    return {}


def react(sandbox: Sandbox, given: Given) -> Json:
    person, message, name = _reaction(sandbox, given)
    return {"changed": sandbox.world.react(message.channel, message.id, person.id, name)}


def unreact(sandbox: Sandbox, given: Given) -> Json:
    person, message, name = _reaction(sandbox, given)
    return {"changed": sandbox.world.unreact(message.channel, message.id, person.id, name)}


def _reaction(sandbox: Sandbox, given: Given) -> tuple[Person, Message, str]:
    person = actor(sandbox, given)
    message = _message(sandbox, person, given)
    name = given.needed("name").strip(":")
    fits = is_emoji if sandbox.world.platform_at(message.channel) == "discord" else NAME.fullmatch
    if message.deleted or not fits(name):
        raise BadRequest(f"{name!r} cannot be added there")
    return person, message, name


def dismiss(sandbox: Sandbox, given: Given) -> Json:
    return {"changed": sandbox.world.drop_ephemeral(actor(sandbox, given).id, given.needed("message"))}


def read(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    channel = visible(sandbox, person, given.needed("channel"))
    sandbox.world.mark_read(person.id, channel.id, given.text("message"))
    return {}


async def upload(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    if not given.files:
        raise BadRequest("no file came: send multipart/form-data with at least one file")
    kept: list[File] = []
    for part in given.files:
        content = await part.read()
        if len(content) > MOST_BYTES:
            raise BadRequest(f"{part.filename} is larger than {MOST_BYTES} bytes")
        name = (part.filename or "file").rpartition("/")[2]
        guessed = part.content_type or mimetypes.guess_type(name)[0]
        kept.append(
            File(
                id=_file_id(sandbox, given),
                owner=person.id,
                name=name,
                title=name,
                mimetype=guessed or "application/octet-stream",
                size=len(content),
                at=sandbox.clock.now(),
            )
        )
        await asyncio.to_thread(sandbox.files.write, kept[-1].id, content)
        sandbox.world.put_file(kept[-1])
    ids = [file.id for file in kept]
    result: Json = {"files": [{"id": file.id, "name": file.name, "size": file.size} for file in kept]}
    if given.text("channel"):
        wanted = {name: value for name, value in given.values.items() if name in _POST_FIELDS}
        message = say(sandbox, wanted | {"files": ids})
        result |= {"channel": message.channel, "ts": message.id, "thread": message.thread}
    return result


def _file_id(sandbox: Sandbox, given: Given) -> str:
    """Discord's files have numbers: those for a place there, and those of people who are there alone."""
    if given.text("on") == "discord":
        return sandbox.world.stamp("discord")[0]
    place, person = sandbox.world.channels.get(given.text("channel")), actor(sandbox, given)
    home = place.workspace if place is not None else person.workspace
    return new_id("F0", 8) if sandbox.world.on_slack(home) else sandbox.world.stamp("discord")[0]


async def file(sandbox: Sandbox, given: Given) -> Response:
    found = sandbox.world.file(given.needed("file"))
    if not sees_file(sandbox.world, actor(sandbox, given).id, found):
        raise Missing("file", found.id)
    return await serve_file(sandbox.files, found)


def permalink(sandbox: Sandbox, given: Given) -> Json:
    message = _message(sandbox, actor(sandbox, given), given)
    if sandbox.world.platform_at(message.channel) == "discord":
        return {"permalink": on_discord.link_to(sandbox, message)}
    return {"permalink": link_to(sandbox.slack, message)}


def sees(sandbox: Sandbox, given: Given) -> Json:
    person = actor(sandbox, given)
    if not given.text("channel"):
        return seen.everything(sandbox.world, person.id)
    limit = max(1, int(given.number("limit", 50)))
    found = seen.messages(
        sandbox.world, person.id, given.text("channel"), given.text("thread"), given.text("before"), limit
    )
    return {"messages": found}


def unfurl(sandbox: Sandbox, given: Given) -> Json:
    channel = sandbox.world.channel(given.needed("channel"))
    if sandbox.world.platform_of(channel) == "discord":
        preview = {"type": "link", "title": "A page", "url": "https://example.com/", "description": "Its first lines."}
        sandbox.world.dress(channel.id, given.needed("message"), given.items("attachments") or [preview])
        return {}
    attachments = given.items("attachments") or [
        {
            "id": 1,
            "title": "A page",
            "title_link": "https://example.com/",
            "text": "Its first lines.",
            "fallback": "A page",
        }
    ]
    sandbox.world.dress(channel.id, given.needed("message"), attachments)
    return {}


_ON_MESSAGE = {"as": WHO, "channel": WHERE, "message": WHAT}
_IN_CHANNEL = {"as": WHO, "channel": WHERE}
_WAIT = {"wait": "`none` (default): return at once; `ack`: when each event it caused was acked or given up"}

ENDPOINTS = (
    Endpoint("POST", "/control/post", "Say something", post, _POST_FIELDS | _WAIT, "`ts`, `channel`, `thread`, `acks`"),
    Endpoint(
        "POST",
        "/control/bulk",
        "Say many things quickly, in order",
        bulk,
        {"messages": "a list of objects with the fields of /control/post; `at`: moves the clock there first"} | _WAIT,
        "`ts`: a list; `acks`",
    ),
    Endpoint("POST", "/control/edit", "Edit one's message", edit, _ON_MESSAGE | {"text": "the new text", "raw": ""}),
    Endpoint("POST", "/control/delete", "Delete a message", delete, _ON_MESSAGE),
    Endpoint(
        "POST",
        "/control/react",
        "Add a reaction",
        react,
        _ON_MESSAGE | {"name": "`eyes`, on Discord the emoji itself"},
        "`changed`",
    ),
    Endpoint(
        "POST",
        "/control/unreact",
        "Take it off",
        unreact,
        _ON_MESSAGE | {"name": "`eyes`, on Discord the emoji itself"},
        "`changed`",
    ),
    Endpoint("POST", "/control/dismiss", "Put an ephemeral message away", dismiss, _ON_MESSAGE, "`changed`"),
    Endpoint("POST", "/control/read", "Mark as read", read, _IN_CHANNEL | {"message": "up to this ts"}),
    Endpoint(
        "POST",
        "/control/upload",
        "Upload files (multipart/form-data), and post them where a channel is given",
        upload,
        {name: _POST_FIELDS[name] for name in ("as", "channel", "thread", "text", "broadcast", "title", "reply_to")}
        | {"on": "`discord`: for a form there, where no channel is given"},
        "`files`, and what /control/post answers",
    ),
    Endpoint("GET", "/control/files/{file}", "A file's bytes, for who may see it", file, {"file": "its id", "as": WHO}),
    Endpoint("GET", "/control/permalink", "A message's address on the page", permalink, _ON_MESSAGE, "`permalink`"),
    Endpoint(
        "GET",
        "/control/sees",
        "What a person sees: in a channel or thread with `channel`, else places, forms, Home and ephemerals",
        sees,
        {"as": WHO, "channel": WHERE, "thread": "ts of a root", "before": "only older than this ts", "limit": "50"},
        "`messages` (oldest first, ephemerals among them), or `channels`, `forms`, `home`, `ephemerals`",
    ),
    Endpoint(
        "POST",
        "/control/unfurl",
        "Let the platform attach a link preview: an edit event whose text is the same",
        unfurl,
        {"channel": WHERE, "message": WHAT, "attachments": "what it attaches; a small preview by default"},
    ),
)
