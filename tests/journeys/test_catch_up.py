"""What was said while the desk was away is there when it comes back, once."""

from pathlib import Path

import pytest
from support.absence import OnDiscord, OnSlack, agreed
from support.discord_desk import DiscordDesk, on_both
from support.gate import sized
from support.whole_desk import ANN, BO, GLOBEX, INITECH, RAJ, TRIAGE, Transport, WholeDesk, World, desk_in, world

from sandbox.discord import seed


def _say(at: World, person: str, channel: str, words: str, thread: str | None = None) -> str:
    return at.sandbox.world.post(channel, person, words, thread=thread).id


async def test_messages_edits_and_replies_of_an_absence_are_taken_in_once(
    database_url: str, tmp_path: Path, transport: Transport
) -> None:
    async with world(tmp_path, transport) as at:
        async with desk_in(at, database_url) as desk:
            first = await desk.write(ANN, GLOBEX, "The export fails")
            other = await desk.write(RAJ, INITECH, "How do I pay?")
            await desk.card(2)
            await desk.settled()
            # From here on nothing is delivered, as when all of Slack's retries have run out.
            await desk.post("faults", kind="drop", event="*", count=None)

        at.sandbox.world.edit(GLOBEX, first, ANN, text="The export fails with 502")
        replies = [_say(at, ANN, GLOBEX, f"more {n}", first) for n in range(20)]
        new = _say(at, RAJ, INITECH, "And another thing, unrelated")
        _say(at, RAJ, INITECH, "by invoice, I mean", other)

        at.sandbox.faults.clear()
        async with desk_in(at, database_url) as desk:
            await desk.finds(BO, TRIAGE, "Back again: took in")
            await desk.settled()
            kept = {row[0]: row[1] for row in await desk.rows("SELECT external, body FROM message")}
            assert kept[first] == "The export fails with 502"
            assert [kept[ts] for ts in replies] == [f"more {n}" for n in range(20)]
            assert kept[new] == "And another thing, unrelated"
            assert len(kept) == 24
            once = await desk.rows("SELECT external FROM message GROUP BY external HAVING count(*) > 1")
            assert once == []


@pytest.mark.parametrize("how", sized(("kill",), ("kill", "half_open"), ("kill", "half_open")))
async def test_a_gap_while_the_desk_runs_on_slack(sqlite_url: str, tmp_path: Path, how: str) -> None:
    async with world(tmp_path) as at, desk_in(at, sqlite_url, **on_both(at)) as desk:
        desk.patience = 60
        slack = OnSlack(at.sandbox, direct=_direct(at, ANN))
        await _begins(desk, slack)
        # Nothing of it is delivered, as when all of Slack's retries have run out.
        at.sandbox.faults.add({"event": "*", "kind": "drop", "count": None})
        [before] = [one.id for one in at.sandbox.slack.socket_mode.connections]
        await desk.post("slack/socket", do=how)
        slack.act(40)

        async def connected_anew() -> bool:
            return any(one.id != before for one in at.sandbox.slack.socket_mode.connections)

        await desk.until(connected_anew, "there is another connection")
        at.sandbox.faults.clear()
        await agreed(desk, slack)
        await desk.finds(BO, TRIAGE, "Back again: took in")


async def test_a_session_that_discord_does_not_resume(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as at, desk_in(at, database_url, **on_both(at)) as desk:
        discord = OnDiscord(at.sandbox, direct=_direct(at, seed.KIM))
        await _begins(desk, discord)
        gateway = at.sandbox.discord.gateway
        for connection in list(gateway.connections):
            gateway.kill(connection)
        gateway.sessions.clear()
        discord.act(40)
        await agreed(desk, discord)
        await desk.finds(BO, TRIAGE, "Back again: took in")
        assert len(gateway.begun) == 2


async def _begins(desk: WholeDesk, chat: OnSlack) -> None:
    for person in chat.customers:
        chat.roots.append(chat.say(person, f"{person} needs help"))
        chat.answer(person, chat.roots[-1], f"{person} says more")
    chat.whisper("Just between us")
    await agreed(desk, chat)
    await desk.settled()


async def test_what_was_asked_meanwhile_is_answered(sqlite_url: str, tmp_path: Path) -> None:
    """Where it was asked on Slack; directly on Discord, where nothing in a channel is for one person alone."""
    async with world(tmp_path) as at:
        async with desk_in(at, sqlite_url, **on_both(at)) as desk:
            await _begins(desk, OnDiscord(at.sandbox, direct=_direct(at, seed.KIM)))
            await desk.settled()
            await desk.post("faults", kind="drop", event="*", count=None)
        _say(at, BO, TRIAGE, "<@U0DESK> claim 99")
        _say(at, seed.KIM, seed.HELP, f"<@{seed.BOT}> claim")
        at.sandbox.faults.clear()
        async with desk_in(at, sqlite_url, **on_both(at)) as desk:
            await desk.finds(BO, TRIAGE, "There is no T-99")
            await DiscordDesk(desk).finds(_direct(at, seed.KIM), "Only the support team can use claim")
            await desk.settled()
            assert await desk.rows("SELECT error FROM outbox WHERE state = 'dead'") == []


def _direct(at: World, person: str) -> str:
    """The channel in which the desk writes to somebody directly."""
    platform = at.sandbox.discord if person == seed.KIM else at.sandbox.slack
    return platform.direct_channel(at.sandbox.world.person(person)).id
