"""F08, F15, F16, F22 with the real adapter: Slack takes a post and does not say so, says so too late or in a way that
nobody can read, or does not take it."""

from typing import Any

import pytest
from support.books import DESK, balanced
from support.calls import calls
from support.processes import until
from support.whole_desk import ANN, BO, GLOBEX, INITECH, RAJ, TRIAGE, WholeDesk, shown

# What Slack does with an answer's first attempt, and whether the post stands in the end because of it.
TROUBLES: dict[str, tuple[dict[str, Any], bool]] = {
    "lands after our time-out": ({"kind": "late", "seconds": 1.4}, True),
    "reset after it was applied": ({"kind": "reset"}, True),
    "500 after it was applied": ({"kind": "error_after", "body": "html"}, True),
    "503 after it was applied": ({"kind": "error_after", "status": 503, "body": "empty"}, True),
    "applied, answered in broken JSON": ({"kind": "error_after", "status": 200, "body": "broken"}, True),
    "applied, fatal_error": ({"kind": "error_after", "status": 200, "error": "fatal_error"}, True),
    "applied, answered after our time-out": ({"kind": "delay_answer", "seconds": 1.5}, True),
    "reset before": ({"kind": "reset_before"}, False),
    "500": ({"kind": "error", "body": "html"}, False),
    "internal_error": ({"kind": "error", "status": 200, "error": "internal_error"}, False),
    "broken JSON": ({"kind": "error", "status": 200, "body": "broken"}, False),
}


async def _customers(desk: WholeDesk, count: int) -> list[str]:
    """The roots of so many tickets, T-1 first."""
    world = desk.sandbox.world
    roots = []
    for number in range(1, count + 1):
        await desk.post("people", id=f"U0N{number}", name=f"Newcomer {number}", role="customer", workspace="T0GLOBEX")
        world.join(GLOBEX, f"U0N{number}")
        roots.append(await desk.write(f"U0N{number}", GLOBEX, f"Request {number}"))
        await desk.card(number)
    return roots


def _answers(desk: WholeDesk, thread: str) -> list[str]:
    """What the desk said in a thread beside its receipt."""
    return [m.text for m in desk.sandbox.world.thread(GLOBEX, thread) if m.author == DESK and "answer" in m.text]


@pytest.mark.desk(DESKHAND_SETTLE_SECONDS="2")
async def test_F08_F16_an_outcome_that_is_not_known_is_looked_up(slack_desk: WholeDesk) -> None:
    roots = await _customers(slack_desk, len(TROUBLES))
    await slack_desk.settled()
    for number, (trouble, _) in enumerate(TROUBLES.values(), 1):
        await slack_desk.post(
            "faults", **trouble, method="chat.postMessage", channel=GLOBEX, text=f"first answer {number}."
        )
    with calls(slack_desk) as made:
        for number in range(1, len(TROUBLES) + 1):
            await slack_desk.command(BO, TRIAGE, f"reply {number} first answer {number}.")
            await slack_desk.command(BO, TRIAGE, f"reply {number} second answer {number}.")
        await balanced(slack_desk)
        await slack_desk.quiet(0.5)
    for number, (name, (_, applied)) in enumerate(TROUBLES.items(), 1):
        assert _answers(slack_desk, roots[number - 1]) == [f"first answer {number}.", f"second answer {number}."], name
        tries = made.of("chat.postMessage", channel=GLOBEX, text=f"first answer {number}.")
        landed_late = sum(call.detail == "applied late" for call in tries)
        assert len(tries) - landed_late == (1 if applied else 2), name


@pytest.mark.parametrize("body", ["json", "html"])
async def test_F15_where_slack_says_to_wait_only_that_lane_waits(slack_desk: WholeDesk, body: str) -> None:
    await slack_desk.write(ANN, GLOBEX, "One")
    await slack_desk.write(RAJ, INITECH, "Two")
    await slack_desk.card(2)
    await slack_desk.settled()
    limit = {"kind": "ratelimit", "retry_after": 1, "body": body}
    await slack_desk.post("faults", **limit, method="chat.postMessage", channel=GLOBEX)
    with calls(slack_desk) as made:
        await slack_desk.command(BO, TRIAGE, "reply 1 this waits")
        await until(lambda: made.of("chat.postMessage", channel=GLOBEX), what="the first attempt")
        await slack_desk.command(BO, TRIAGE, "reply 2 this does not")
        await slack_desk.finds(RAJ, INITECH, "this does not", thread=await slack_desk.root(2))
        assert len(made.of("chat.postMessage", channel=GLOBEX)) == 1
        await balanced(slack_desk)
    refused, taken = made.of("chat.postMessage", channel=GLOBEX)
    assert (refused.ok, taken.ok) == (False, True)
    # The later record is noted when it ends, so the time between them is at least what Slack asked for.
    assert taken.at - refused.at >= 1
    assert not [call for call in made if call.channel == GLOBEX and refused.at < call.at < refused.at + 0.99]


async def test_F22_what_slack_never_takes_is_given_up_and_the_conversation_goes_on(slack_desk: WholeDesk) -> None:
    root, other = await _customers(slack_desk, 2)
    await slack_desk.settled()
    poison = {"method": "chat.postMessage", "channel": GLOBEX, "kind": "error", "count": None}
    await slack_desk.post("faults", **poison, text="poison answer")
    await slack_desk.post("faults", **poison, status=200, error="invalid_blocks", text="bad answer")
    with calls(slack_desk) as made:
        for words in ("poison answer", "bad answer", "good answer"):
            await slack_desk.command(BO, TRIAGE, f"reply 1 {words}")
        await slack_desk.command(BO, TRIAGE, "reply 2 other answer")
        await slack_desk.settled()
    assert _answers(slack_desk, root) == ["good answer"]
    assert _answers(slack_desk, other) == ["other answer"]
    assert len(made.of("chat.postMessage", channel=GLOBEX, text="poison answer")) == 3
    assert len(made.of("chat.postMessage", channel=GLOBEX, text="bad answer")) == 1
    dead = await slack_desk.rows("SELECT purpose, error FROM outbox WHERE state = 'dead' ORDER BY id")
    assert [row.purpose for row in dead] == ["reply", "reply"]
    assert "invalid_blocks" in dead[1].error
    assert (await slack_desk.timeline(1)).count("delivery_failed") == 2
    await slack_desk.finds(BO, TRIAGE, "Could not post into")
    # The customer can be talked to again, so the card no longer says otherwise.
    assert "⚠" not in shown(await slack_desk.card(1, "Request 1"))
