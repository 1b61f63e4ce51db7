"""F17 and F18 with the real adapter: Slack closes a channel to the desk, or takes its token away."""

from collections import Counter
from pathlib import Path

from support.books import balanced
from support.calls import Calls, calls
from support.processes import until
from support.whole_desk import ANN, BO, GLOBEX, INITECH, MIA, RAJ, TRIAGE, WholeDesk, desk_in, shown, world


async def _two_tickets(desk: WholeDesk) -> None:
    await desk.write(ANN, GLOBEX, "One")
    await desk.write(RAJ, INITECH, "Two")
    await desk.card(2)
    await balanced(desk)


async def _given_up(desk: WholeDesk, made: Calls, code: str) -> None:
    """One attempt, a dead letter, the team is told, the card says so; elsewhere it goes on."""
    await desk.command(BO, TRIAGE, "reply 1 into the void")
    await desk.finds(BO, TRIAGE, f"Could not post into <#{GLOBEX}>")
    assert code in shown(await desk.card(1, "takes no messages from the desk any more"))
    await desk.command(BO, TRIAGE, "reply 2 all is well")
    await desk.finds(RAJ, INITECH, "all is well", thread=await desk.root(2))
    await desk.settled()
    assert len(made.of("chat.postMessage", channel=GLOBEX)) == 1
    dead = await desk.rows("SELECT channel, purpose, error FROM outbox WHERE state = 'dead' AND kind = 'post'")
    assert [(row.channel, row.purpose) for row in dead] == [(GLOBEX, "reply")]
    assert code in dead[0].error


async def test_F17_an_archived_channel(slack_desk: WholeDesk) -> None:
    await _two_tickets(slack_desk)
    await slack_desk.post("archive", **{"as": MIA}, channel=GLOBEX)
    with calls(slack_desk) as made:
        await _given_up(slack_desk, made, "is_archived")
    # Once it is open again, an answer clears the warning.
    await slack_desk.post("unarchive", **{"as": MIA}, channel=GLOBEX)
    await slack_desk.command(BO, TRIAGE, "reply 1 back again")
    await slack_desk.finds(ANN, GLOBEX, "back again", thread=await slack_desk.root(1))
    await slack_desk.until(lambda: _is_clear(slack_desk), "the card's warning goes")


async def _is_clear(desk: WholeDesk) -> bool:
    return "⚠" not in shown(await desk.card(1))


async def test_F17_a_channel_that_the_desk_was_removed_from(slack_desk: WholeDesk) -> None:
    await _two_tickets(slack_desk)
    await slack_desk.post("remove", **{"as": MIA}, channel=GLOBEX, person="U0DESK")
    with calls(slack_desk) as made:
        await _given_up(slack_desk, made, "not_in_channel")


async def test_F18_a_revoked_token_pauses_everything_and_loses_nothing(sqlite_url: str, tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        async with desk_in(at, sqlite_url) as desk:
            await _two_tickets(desk)
            await desk.post("slack/token", do="revoke")
            with calls(desk) as made:
                for number in range(20):
                    await desk.write(ANN, GLOBEX, f"more {number}")
                await until(lambda: desk.app.delivery.health().paused, what="it is paused")
                ready = await desk.http.get("/readyz")
                # For as long as several ticks take, nothing is tried in vain.
                await desk.quiet(2)
            assert ready.status_code == 503
            assert "token_revoked" in ready.text
            # One for each send that was under way when the first refusal came.
            assert {call.detail for call in made} == {"token_revoked"}
            assert len(made) <= 8, [call.name for call in made]
            waiting = await desk.rows("SELECT purpose, state FROM outbox WHERE state <> 'done' AND kind = 'post'")
            assert Counter(waiting) == {("copy", "pending"): 20}
            await desk.post("slack/token", do="restore")
        async with desk_in(at, sqlite_url) as desk:
            await balanced(desk)
