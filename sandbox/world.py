"""The state of the sandbox and the only place that changes it; every change goes to one ordered feed.

Everything here is synchronous and belongs to one event loop. Callbacks of the feed are called in the order of their
subscription, after the change, before the changing method returns; they must be quick and must not raise.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from sandbox import snowflakes
from sandbox.changes import (
    ActionFailed,
    Change,
    ChannelChanged,
    ChannelDeleted,
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
from sandbox.clock import Clock
from sandbox.known import Known, Missing, found
from sandbox.model import Channel, Edit, File, Form, Message, Person, Platform, Usergroup, Workspace
from sandbox.rooms import Room

__all__ = ["Missing", "World"]


class World(Known):
    """Read its attributes freely; change nothing but through methods."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self._subscribers: list[Callable[[Change], None]] = []

    # The feed

    def subscribe(self, callback: Callable[[Change], None]) -> Callable[[], None]:
        """Call `callback` with each change from now on; the result ends that."""
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    def publish(self, change: Change) -> None:
        for callback in tuple(self._subscribers):
            callback(change)

    def replaced(self) -> None:
        self.publish(WorldReplaced(self.world_id))

    # People and places

    def put_person(self, person: Person) -> None:
        """Add or replace."""
        self.people[person.id] = person
        self.publish(PersonChanged(person))

    def put_usergroup(self, usergroup: Usergroup) -> None:
        """Add or replace."""
        self.usergroups[usergroup.id] = usergroup
        self.publish(UsergroupChanged(usergroup))

    def put_workspace(self, workspace: Workspace) -> None:
        """Add or replace."""
        self.workspaces[workspace.id] = workspace
        self.publish(WorkspaceChanged(workspace))

    def put_channel(self, channel: Channel, by: str, what: str = "created") -> None:
        """Add or replace."""
        self.channels[channel.id] = channel
        self.rooms.setdefault(channel.id, Room())
        self.publish(ChannelChanged(channel, what, by))

    def join(self, channel_id: str, person_id: str, by: str | None = None) -> bool:
        """False when they are in it already. `by` is who invited them."""
        channel = self.channel(channel_id)
        self.person(person_id)
        if person_id in channel.members:
            return False
        channel.members.append(person_id)
        self.publish(MemberJoined(channel, person_id, by))
        return True

    def leave(self, channel_id: str, person_id: str, by: str | None = None) -> bool:
        """False when they are not in it. `by` is who removed them."""
        channel = self.channel(channel_id)
        if person_id not in channel.members:
            return False
        channel.members.remove(person_id)
        self.publish(MemberLeft(channel, person_id, by))
        return True

    def archive(self, channel_id: str, by: str, *, archived: bool = True) -> bool:
        """False when it is so already."""
        channel = self.channel(channel_id)
        if channel.archived == archived:
            return False
        channel.archived = archived
        self.publish(ChannelChanged(channel, "archived" if archived else "unarchived", by))
        return True

    def delete_channel(self, channel_id: str, by: str) -> None:
        channel = self.channel(channel_id)
        del self.channels[channel_id]
        del self.rooms[channel_id]
        for person in list(self.ephemerals):
            for message in [one for one in self.ephemerals[person].values() if one.channel == channel_id]:
                self.drop_ephemeral(person, message.id)
        self.publish(ChannelDeleted(channel, by))

    # Messages

    def stamp(self, platform: Platform = "slack") -> tuple[str, float]:
        """A message id of the present moment that was never given out before, and its epoch seconds."""
        if platform == "discord":
            return snowflakes.fresh(self.clock.now(), self.issued_snowflakes), self.clock.now()
        micros = int(self.clock.now() * 1_000_000)
        while micros in self.issued:
            micros += 1
        self.issued.add(micros)
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}", micros / 1_000_000

    def post(self, channel_id: str, author: str, text: str, *, as_id: str = "", **more: Any) -> Message:
        """Say something. `more` holds further fields of `Message`; a thread must be given as its root's id. `as_id` is
        a message id from `stamp()` that was handed out before."""
        room = self.room(channel_id)
        message_id, at = self.stamp(self.platform_at(channel_id))
        message_id = as_id or message_id
        message = Message(id=message_id, channel=channel_id, author=author, at=at, text=text, **more)
        room.add(message)
        if message.thread is None or message.broadcast:
            self.reads[(author, channel_id)] = message_id
        for file_id in [*message.files, *self._pictures(message.blocks)]:
            self._share(file_id, channel_id)
        self.publish(MessagePosted(message))
        return message

    def edit(self, channel_id: str, message_id: str, by: str, **fields: Any) -> Message:
        """Change fields of `Message` and mark it as edited."""
        message = self.message(channel_id, message_id)
        previous = _copied(message)
        for name, value in fields.items():
            setattr(message, name, value)
        message.edited = Edit(by=by, at=self.stamp(self.platform_at(channel_id))[0])
        for file_id in self._pictures(message.blocks):
            self._share(file_id, channel_id)
        self.publish(MessageEdited(message, previous))
        return message

    def dress(self, channel_id: str, message_id: str, attachments: list[dict[str, Any]]) -> Message:
        """Attach what the platform found behind a link; the text stays and no edit is marked."""
        message = self.message(channel_id, message_id)
        previous = _copied(message)
        message.attachments = [*message.attachments, *attachments]
        self.publish(MessageEdited(message, previous, content=False))
        return message

    def delete(self, channel_id: str, message_id: str, by: str) -> None:
        """A message with replies leaves a stand-in, and goes with its last reply."""
        room = self.room(channel_id)
        message = self.message(channel_id, message_id)
        previous = _copied(message)
        if room.replies(message_id):
            for name, value in _tombstone().items():
                setattr(message, name, value)
            self.publish(MessageDeleted(previous, message, by))
            return
        room.remove(message)
        self.publish(MessageDeleted(previous, None, by))
        root = room.by_id.get(message.thread) if message.thread else None
        if root is not None and root.deleted and not room.replies(root.id):
            room.remove(root)
            self.publish(MessageDeleted(root, None, by))

    def react(self, channel_id: str, message_id: str, person_id: str, name: str) -> bool:
        """False when that person has that reaction there already."""
        message = self.message(channel_id, message_id)
        people = message.reactions.get(name, [])
        if person_id in people:
            return False
        message.reactions = {**message.reactions, name: [*people, person_id]}
        self.publish(ReactionAdded(message, person_id, name, self.stamp(self.platform_at(channel_id))[0]))
        return True

    def unreact(self, channel_id: str, message_id: str, person_id: str, name: str) -> bool:
        """False when there is no such reaction of theirs."""
        message = self.message(channel_id, message_id)
        people = message.reactions.get(name, [])
        if person_id not in people:
            return False
        rest = [person for person in people if person != person_id]
        reactions = {**message.reactions, name: rest}
        message.reactions = {key: value for key, value in reactions.items() if value}
        self.publish(ReactionRemoved(message, person_id, name, self.stamp(self.platform_at(channel_id))[0]))
        return True

    def mark_read(self, person_id: str, channel_id: str, message_id: str = "") -> None:
        """Up to `message_id`, or to the newest."""
        top = self.room(channel_id).top
        last = message_id or (top[-1] if top else "")
        if last != self.reads.get((person_id, channel_id), ""):
            self.reads[(person_id, channel_id)] = last
            self.publish(ReadMarked(person_id, channel_id))

    # What one person alone sees

    def show_ephemeral(self, person_id: str, channel_id: str, author: str, text: str, **more: Any) -> Message:
        """Show something to one person in a channel (`thread` in `more`: in that thread)."""
        message_id, at = self.stamp(self.platform_at(channel_id))
        message = Message(
            id=message_id, channel=channel_id, author=author, at=at, text=text, only_for=person_id, **more
        )
        self.ephemerals.setdefault(person_id, {})[message_id] = message
        self.publish(EphemeralShown(message))
        return message

    def edit_ephemeral(self, person_id: str, message_id: str, **fields: Any) -> Message:
        message = found(self.ephemerals.get(person_id, {}), "message", message_id)
        for name, value in fields.items():
            setattr(message, name, value)
        self.publish(EphemeralShown(message))
        return message

    def drop_ephemeral(self, person_id: str, message_id: str) -> bool:
        """False when it is gone already."""
        message = self.ephemerals.get(person_id, {}).pop(message_id, None)
        if message is None:
            return False
        self.publish(EphemeralGone(person_id, message.channel, message_id))
        return True

    def set_forms(self, person_id: str, forms: list[Form]) -> None:
        """Replace the stack; also after a change of a form in it."""
        self.forms[person_id] = list(forms)
        if not forms:
            del self.forms[person_id]
        self.publish(FormsChanged(person_id, tuple(forms)))

    def publish_home(self, home: Form) -> None:
        self.homes[home.person] = home
        self.publish(HomePublished(home))

    def action_failed(self, person_id: str, channel_id: str, message_id: str, action_id: str, reason: str) -> None:
        self.publish(ActionFailed(person_id, channel_id, message_id, action_id, reason))

    # Files

    def put_file(self, file: File) -> None:
        """Add or replace."""
        self.files[file.id] = file
        self.publish(FileChanged(file))

    def _pictures(self, value: Any) -> Iterator[str]:
        """Ids of the files that blocks show (`slack_file`): who sees the message sees them, too."""
        if isinstance(value, dict):
            shown = value.get("slack_file")
            if isinstance(shown, dict):
                url = str(shown.get("url", ""))
                yield from (one for one in self.files if one == shown.get("id") or f"-{one}/" in url)
            value = list(value.values())
        if isinstance(value, list):
            for inner in value:
                yield from self._pictures(inner)

    def _share(self, file_id: str, channel_id: str) -> None:
        file = self.file(file_id)
        if channel_id not in file.channels:
            file.channels.append(channel_id)
            self.publish(FileChanged(file))

    # Filling it, from the seed or from what was kept

    def restore_channel(self, channel: Channel) -> None:
        """Put a channel there as it was, and tell nobody."""
        self.channels[channel.id] = channel
        self.rooms.setdefault(channel.id, Room())

    def restore_message(self, message: Message) -> None:
        """Put a message there as it was, and tell nobody."""
        self.rooms.setdefault(message.channel, Room()).add(message)
        seconds, dot, micros = message.id.partition(".")
        if dot:
            self.issued.add(int(seconds) * 1_000_000 + int(micros))
        else:
            self.issued_snowflakes.add(int(message.id))


def _copied(message: Message) -> Message:
    return replace(message, reactions=copy.copy(message.reactions))


def _tombstone() -> dict[str, Any]:
    return {
        "text": "This message was deleted.",
        "blocks": [],
        "attachments": [],
        "files": [],
        "metadata": None,
        "reactions": {},
        "deleted": True,
    }
