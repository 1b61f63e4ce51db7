"""The page's websocket: one person's view of both platforms, a snapshot first and patches after it.

Everything a person may not see is left out here, on the server: `sandbox.sight` decides. Frames to the page:
`{"snapshot": …}`, `{"patches": [{"is": …}, …]}`, `{"ask": n, "page": …}`. Frames from it: `{"ask": n, "channel": …,
"thread"?: …, "before"|"after"|"around"?: id, "limit"?: n}` and `{"read": channel, "to": id}`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, assert_never

from starlette.routing import BaseRoute, WebSocketRoute
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
from sandbox.discord import views as discord
from sandbox.model import Channel, Form, Message
from sandbox.outcome import sentence
from sandbox.seed import HOME
from sandbox.sight import channels_for, sees_change, sees_channel
from sandbox.views import form_view, message_view, page_of, people_in, person_view, place_view, unread_view

if TYPE_CHECKING:
    from sandbox.app import Sandbox

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
        channels = discord.shown_at_start(channels_for(world, self.person))
        self.places = {channel.id for channel in channels}
        self.people = {self.person}
        for channel in channels:
            self.people.update(member for member in channel.members if member in world.people)
        home = world.homes.get(self.person)
        teams = dict.fromkeys(channel.workspace for channel in channels)
        return {
            "worldId": world.world_id,
            "me": person_view(me),
            "teams": [
                {"id": team, "name": world.workspaces[team].name, "on": world.workspaces[team].platform}
                for team in teams
            ],
            "people": {person: person_view(world.people[person]) for person in self.people},
            "groups": {group.id: group.handle for group in world.usergroups.values() if group.workspace in teams},
            "places": [place_view(world, channel, self.person) for channel in channels],
            "forms": _forms(world.forms_of(self.person)),
            "home": form_view(home) if home else None,
            "clock": self.sandbox.clock.describe(world.world_id),
            "desk": {"slack": self.sandbox.slack.connected, "discord": self.sandbox.discord.gateway.connected},
            **self._offers(),
        }

    def _offers(self) -> dict[str, Any]:
        """The app's commands and message menus. Slack gives them to its own people, not to a shared channel's other
        side."""
        slack, me = self.sandbox.slack, self.world.person(self.person)
        inside = me.workspace == HOME
        return {
            "commands": {
                "slack": commands_view(slack.manifest, self.sandbox.settings.completions) if inside else [],
                "discord": discord.commands_for(self.world, me),
            },
            "shortcuts": [
                *(shortcuts_view(slack.manifest) if inside else []),
                *discord.menus_for(self.world, me),
            ],
        }

    def hear(self, change: Change) -> None:
        """The world's feed calls this with every change."""
        if self.fresh:
            return
        if isinstance(change, WorldReplaced) or len(self.patches) > BACKLOG:
            self.fresh = True
        elif isinstance(change, MemberJoined | MemberLeft | ChannelChanged | ChannelDeleted):
            self._place_changed(change.channel)
            # Who loses a channel loses its threads.
            for thread in self.world.threads_of(change.channel.id):
                self._place_changed(thread)
        elif sees_change(self.world, self.person, change):
            self.patches.extend(self._patches(change))
        self.something.set()

    def _place_changed(self, channel: Channel) -> None:
        there = channel.id in self.world.channels and sees_channel(self.world, self.person, channel)
        if there:
            self.patches.append(self._place(channel))
        elif channel.id in self.places:
            self.places.discard(channel.id)
            self.patches.append({"is": "place_gone", "channel": channel.id})
        else:
            return
        if channel.parent is not None:
            self.patches += self._begun_from(channel)

    def _place(self, channel: Channel) -> dict[str, Any]:
        self.places.add(channel.id)
        self._introduce(channel.members)
        return {"is": "place", "place": place_view(self.world, channel, self.person)}

    def _begun_from(self, thread: Channel) -> list[dict[str, Any]]:
        """The message that a thread was begun from, with what is new of the thread."""
        root = self.world.find_message(thread.parent or "", thread.id)
        return [self._message(root)] if root is not None and thread.parent in self.places else []

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
                reason = sentence(change.reason)
                return [{"is": "failed", "message": change.message, "action": change.action_id, "reason": reason}]
            case ReadMarked():
                return [self._unread(change.channel)]
            case ClockMoved():
                return [{"is": "clock", "clock": self.sandbox.clock.describe(world.world_id)}]
            case DeskChanged():
                return [{"is": "desk", "desk": {change.platform: change.connected}}]
            case PersonChanged():
                person = change.person
                return (
                    [{"is": "people", "people": {person.id: person_view(person)}}] if person.id in self.people else []
                )
            case UsergroupChanged():
                return [{"is": "groups", "groups": {change.usergroup.id: change.usergroup.handle}}]
            case WorkspaceChanged():
                return [{"is": "offers", **self._offers()}]
            case FileChanged():
                return []
            case MemberJoined() | MemberLeft() | ChannelChanged() | ChannelDeleted() | WorldReplaced():
                raise AssertionError("handled before")
            case _:
                assert_never(change)

    def _said(self, message: Message, *, new: bool) -> list[dict[str, Any]]:
        patches = [self._message(message)]
        if new and message.thread:
            patches += self._root(message)
        if new and (message.thread is None or message.broadcast):
            patches.append(self._unread(message.channel))
        starter = discord.starter_of(self.world, message) if message.only_for is None else None
        if starter is not None:
            patches.append(self._message(starter))
        return [*patches, *self._thread(message)] if new else patches

    def _message(self, message: Message) -> dict[str, Any]:
        self._introduce(people_in(message, self.world))
        return {"is": "message", "message": message_view(self.world, message)}

    def _thread(self, message: Message) -> list[dict[str, Any]]:
        """Where something was said in a thread of Discord's: the thread and the message that it was begun from."""
        channel = self.world.channels.get(message.channel)
        if channel is None or channel.parent is None:
            return []
        return [self._place(channel), *self._begun_from(channel)]

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
        starter = discord.starter_of(self.world, gone)
        if starter is not None:
            patches.append(self._message(starter))
        return [
            *patches,
            *(self._root(gone) if gone.thread else []),
            *(self._message(one) for one in discord.answers_to(self.world, gone)),
            self._unread(gone.channel),
            *self._thread(gone),
        ]

    def _root(self, reply: Message) -> list[dict[str, Any]]:
        """The root again, with its new count of replies."""
        root = self.world.find_message(reply.channel, reply.thread or "")
        return [self._message(root)] if root is not None else []

    def _unread(self, channel_id: str) -> dict[str, Any]:
        return {"is": "unread", "channel": channel_id, **unread_view(self.world, channel_id, self.person)}

    # In

    def take(self, frame: dict[str, Any]) -> None:
        """A request of the page. What they may not see, or what is malformed, is answered as if it were not there."""
        channel = self.world.channels.get(str(frame.get("channel") or frame.get("read") or ""))
        there = channel is not None and sees_channel(self.world, self.person, channel)
        if "read" in frame:
            if channel is not None and there:
                self.world.mark_read(self.person, channel.id, str(frame.get("to") or ""))
            return
        page: dict[str, Any] = {"side": "newest", "messages": [], "older": False, "newer": False, "missing": True}
        if channel is not None and there:
            if channel.id not in self.places:
                self.patches.append(self._place(channel))
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
    return [form_view(form) for form in forms]


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


def routes() -> list[BaseRoute]:
    """The page's websocket. `app.state.sandbox` must be set."""
    return [WebSocketRoute("/control/viewer", _viewer)]
