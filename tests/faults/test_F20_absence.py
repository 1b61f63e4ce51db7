"""F20: the desk is killed, and people go on. When it is back, all that the platforms can give back is there, once, and
the team reads what was caught up."""

import signal
from pathlib import Path

from support.absence import OnDiscord, OnSlack, agreed
from support.discord_desk import on_both
from support.gate import sized
from support.outside import outside
from support.whole_desk import ANN, BO, TRIAGE, shown

from sandbox.discord import seed

ACTS = sized(200, 400, 1000)
# So long after its solution a thread is archived on Discord, and its ticket is not looked at any more.
LONG_AGO = 5 * 86_400


async def test_F20_what_happened_while_the_desk_was_killed(sqlite_url: str, tmp_path: Path) -> None:
    async with outside(sqlite_url, tmp_path, "socket") as people:
        people.environment |= on_both(people.world)
        world = people.sandbox.world
        slack = OnSlack(people.sandbox, direct=people.sandbox.slack.direct_channel(world.person(ANN)).id)
        discord = OnDiscord(people.sandbox, direct=people.sandbox.discord.direct_channel(world.person(seed.KIM)).id)
        both = (slack, discord)

        async with people.desk() as desk:
            for chat in both:
                solved, going_on = chat.customers
                for person in (solved, going_on):
                    chat.roots.append(chat.say(person, f"{person} needs help"))
                    chat.answer(person, chat.roots[-1], f"{person} says more")
                chat.whisper("Just between us")
            await agreed(people, *both)
            for number in [row[0] for row in await people.rows("SELECT number FROM ticket ORDER BY number")][::3]:
                await people.command(BO, TRIAGE, f"resolve {number}")
            await people.until(
                lambda: people.rows("SELECT 1 FROM ticket WHERE status = 'resolved'"), "something is solved"
            )
            await people.pass_time(advance_seconds=LONG_AGO)
            await people.settled()
            desk.signal(signal.SIGKILL)
            await desk.ended()

        people.sandbox.faults.add({"event": "*", "kind": "drop", "count": None})
        for chat in both:
            for root in chat.roots:
                chat.answer(chat.customers[0], root, f"and now {root}")
            chat.whisper("Are you there")
            chat.act(ACTS)
        before = await people.rows("SELECT count(*) FROM message")
        people.sandbox.faults.clear()

        async with people.desk():
            await agreed(people, *both)
            told = shown(await people.finds(BO, TRIAGE, "Back again: took in"))
            assert "cannot be known" in told
            await people.settled()
            await agreed(people, *both)
            assert (await people.rows("SELECT count(*) FROM message"))[0][0] > before[0][0] + ACTS // 2
            assert await people.rows("SELECT 1 FROM receipt WHERE state <> 'handled'") == []
