"""The page's websocket: one person's view, a snapshot first and patches after it, and the page's own files.

Everything a person may not see is left out here, on the server: `sandbox.sight` decides. Frames to the page:
`{"snapshot": …}`, `{"patches": [{"is": …}, …]}`, `{"ask": n, "page": …}`. Frames from it: `{"ask": n, "channel": …,
"thread"?: …, "before"|"after"|"around"?: id, "limit"?: n}` and `{"read": channel, "to": id}`.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, assert_never

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.changes import (
    ActionFailed,
    Change,
    ChannelChanged,
    ChannelDeleted,
    ClockMoved,
    DeskChanged,
    EphemeralGone,
    EphemeralShown,
    FileChanged,
    FormsChanged,
    HomePublished,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    ReadMarked,
    UsergroupChanged,
    WorkspaceChanged,
    WorldReplaced,
)
from sandbox.completions import commands_view, shortcuts_view
from sandbox.model import Channel, Form, Message
from sandbox.platforms import platform_of_change
from sandbox.sight import channels_for, sees_change, sees_channel
from sandbox.views import form_view, message_view, page_of, people_in, person_view, place_view, unread_view

if TYPE_CHECKING:
    from sandbox.app import Sandbox

PAGE: Final = Path(__file__).parent / "page"
BACKLOG: Final = 2_000
"""Patches that wait for a slow page before it gets a fresh snapshot in their place."""

UNKNOWN_PERSON: Final = 4404
"""Close code of the websocket when `as` names nobody."""


class _Connection:
    """One open page. Patches are made at once, when a change happens; a task sends them as fast as the page takes
    them."""

    def __init__(self, sandbox: Sandbox, person_id: str) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.person = person_id
        self.patches: list[dict[str, Any]] = []
        self.answers: list[dict[str, Any]] = []
        self.fresh = True
        self.something = asyncio.Event()
        self.places: set[str] = set()
        self.people: set[str] = set()

    # Out

    def frames(self) -> Iterable[dict[str, Any]]:
        """What is to be sent now, in order; answers come after the patches that were made before them."""
        if self.fresh:
            self.fresh = False
            self.patches.clear()
            yield {"snapshot": self.snapshot()}
        if self.patches:
            patches, self.patches = self.patches, []
            yield {"patches": patches}
        answers, self.answers = self.answers, []
        yield from answers

    def snapshot(self) -> dict[str, Any]:
        world = self.world
        me = world.person(self.person)
        channels = channels_for(world, self.person, "slack")
        self.places = {channel.id for channel in channels}
        self.people = {self.person}
        for channel in channels:
            self.people.update(member for member in channel.members if member in world.people)
        home = world.homes.get(self.person)
        workspace = world.workspaces[channels[0].workspace if channels else me.workspace]
        # The platform gives commands and shortcuts to its own people, not to a shared channel's other side.
        inside = me.workspace == workspace.id
        return {
            "worldId": world.world_id,
            "me": person_view(me),
            "team": {"id": workspace.id, "name": workspace.name},
            "people": {person: person_view(world.people[person]) for person in self.people},
            "groups": {
                group.id: group.handle for group in world.usergroups.values() if world.on_slack(group.workspace)
            },
            "places": [place_view(world, channel, self.person) for channel in channels],
            "forms": _forms(world.forms_of(self.person)),
            "home": form_view(home) if home else None,
            "clock": self.sandbox.clock.describe(world.world_id),
            "desk": {"connected": self.sandbox.slack.connected},
            "commands": commands_view(self.sandbox.slack.manifest, self.sandbox.settings.completions) if inside else [],
            "shortcuts": shortcuts_view(self.sandbox.slack.manifest) if inside else [],
        }

    def hear(self, change: Change) -> None:
        """The world's feed calls this with every change."""
        if self.fresh or platform_of_change(self.world, change) == "discord":
            return
        if isinstance(change, WorldReplaced) or len(self.patches) > BACKLOG:
            self.fresh = True
        elif isinstance(change, MemberJoined | MemberLeft | ChannelChanged | ChannelDeleted):
            self._place_changed(change.channel)
        elif sees_change(self.world, self.person, change):
            self.patches.extend(self._patches(change))
        self.something.set()

    def _place_changed(self, channel: Channel) -> None:
        there = channel.id in self.world.channels and sees_channel(self.world, self.person, channel)
        if there:
            self.places.add(channel.id)
            self._introduce(channel.members)
            self.patches.append({"is": "place", "place": place_view(self.world, channel, self.person)})
        elif channel.id in self.places:
            self.places.discard(channel.id)
            self.patches.append({"is": "place_gone", "channel": channel.id})

    def _introduce(self, person_ids: Iterable[str]) -> None:
        """Tell who they are, before something of theirs is told."""
        new = {person for person in person_ids if person not in self.people and person in self.world.people}
        if new:
            self.people |= new
            self.patches.append(
                {"is": "people", "people": {person: person_view(self.world.people[person]) for person in new}}
            )

    def _patches(self, change: Change) -> list[dict[str, Any]]:
        world = self.world
        match change:
            case MessagePosted() | MessageEdited() | ReactionAdded() | ReactionRemoved():
                return self._said(change.message, new=isinstance(change, MessagePosted))
            case EphemeralShown():
                return self._said(change.message, new=False)
            case MessageDeleted():
                return self._unsaid(change)
            case EphemeralGone():
                return [{"is": "gone", "channel": change.channel, "ts": change.id, "thread": None, "only": True}]
            case FormsChanged():
                return [{"is": "forms", "forms": _forms(change.forms)}]
            case HomePublished():
                return [{"is": "home", "home": form_view(change.home)}]
            case ActionFailed():
                return [
                    {"is": "failed", "message": change.message, "action": change.action_id, "reason": change.reason}
                ]
            case ReadMarked():
                return [self._unread(change.channel)]
            case ClockMoved():
                return [{"is": "clock", "clock": self.sandbox.clock.describe(world.world_id)}]
            case DeskChanged():
                return [{"is": "desk", "desk": {"connected": change.connected}}]
            case PersonChanged():
                person = change.person
                return (
                    [{"is": "people", "people": {person.id: person_view(person)}}] if person.id in self.people else []
                )
            case UsergroupChanged():
                return [{"is": "groups", "groups": {change.usergroup.id: change.usergroup.handle}}]
            case FileChanged() | WorkspaceChanged():
                return []
            case MemberJoined() | MemberLeft() | ChannelChanged() | ChannelDeleted() | WorldReplaced():
                raise AssertionError("handled before")
            case _:
                assert_never(change)

    def _said(self, message: Message, *, new: bool) -> list[dict[str, Any]]:
        self._introduce(people_in(message, self.world))
        patches: list[dict[str, Any]] = [{"is": "message", "message": message_view(self.world, message)}]
        if new and message.thread:
            patches += self._root(message)
        if new and (message.thread is None or message.broadcast):
            patches.append(self._unread(message.channel))
        return patches

    def _unsaid(self, change: MessageDeleted) -> list[dict[str, Any]]:
        gone = change.previous
        if change.message is not None:
            return self._said(change.message, new=False)
        patches = [
            {
                "is": "gone",
                "channel": gone.channel,
                "ts": gone.id,
                "thread": gone.thread,
                "broadcast": gone.broadcast,
            }
        ]
        return [*patches, *(self._root(gone) if gone.thread else []), self._unread(gone.channel)]

    def _root(self, reply: Message) -> list[dict[str, Any]]:
        """The root again, with its new count of replies."""
        root = self.world.find_message(reply.channel, reply.thread or "")
        if root is None:
            return []
        self._introduce(people_in(root, self.world))
        return [{"is": "message", "message": message_view(self.world, root)}]

    def _unread(self, channel_id: str) -> dict[str, Any]:
        return {"is": "unread", "channel": channel_id, **unread_view(self.world, channel_id, self.person)}

    # In

    def take(self, frame: dict[str, Any]) -> None:
        """A request of the page. What they may not see, or what is malformed, is answered as if it were not there."""
        channel = self.world.channels.get(str(frame.get("channel") or frame.get("read") or ""))
        there = (
            channel is not None
            and self.world.platform_of(channel) == "slack"
            and sees_channel(self.world, self.person, channel)
        )
        if "read" in frame:
            if channel is not None and there:
                self.world.mark_read(self.person, channel.id, str(frame.get("to") or ""))
            return
        page: dict[str, Any] = {"side": "newest", "messages": [], "older": False, "newer": False, "missing": True}
        if channel is not None and there:
            where = {side: str(frame[side]) for side in ("before", "after", "around") if frame.get(side)}
            limit = frame.get("limit")
            page, messages = page_of(
                self.world,
                self.person,
                channel.id,
                str(frame["thread"]) if frame.get("thread") else None,
                where,
                limit if isinstance(limit, int) else 50,
            )
            for message in messages:
                self._introduce(people_in(message, self.world))
        self.answers.append({"ask": frame.get("ask"), "page": page})
        self.something.set()


