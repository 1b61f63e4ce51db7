"""T11: bots that answer the desk, each other and themselves. The desk opens nothing for them and answers none."""

import pytest
from support.books import DESK, balanced
from support.whole_desk import ANN, GLOBEX, TRIAGE, WholeDesk

from sandbox.changes import MessagePosted
from sandbox.model import Message

ECHO = "U0ECHO"
# Far more than the desk may say; the other bot would never stop by itself.
_MOST_ECHOES = 50


@pytest.mark.parametrize(
    "words", ["I have read: {}", "<@U0DESK> I have read: {}", "<@U0DESK> help", "<@U0DESK> claim 1"]
)
async def test_T11_a_bot_that_answers_each_post_is_not_answered(slack_desk: WholeDesk, words: str) -> None:
    world = slack_desk.sandbox.world
    await slack_desk.post("people", id=ECHO, name="Echo", is_bot=True, workspace="T0ACME")
    for channel in (GLOBEX, TRIAGE):
        world.join(channel, ECHO)
    echoes: list[Message] = []

    def answer(change: object) -> None:
        if isinstance(change, MessagePosted) and change.message.author == DESK and len(echoes) < _MOST_ECHOES:
            said = change.message
            text = words.format(said.text)
            echoes.append(world.post(said.channel, ECHO, text, thread=said.thread or said.id))

    unsubscribe = world.subscribe(answer)
    await slack_desk.write(ANN, GLOBEX, "The export fails")
    world.post(GLOBEX, ECHO, words.format("it all"))
    await slack_desk.card(1)
    await balanced(slack_desk)
    await slack_desk.quiet(0.5)
    unsubscribe()
    # The customer's receipt and the team's card, and what hangs on it.
    posts = [m for room in world.rooms.values() for m in room.by_id.values() if m.author == DESK]
    assert 2 <= len(posts) == len(echoes) <= 3
    assert await slack_desk.rows("SELECT 1 FROM ticket WHERE number > 1") == []
    assert await slack_desk.rows("SELECT assignee FROM ticket WHERE assignee IS NOT NULL") == []
