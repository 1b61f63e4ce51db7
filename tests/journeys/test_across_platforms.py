"""A customer on one platform, the team on the other: names, formatting, files, edits and deletions go over, both
ways."""

from functools import partial
from pathlib import Path

from support.discord_desk import ON_DISCORD, DiscordDesk, on_both, text_of
from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, Message, WholeDesk, desk_in, shown, world

from sandbox.discord import interact, seed
from sandbox.model import Message as Said

PNG = b"\x89PNG" + bytes(200)
LOG = b"error 502\n" * 50
LINK = "https://example.com/docs"


async def _upload(desk: WholeDesk, person: str, channel: str, name: str, data: bytes) -> str:
    fields = {"as": person, **({"on": "discord"} if channel.isdigit() else {})}
    answer = await desk.control.post("/control/upload", data=fields, files={"file": (name, data)})
    return str(answer.json()["files"][0]["id"])


def _bytes(desk: WholeDesk, messages: list[Said], name: str) -> list[bytes]:
    """Of the desk's own files of that name."""
    world, store = desk.sandbox.world, desk.sandbox.files
    ours = [file for m in messages if m.author in ("U0DESK", seed.BOT) and not m.deleted for file in m.files]
    return [store.read(one) for one in ours if world.file(one).name == name]


async def _slack_copy(desk: WholeDesk, thread: str, author: str, words: str) -> Message:
    """The newest post of the desk with these words, under somebody's name."""

    async def look() -> Message | None:
        fits = [m for m in await desk.sees(BO, TRIAGE, thread) if m["username"] == author and words in shown(m)]
        return fits[-1] if fits else None

    found: Message = await desk.until(look, f"{author} says “{words}” on Slack")
    return found


def _drawn(message: Message) -> str:
    return "\n".join(block["text"]["text"] for block in message["blocks"] if block["type"] == "section")