def _forms(forms: Iterable[Form]) -> list[dict[str, Any]]:
    """The page shows Slack's modals; Discord's are for scripts."""
    return [form_view(form) for form in forms if form.origin.get("platform") != "discord"]


async def _viewer(websocket: WebSocket) -> None:
    sandbox: Sandbox = websocket.app.state.sandbox
    person = websocket.query_params.get("as", "")
    await websocket.accept()
    if person not in sandbox.world.people:
        await websocket.close(UNKNOWN_PERSON, "nobody has that id")
        return
    connection = _Connection(sandbox, person)
    connection.something.set()
    unsubscribe = sandbox.world.subscribe(connection.hear)
    tasks = [
        asyncio.create_task(_send(websocket, connection)),
        asyncio.create_task(_receive(websocket, connection)),
        asyncio.create_task(sandbox.closing.wait()),
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        unsubscribe()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _send(websocket: WebSocket, connection: _Connection) -> None:
    while True:
        await connection.something.wait()
        connection.something.clear()
        if connection.person not in connection.world.people:
            await websocket.close(UNKNOWN_PERSON, "nobody has that id any more")
            return
        for frame in connection.frames():
            await websocket.send_text(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))


async def _receive(websocket: WebSocket, connection: _Connection) -> None:
    while True:
        try:
            frame = json.loads(await websocket.receive_text())
        except (WebSocketDisconnect, KeyError):
            return
        except ValueError:
            continue
        if isinstance(frame, dict):
            connection.take(frame)


