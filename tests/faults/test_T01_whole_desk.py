"""T01 end to end on Slack: whatever a customer or an agent writes in raw markup, every post that comes of it shows
names and notifies nobody."""

from support.books import DESK
from support.mentions import live, of_text
from support.whole_desk import ANN, BO, GLOBEX, IDA, MIA, TRIAGE, WholeDesk, shown

SEQUENCES = (
    "<!channel>",
    "<!here>",
    "<!everyone>",
    "<!channel|all of you>",
    "<@U0BO>",
    "<@U0BO|somebody>",
    "<!subteam^S0AGENTS>",
    "<!subteam^S0AGENTS|@agents>",
    "<!date^1^{date}|<!channel>>",
    "&lt;!channel&gt;",
    "@everyone @channel @here",
)
WORDS = f"Help {' '.join(SEQUENCES)} thanks"


async def test_T01_nothing_that_people_write_notifies_anybody(slack_desk: WholeDesk) -> None:
    root = await slack_desk.write(ANN, GLOBEX, WORDS, raw=True)
    card = await slack_desk.card(1)
    assert "@Bo Lind @Bo Lind" in shown(card)
    more = await slack_desk.write(ANN, GLOBEX, f"More {WORDS}", thread=root, raw=True)
    await slack_desk.post("edit", **{"as": ANN}, channel=GLOBEX, message=more, text=f"Edited {WORDS}", raw=True)
    await slack_desk.press(BO, card, "Reply …")
    assert (await slack_desk.submit(BO, text=f"Answer {WORDS}", then="open"))["ok"]
    await slack_desk.write(BO, TRIAGE, f"Note {WORDS}", thread=card["ts"], raw=True)
    await slack_desk.write(IDA, TRIAGE, f"<@U0DESK> reply Said {WORDS}", thread=card["ts"], raw=True)
    for words in (f"reply 1 Typed {WORDS}", f"note 1 Noted {WORDS}", f"subject 1 {WORDS}", "show 1", "list", "why 1"):
        await slack_desk.command(MIA, TRIAGE, words)
    await slack_desk.post("home", **{"as": ANN})
    await slack_desk.menu(BO, await slack_desk.card(1), "More …")
    await slack_desk.settled()
    await slack_desk.pass_time(to="next_morning")
    await slack_desk.settled()

    world = slack_desk.sandbox.world
    posts = [m for room in world.rooms.values() for m in room.by_id.values() if m.author == DESK]
    posts += [m for own in world.ephemerals.values() for m in own.values()]
    written = [post for post in posts if "Help" in f"{post.text}{post.blocks}"]
    assert len(written) > 10
    for post in posts:
        # The desk itself mentions whom it has something for; never in what shows what others wrote.
        allowed = [] if post in written else ["@U0BO", "@U0IDA", "@U0MIA"]
        assert [one for one in (*of_text(post.text), *live(post.blocks)) if one not in allowed] == [], post
    for form in (*world.homes.values(), *(form for stack in world.forms.values() for form in stack)):
        assert live(form.payload) == []
