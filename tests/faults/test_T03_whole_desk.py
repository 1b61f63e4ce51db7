"""T03 end to end on Slack: of what is said inside, nothing is in any call that the desk makes for anybody outside."""

import json

from support.books import balanced
from support.calls import calls
from support.whole_desk import ANN, BO, GLOBEX, IDA, MANAGERS, MIA, RAJ, TRIAGE, WholeDesk

from sandbox.traffic import Record

CANARY = "kanarienvogel"
_INSIDE = {TRIAGE, MANAGERS, "D0BO", "D0IDA", "D0MIA"}
_STAFF = {BO, IDA, MIA}


def _is_inside(call: Record) -> bool:
    """Whether only the team sees what a call brings about."""
    asked = call.request or {}
    if call.channel:
        return call.channel in _INSIDE or (call.name == "chat.postEphemeral" and asked.get("user") in _STAFF)
    return asked.get("user_id") in _STAFF or asked.get("channel_id") in _INSIDE


async def test_T03_nothing_that_is_said_inside_is_in_what_goes_outside(slack_desk: WholeDesk) -> None:
    with calls(slack_desk) as made:
        root = await slack_desk.write(ANN, GLOBEX, "The export fails")
        card = await slack_desk.card(1)
        # What is said inside, in every way there is.
        note = await slack_desk.write(BO, TRIAGE, f"{CANARY}: the bucket is full", thread=card["ts"])
        await slack_desk.post("edit", **{"as": BO}, channel=TRIAGE, message=note, text=f"{CANARY}: it is not")
        await slack_desk.command(IDA, TRIAGE, f"note 1 {CANARY} by command")
        await slack_desk.write(MIA, TRIAGE, f"@Desk note {CANARY} by mention", thread=card["ts"])
        await slack_desk.menu(BO, card, "Note …")
        assert (await slack_desk.submit(BO, text=f"{CANARY} by form"))["ok"]
        answer = await slack_desk.control.post(
            "/control/upload",
            data={"as": BO, "channel": TRIAGE, "thread": card["ts"], "text": f"{CANARY} beside a file"},
            files={"file": (f"{CANARY}.txt", f"{CANARY} in a file".encode(), "text/plain")},
        )
        assert answer.status_code == 200
        await balanced(slack_desk)
        # And then everything that speaks to people outside.
        await slack_desk.press(BO, await slack_desk.card(1), "Claim")
        await slack_desk.command(BO, TRIAGE, "reply 1 We deploy a fix.")
        for words in ("pending 1", "resolve 1", "reopen 1", "assign 1 ida", "priority 1 urgent", "subject 1 Export"):
            await slack_desk.command(BO, TRIAGE, words)
        await slack_desk.write(ANN, GLOBEX, "It fails again", thread=root)
        await slack_desk.post("home", **{"as": ANN})
        await slack_desk.write(RAJ, "C0INITECH", f"Somebody said {CANARY[:6]} to me")
        receipt = await slack_desk.finds(ANN, GLOBEX, "I need a person", thread=root)
        await slack_desk.press(ANN, receipt, "I need a person")
        await slack_desk.pass_time(to="next_morning")
        await balanced(slack_desk)
    said = {call.seq: json.dumps([call.request, call.name], ensure_ascii=False, default=str) for call in made}
    inside = [call for call in made if CANARY in said[call.seq] and _is_inside(call)]
    outside = [said[call.seq] for call in made if CANARY in said[call.seq] and not _is_inside(call)]
    # The notes by command and form are shown in the triage thread, so the search can find them.
    assert len(inside) >= 2
    assert outside == []
    assert len([call for call in made if call.channel == GLOBEX]) > 8
    for who in (ANN, RAJ):
        assert CANARY not in json.dumps(await slack_desk.sees_all(who))
    files = [one for one in slack_desk.sandbox.world.files.values() if set(one.channels) - _INSIDE]
    assert files == []
