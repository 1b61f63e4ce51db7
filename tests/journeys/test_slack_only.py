"""What only Slack has: commands as one line of words, and an app's home."""

from pathlib import Path

from support.whole_desk import ANN, BO, GLOBEX, TRIAGE, whole_desk


async def test_commands_are_words_in_a_row(sqlite_url: str, tmp_path: Path) -> None:
    async with whole_desk(sqlite_url, tmp_path) as desk:
        await desk.write(ANN, GLOBEX, "Our export has been failing since this morning.")
        await desk.card(1)
        assert "T-1 is yours now" in await desk.command(BO, TRIAGE, "claim 1")
        assert "priority high" in await desk.command(BO, TRIAGE, "prio #1 high")
        assert "waits for the customer" in await desk.command(BO, TRIAGE, "wait t1")
        assert "“soon” is not a priority" in await desk.command(BO, TRIAGE, "priority 1 soon")
        assert "I do not know" in await desk.command(BO, TRIAGE, "frobnicate")
        assert "What you can do" in await desk.command(BO, TRIAGE, "")


async def test_the_home_shows_a_persons_own_tickets(sqlite_url: str, tmp_path: Path) -> None:
    async with whole_desk(sqlite_url, tmp_path) as desk:
        await desk.write(ANN, GLOBEX, "Our export has been failing since this morning.")
        await desk.card(1)
        await desk.post("home", **{"as": ANN})

        async def home() -> bool:
            return "T-1" in str((await desk.sees_all(ANN)).get("home"))

        await desk.until(home, "Ann's home shows T-1")