async def test_a_customer_on_discord_and_the_team_on_slack(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, desk_in(found, database_url, **on_both(found)) as desk:
        people, said = DiscordDesk(desk), found.sandbox.world
        log = await _upload(desk, seed.KIM, seed.HELP, "trace.log", LOG)
        formatted = (
            f"**Bold** *italic* ~~gone~~ `code` [the docs]({LINK}) <@{seed.BO}> @everyone\n"
            "> quoted\n- one\n- two\n```\nx = 1\n```"
        )
        root = await people.write(seed.KIM, seed.HELP, formatted, files=[log], raw=True)
        thread = (await desk.card(1, "Claim"))["ts"]
        kim = "Kim Holm (Community)"

        copy = _drawn(await _slack_copy(desk, thread, kim, "*Bold*"))
        for piece in ("_italic_", "~gone~", "`code`", f"<{LINK}|the docs>", "@Bo Lind", "&gt; quoted", "- two", "```"):
            assert piece in copy.replace("\n>", "\n&gt;"), (piece, copy)
        assert "<@" not in copy and "<!" not in copy
        triage = partial(said.thread, TRIAGE, thread)
        await desk.until(lambda: _later(_bytes(desk, triage(), "trace.log")), "the file on Slack")
        assert _bytes(desk, triage(), "trace.log") == [LOG]

        # An edit and a deletion.
        said.edit(seed.HELP, root, seed.KIM, text="**Bolder**")
        await _slack_copy(desk, thread, kim, "*Bolder*")
        secret = await _upload(desk, seed.KIM, seed.HELP, "secret.txt", b"secret")
        more = await people.write(seed.KIM, seed.HELP, "Not for you.", thread=root, files=[secret])
        await _slack_copy(desk, thread, kim, "Not for you.")
        await desk.until(lambda: _later(_bytes(desk, triage(), "secret.txt")), "the other file on Slack")
        said.delete(root, more, seed.KIM)
        await _slack_copy(desk, thread, kim, "This message was deleted.")
        await desk.until(lambda: _later(not _bytes(desk, triage(), "secret.txt")), "the other file is gone")

        # What the team says goes under the agent's name, with its formatting and its file.
        picture = await _upload(desk, BO, TRIAGE, "fix.png", PNG)
        note = await desk.write(
            BO, TRIAGE, f"Press *Save* or _wait_, <{LINK}|see here>\n> as you said\n`x = 1`", thread=thread,
            files=[picture], raw=True,
        )  # fmt: skip
        sent = await desk.post("shortcut", **{"as": BO}, callback_id="send_to_customer", channel=TRIAGE, message=note)
        assert sent["ok"], sent
        answer = text_of(await people.finds(root, "**Save**"))
        assert answer.startswith("**Bo Lind**\n")
        for piece in ("*wait*", f"[see here]({LINK})", "> as you said", "`x = 1`"):
            assert piece in answer, (piece, answer)
        await desk.until(lambda: _later(_bytes(desk, people.messages(root), "fix.png")), "the picture on Discord")
        assert _bytes(desk, people.messages(root), "fix.png") == [PNG]
        await desk.settled()


async def test_a_customer_on_slack_and_the_team_on_discord(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found, desk_in(found, database_url, **on_both(found, ON_DISCORD)) as desk:
        people, said = DiscordDesk(desk), found.sandbox.world
        log = await _upload(desk, ANN, GLOBEX, "trace.log", LOG)
        formatted = f"*Bold* _italic_ ~gone~ `code` <{LINK}|the docs> <@{BO}> <!here>\n> quoted\n• one\n```x = 1```"
        root = await desk.write(ANN, GLOBEX, formatted, files=[log], raw=True)
        card = await people.finds(seed.TRIAGE, "T-1")

        copy = await people.finds(card.id, "**Bold**")
        drawn = text_of(copy)
        for piece in ("*italic*", "~~gone~~", "`code`", f"[the docs]({LINK})", "@Bo Lind", "> quoted", "one", "```"):
            assert piece in drawn, (piece, drawn)
        assert drawn.startswith("**Ann Weber (Globex)**\n")
        assert "<@" not in drawn
        inside = partial(people.messages, card.id)
        await desk.until(lambda: _later(_bytes(desk, inside(), "trace.log")), "the file on Discord")
        assert _bytes(desk, inside(), "trace.log") == [LOG]

        said.edit(GLOBEX, root, ANN, text="*Bolder*")
        await people.finds(card.id, "**Bolder**")
        secret = await _upload(desk, ANN, GLOBEX, "secret.txt", b"secret")
        more = await desk.write(ANN, GLOBEX, "Not for you.", thread=root, files=[secret])
        await people.finds(card.id, "Not for you.")
        await desk.until(lambda: _later(_bytes(desk, inside(), "secret.txt")), "the other file on Discord")
        said.delete(GLOBEX, more, ANN)
        await people.finds(card.id, "This message was deleted.")
        await desk.until(lambda: _later(not _bytes(desk, inside(), "secret.txt")), "the other file is gone")

        # A file alone is sent on, too.
        picture = await _upload(desk, BO, seed.TRIAGE, "fix.png", PNG)
        await _sends_on(people, card.id, "", [picture])
        await desk.until(lambda: _later(_bytes(desk, said.thread(GLOBEX, root), "fix.png")), "the picture on Slack")
        await _sends_on(people, card.id, f"Press **Save** or *wait*, [see here]({LINK})\n> as you said\n`x = 1`", [])
        answer = await desk.finds(ANN, GLOBEX, "*Save*", thread=root)
        assert answer["username"] == "Bo Lind"
        words = _drawn(answer).replace("\n>", "\n&gt;")
        for piece in ("_wait_", f"<{LINK}|see here>", "&gt; as you said", "`x = 1`"):
            assert piece in words, (piece, words)
        await desk.settled()


async def _sends_on(people: DiscordDesk, thread: str, words: str, files: list[str]) -> None:
    """Writes a note into the card's thread and chooses "Send to customer" from its menu."""
    note = await people.write(seed.BO, seed.TRIAGE, words, thread=thread, files=files, raw=True)

    taken = "SELECT 1 FROM message WHERE external = :note"
    await people.desk.until(lambda: people.desk.rows(taken, note=note), "the note is taken in")
    assert (await interact.menu(people.sandbox.discord, seed.BO, "Send to customer", thread, note)).ok


async def _later(value: object) -> bool:
    return bool(value)
