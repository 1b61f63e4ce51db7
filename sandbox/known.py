"""What the sandbox's world holds, and how it is looked up; nothing here changes it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import TypeVar

from sandbox.clock import Clock
from sandbox.model import Channel, File, Form, Message, Person, Platform, Usergroup, Workspace
from sandbox.rooms import Room

_T = TypeVar("_T")


class Missing(LookupError):
    """There is no such thing (`what` is "person", "channel", "message", "file"), or not any more."""

    def __init__(self, what: str, name: str) -> None:
        super().__init__(f"no {what} {name!r}")
        self.what = what


class Known:
    """Everything there is. `World` adds the changes."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.clear()

    def clear(self) -> None:
        """Forget everything, under a new `world_id`, and tell nobody: follow it with `replaced()`."""
        self.world_id = secrets.token_hex(8)
        self.workspaces: dict[str, Workspace] = {}
        self.people: dict[str, Person] = {}
        self.usergroups: dict[str, Usergroup] = {}
        self.channels: dict[str, Channel] = {}
        self.rooms: dict[str, Room] = {}
        self.files: dict[str, File] = {}
        self.ephemerals: dict[str, dict[str, Message]] = {}
        self.forms: dict[str, list[Form]] = {}
        self.homes: dict[str, Form] = {}
        self.reads: dict[tuple[str, str], str] = {}
        self.issued: set[int] = set()
        """Microseconds of every id given out in this world, so that none comes again when the clock goes back."""
        self.issued_snowflakes: set[int] = set()

    def person(self, person_id: str) -> Person:
        """By id, or by the id of an account on another platform."""
        return self.find_person(person_id) or found(self.people, "person", person_id)

    def find_person(self, person_id: str) -> Person | None:
        known = self.people.get(person_id)
        if known is None and person_id.isdigit():
            known = next((one for one in self.people.values() if person_id in one.accounts.values()), None)
        return known

    def belongs(self, person: Person, workspace_id: str) -> bool:
        """Whether it is their own workspace, or one on a platform where they have an account."""
        workspace = self.workspaces.get(workspace_id)
        return person.workspace == workspace_id or (workspace is not None and workspace.platform in person.accounts)

    def platform_of(self, channel: Channel) -> Platform:
        workspace = self.workspaces.get(channel.workspace)
        return workspace.platform if workspace else "slack"

    def on_slack(self, workspace_id: str) -> bool:
        workspace = self.workspaces.get(workspace_id)
        return workspace is None or workspace.platform == "slack"

    def platform_at(self, channel_id: str) -> Platform:
        """Slack for a channel that is not there."""
        channel = self.channels.get(channel_id)
        return self.platform_of(channel) if channel else "slack"

    def threads_of(self, channel_id: str) -> list[Channel]:
        """Discord's threads of a channel, in the order of their creation."""
        return [channel for channel in self.channels.values() if channel.parent == channel_id]

    def channel(self, channel_id: str) -> Channel:
        return found(self.channels, "channel", channel_id)

    def message(self, channel_id: str, message_id: str) -> Message:
        return found(self.room(channel_id).by_id, "message", message_id)

    def file(self, file_id: str) -> File:
        kept = found(self.files, "file", file_id)
        if kept.deleted:
            raise Missing("file", file_id)
        return kept

    def find_message(self, channel_id: str, message_id: str) -> Message | None:
        room = self.rooms.get(channel_id)
        return room.by_id.get(message_id) if room else None

    def history(
        self, channel_id: str, after: str = "", before: str = "", *, inclusive: bool = False
    ) -> Iterator[Message]:
        """Top-level messages between two ids (empty: open end), newest first."""
        return self.room(channel_id).newest_first(after, before, inclusive=inclusive)

    def thread(self, channel_id: str, root_id: str) -> list[Message]:
        """The root and its replies, oldest first; a lost root leaves the replies alone."""
        room = self.room(channel_id)
        root = [room.by_id[root_id]] if root_id in room.by_id else []
        return root + [room.by_id[reply] for reply in room.replies(root_id)]

    def replies(self, channel_id: str, root_id: str) -> list[str]:
        """Ids of the replies, oldest first; the world's own list, do not change it."""
        return self.room(channel_id).replies(root_id)

    def is_member(self, person_id: str, channel_id: str) -> bool:
        return person_id in self.channel(channel_id).members

    def direct_channel(self, one: str, other: str) -> Channel | None:
        for channel in self.channels.values():
            if channel.kind == "im" and set(channel.members) == {one, other}:
                return channel
        return None

    def unread(self, person_id: str, channel_id: str) -> int:
        """Top-level messages since the person last looked (all of them when they never did)."""
        return self.room(channel_id).count_after(self.reads.get((person_id, channel_id), ""))

    def ephemerals_of(self, person_id: str, channel_id: str) -> list[Message]:
        return [one for one in self.ephemerals.get(person_id, {}).values() if one.channel == channel_id]

    def forms_of(self, person_id: str) -> list[Form]:
        """The stack of open modals, the one on top last; a copy of the list."""
        return list(self.forms.get(person_id, []))

    def find_form(self, form_id: str) -> Form | None:
        for stack in self.forms.values():
            for form in stack:
                if form.id == form_id:
                    return form
        return next((home for home in self.homes.values() if home.id == form_id), None)

    def room(self, channel_id: str) -> Room:
        return found(self.rooms, "channel", channel_id)


def found(things: dict[str, _T], what: str, name: str) -> _T:
    try:
        return things[name]
    except KeyError:
        raise Missing(what, name) from None
