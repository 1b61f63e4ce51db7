"""What was said while the desk was away is there when it comes back, once."""

from pathlib import Path

from support.whole_desk import ANN, BO, GLOBEX, INITECH, RAJ, TRIAGE, Transport, World, desk_in, world


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
