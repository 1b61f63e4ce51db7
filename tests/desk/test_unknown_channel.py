"""A channel that belongs to no account: the team hears of it once, and nothing is opened."""

from support.desk import TRIAGE, DeskDriver, policy

from core.language.events import ChannelChanged
from core.language.places import Place
from core.store import tables as t
from core.store.engine import Store


async def test_alerts_once(desk: DeskDriver) -> None:
    place = Place("main", "C0NEW")
    await desk.handle(desk.event(ChannelChanged, place=place, change="renamed", name="initrode-shared"))
    for name in ("zoe", "ann", "bo", "zoe"):
        root = await desk.says(name, "Hello.", "C0NEW")
        await desk.says(name, "Hello?", "C0NEW", thread=root)
    await desk.says("zoe", "Hello.", "C0NEWER")
    alerts = [o for o in await desk.outbox(kind="post") if o.purpose == "alert"]
    assert [o.channel for o in alerts] == [TRIAGE, TRIAGE]
    assert alerts[0].text == (
        "Somebody wrote in #initrode-shared, which belongs to no account. Nothing was opened. "
        "Add the channel to an account in desk.yaml to take requests there."
    )
    # Slack draws the link itself; what nobody told the name of is no number in the words beside it.
    assert alerts[1].text.startswith("Somebody wrote in a channel, which belongs to no account.")
    assert await desk.tickets() == []


async def test_or_never(store: Store) -> None:
    desk = await DeskDriver(store, policy(unknown_channels="off")).start()
    await desk.says("zoe", "Hello.", "C0NEW")
    assert await desk.posts() == []


async def test_the_desks_footing_is_noted(desk: DeskDriver) -> None:
    async def state(channel: str) -> tuple[str, str | None]:
        row = t.channel.select().where(t.channel.c.channel == channel)
        found = await desk.read(lambda c: c.execute(row).one())
        return found.state, found.name

    for change, expected in (("archived", "archived"), ("unarchived", "ok"), ("removed", "removed"), ("joined", "ok")):
        await desk.handle(desk.event(ChannelChanged, place=Place("main", "C0GLOBEX"), change=change, event_id=change))
        assert await state("C0GLOBEX") == (expected, None)
    event = desk.event(ChannelChanged, place=Place("main", "C0GLOBEX"), change="renamed", name="globex\x00-shared")
    await desk.handle(event)
    assert await state("C0GLOBEX") == ("ok", "globex-shared")