def _policy(html: str) -> str:
    """The page's Content-Security-Policy: its own files alone, and the one inline script that is its import map."""
    scripts = re.findall(r'<script type="importmap">(.*?)</script>', html, re.DOTALL)
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" for script in scripts
    )
    return (
        f"default-src 'self'; script-src 'self' {hashes}; img-src 'self' data: blob:; object-src 'none'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def _preloads() -> str:
    """All modules at once, instead of one level of imports after the other."""
    paths = sorted(path.relative_to(PAGE).as_posix() for path in PAGE.rglob("*.js"))
    return "".join(f'<link rel="modulepreload" href="/page/{path}">' for path in paths)


async def _page(request: Request) -> Response:
    html = (PAGE / "index.html").read_text(encoding="utf-8").replace("<!-- modules -->", _preloads())
    return HTMLResponse(
        html,
        headers={
            "Content-Security-Policy": _policy(html),
            "Cache-Control": "no-cache",
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
        },
    )


class _Files(StaticFiles):
    """The page's files, asked for anew each time: another version of the program must not meet old modules."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def routes() -> list[BaseRoute]:
    """The page at `/` and at its messages' addresses, its files, its websocket. `app.state.sandbox` must be set."""
    return [
        Route("/", _page),
        Route("/archives/{channel}/{message}", _page),
        Mount("/page", _Files(directory=PAGE)),
        WebSocketRoute("/control/viewer", _viewer),
    ]
