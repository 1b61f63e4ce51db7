"""The journeys' stage on the sandbox's Slack."""

import contextlib
import html
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

from support.block_kit import texts
from support.stages.stage import Ids, Person, Room, Seen, Stage, desk_file
from support.whole_desk import Transport, WholeDesk, desk_in, world

IDS = Ids(
    platform="slack",
    people={"customer": "U0ANN", "bo": "U0BO", "ida": "U0IDA", "mia": "U0MIA"},
    rooms={"help": "C0GLOBEX", "triage": "C0TRIAGE", "managers": "C0MANAGERS"},
)
_LINK = re.compile(r"<(?:!date\^[^|>]*|https?://[^|>]*)\|([^>]*)>")


class SlackStage(Stage):
    name = "Ann Weber"

    def __init__(self, desk: WholeDesk) -> None:
        super().__init__()
        self.app = desk.app
        self.desk = desk
        self.changed = desk.changed

    async def write(self, person: Person, room: Room, words: str, thread: str | None = None) -> str:
        typed = words.replace("@desk", "@Desk")
        return await self.desk.write(IDS.people[person], IDS.rooms[room], typed, thread)

    async def edit(self, person: Person, room: Room, message: str, words: str, thread: str | None = None) -> None:
        await self._act("edit", person, channel=IDS.rooms[room], message=message, text=words)

    async def delete(self, person: Person, room: Room, message: str, thread: str | None = None) -> None:
        await self._act("delete", person, channel=IDS.rooms[room], message=message)

    async def share(self, person: Person, room: Room, name: str, data: bytes, thread: str) -> None:
        answer = await self.desk.control.post(
            "/control/upload",
            data={"as": IDS.people[person], "channel": IDS.rooms[room], "thread": thread, "text": "here"},
            files={"file": (name, data, "text/plain")},
        )
        assert answer.status_code == 200, answer.text

    async def react(self, person: Person, message: Seen, emoji: str) -> None:
        await self.desk.react(IDS.people[person], message.raw, emoji)

    async def unreact(self, person: Person, message: Seen, emoji: str) -> None:
        await self.desk.unreact(IDS.people[person], message.raw, emoji)

    async def press(self, person: Person, message: Seen, label: str) -> None:
        assert (await self.desk.press(IDS.people[person], message.raw, label))["ok"]

    async def choose(self, person: Person, message: Seen, label: str) -> None:
        assert (await self.desk.menu(IDS.people[person], message.raw, label))["ok"]

    async def submit(self, person: Person, **values: str) -> None:
        assert (await self.desk.submit(IDS.people[person], **values))["ok"]

    async def command(self, person: Person, room: Room, verb: str, ticket: int | None = None, **values: str) -> str:
        typed = " ".join(filter(None, [verb, f"T-{ticket}" if ticket else "", *values.values()]))
        return _bare(await self.desk.command(IDS.people[person], IDS.rooms[room], typed))

    async def shortcut(self, person: Person, message: Seen, name: Literal["open_ticket", "send_to_customer"]) -> None:
        where = {"channel": IDS.rooms[message.room], "message": message.id}
        assert (await self._act("shortcut", person, callback_id=name, **where))["ok"]

    async def pass_time(self, seconds: float) -> None:
        await self.desk.pass_time(advance_seconds=seconds)

    async def next_morning(self) -> None:
        await self.desk.pass_time(to="next_morning")

    def mention(self, person: Person) -> str:
        return f"<@{IDS.people[person]}>"

    async def sees(self, person: Person, room: Room, thread: str | None = None) -> list[Seen]:
        channel = IDS.rooms[room]
        params = {"as": IDS.people[person], "channel": channel, **({"thread": thread} if thread else {})}
        answer = await self.desk.control.get("/control/sees", params=params)
        found = answer.json()["messages"] if answer.status_code == 200 else []
        return [_seen(room, one) for one in found if one["ts"] != thread]

    async def told(self, person: Person) -> list[str]:
        found = await self.desk.sees_all(IDS.people[person])
        return [_words(one) for one in found["ephemerals"]]

    async def _act(self, path: str, person: Person, **fields: Any) -> dict[str, Any]:
        return await self.desk.post(path, **{"as": IDS.people[person]}, **fields)


def _seen(room: Room, message: dict[str, Any]) -> Seen:
    elements = [e for b in message["blocks"] if b["type"] == "actions" for e in b["elements"]]
    return Seen(
        room,
        message["ts"],
        message["thread"],
        _words(message),
        by_desk=message["author"] == "U0DESK",
        buttons=tuple(e["text"]["text"] for e in elements if e["type"] == "button"),
        files=tuple(file["name"] for file in message["files"]),
        alone=message["ephemeral"],
        raw=message,
    )


def _words(message: dict[str, Any]) -> str:
    shown = [text for _, text in texts(message["blocks"])]
    return _bare("\n".join(filter(None, [message["username"], message["text"], *shown])))


def _bare(text: str) -> str:
    """As it reads: no emphasis, links by their label."""
    return html.unescape(_LINK.sub(r"\1", text).replace("*", ""))


@contextlib.asynccontextmanager
async def slack_stage(database_url: str, folder: Path, transport: Transport) -> AsyncIterator[Stage]:
    config = str(desk_file(folder, IDS))
    async with world(folder, transport) as found, desk_in(found, database_url, DESKHAND_CONFIG=config) as desk:
        yield SlackStage(desk)
