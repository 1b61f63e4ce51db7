"""A request on Discord that is answered from Slack, and what a desk catches up on after an absence."""

from pathlib import Path

from support.discord_desk import ON_DISCORD, ON_SLACK, discord_desk, discord_desk_in, text_of
from support.whole_desk import BO, TRIAGE, shown, world

from sandbox.discord import seed

EXPORT = "Our **export** fails since this morning. We need the numbers."


async def test_somebody_who_uses_slack_alone_answers(database_url: str, tmp_path: Path) -> None:
    async with discord_desk(database_url, tmp_path, ON_SLACK) as people:
        desk = people.desk
        root = await people.write(seed.KIM, seed.HELP, EXPORT)
        card = await desk.card(1, "nobody yet")

        async def copy() -> bool:
            seen = await desk.sees(BO, TRIAGE, card["ts"])
            return any(m["username"] == "Kim Holm (Community)" and "Our *export* fails" in shown(m) for m in seen)

        await desk.until(copy, "Kim's words on Slack")
        await desk.press(BO, card, "Reply …")
        assert (await desk.submit(BO, text="We deploy a fix now.", then="resolve"))["ok"]
        answer = await people.finds(root, "We deploy a fix now.")
        assert text_of(answer).startswith("**Bo Lind**\n")
        await people.finds(root, "We think this is solved.")
        await people.write(seed.KIM, seed.HELP, "It does, thank you.", thread=root)
        await desk.finds(BO, TRIAGE, "It does, thank you.", thread=card["ts"])
        await desk.settled()


async def test_what_was_said_while_the_desk_was_away_is_caught_up(database_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as found:
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            root = await people.write(seed.KIM, seed.HELP, EXPORT)
            await people.finds(root, "This is **T-1**")
            await people.desk.settled()
        said = found.sandbox.world
        said.post(root, seed.KIM, "Still failing.")
        said.post(seed.HELP, seed.LEE, "The login page is down.")
        async with discord_desk_in(found, database_url, ON_DISCORD) as people:
            await people.finds(seed.TRIAGE, "**T-2**")
            await people.desk.settled()
            rows = await people.desk.rows("SELECT ticket, body FROM message ORDER BY ticket, id")
            told = [(row.ticket, row.body) for row in rows if not row.body.startswith("Our")]
            assert told == [(1, "Still failing."), (2, "The login page is down.")]
            await people.finds(seed.TRIAGE, "2 messages")
