"""When history is read, how far it counts as read, and what is told of it."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from support.desk import GLOBEX, MAIN, TRIAGE, DeskDriver
from support.fake_platform import FakePlatform

from core.desk import starting
from core.language.places import Place
from core.ports import DeliveryError, NotSent, RefusedByPlatform
from core.store import cursors
from jobs.catch_up import CatchUp

CHANNEL = Place(MAIN, GLOBEX)


class Away(FakePlatform):
    """Hears something since `since`, and fails as told when it is asked."""

    since: datetime | None = None
    failing: DeliveryError | None = None
    asked = 0

    def listening_since(self) -> datetime | None:
        return self.since

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        self.asked += 1
        if self.failing:
            raise self.failing
        return await super().history(place, after=after, limit=limit, reactions=reactions)


class Long(Away):
    """The channel has a thousand pages of what is known before what is new."""

    async def history(
        self, place: Place, *, after: str | None, limit: int, reactions: Collection[str] = ()
    ) -> tuple[Mapping[str, Any], ...]:
        found = await super().history(place, after=None, limit=limit)
        if place != CHANNEL:
            return found
        return found[-1:] if self.asked > 1000 else found[self.asked % 2 :][:1]


async def catching_up(desk: DeskDriver) -> tuple[CatchUp, Away]:
    """With a channel that the desk has listened to from the beginning."""
    platform = Away(desk.chat)
    begun = datetime.now(UTC) - timedelta(hours=1)
    await desk.store.transact(lambda tx: starting.channels_checked(tx, {CHANNEL: "globex"}, begun))
    return CatchUp(desk.desk, {MAIN: platform}), platform


async def told(desk: DeskDriver) -> list[str]:
    await desk.deliver()
    return [words for words in desk.chat.said(TRIAGE) if words.startswith(("Back again", "Could not be read"))]


async def test_a_gap_is_read_once(desk: DeskDriver) -> None:
    catch_up, platform = await catching_up(desk)
    desk.chat.write(GLOBEX, "The export fails.")
    await catch_up.tick()
    assert platform.asked == 0, "nothing can be heard yet"
    platform.since = datetime.now(UTC) + timedelta(days=1)
    await catch_up.tick()
    assert await desk.bodies() == ["The export fails."]
    asked = platform.asked
    await catch_up.tick()
    assert platform.asked == asked
    desk.chat.write(GLOBEX, "The import fails.")
    platform.since += timedelta(seconds=1)
    await catch_up.tick()
    assert await desk.bodies() == ["The export fails.", "The import fails."]
    lines = await told(desk)
    assert len(lines) == 2
    assert all("took in 1 message in 1 channel" in line for line in lines)


async def test_a_long_gap_is_read_to_its_end(desk: DeskDriver) -> None:
    await catching_up(desk)
    await desk.says("ann", "The export fails.")
    await desk.says("ann", "It still does.")
    desk.chat.write(GLOBEX, "The import fails.")
    platform = Long(desk.chat)
    platform.since = datetime.now(UTC) + timedelta(days=1)
    await CatchUp(desk.desk, {MAIN: platform}).tick()
    assert "The import fails." in [body for ticket in await desk.tickets() for body in await desk.bodies(ticket.number)]


async def test_a_platform_that_goes_away_again_is_asked_later(desk: DeskDriver) -> None:
    catch_up, platform = await catching_up(desk)
    desk.chat.write(GLOBEX, "The export fails.")
    platform.since = datetime.now(UTC) + timedelta(days=1)
    platform.failing = NotSent("refused")
    await catch_up.tick()
    await catch_up.tick()
    assert platform.asked == 1, "it is left alone for a moment"
    assert await told(desk) == []
    platform.failing = None
    again = CatchUp(desk.desk, {MAIN: platform})
    await again.tick()
    assert await desk.bodies() == ["The export fails."]
    assert len(await told(desk)) == 1


async def test_a_channel_that_cannot_be_read_is_told(desk: DeskDriver) -> None:
    catch_up, platform = await catching_up(desk)
    platform.since = desk.clock.now()
    platform.failing = RefusedByPlatform("missing_scope")
    await catch_up.tick()
    assert len(await told(desk)) == 1
    await catch_up.tick()
    assert len(await told(desk)) == 1


async def test_marks_are_not_moved_over_a_gap(desk: DeskDriver) -> None:
    catch_up, platform = await catching_up(desk)
    await desk.says("ann", "Before.")
    platform.since = desk.clock.now()
    await catch_up.tick()
    await catch_up.move_marks()

    async def mark() -> str | None:
        return (await desk.read(cursors.marks))[CHANNEL]

    first = await desk.says("ann", "Heard.")
    await catch_up.move_marks()
    assert await mark() is None, "what is under way may come before it"
    await catch_up.move_marks()
    assert await mark() == first.message
    platform.since += timedelta(seconds=1)
    missed = desk.chat.write(GLOBEX, "Missed.")
    last = await desk.says("ann", "Heard again.")
    for _ in range(3):
        await catch_up.move_marks()
    assert await mark() == first.message < missed.message
    await catch_up.tick()
    await catch_up.move_marks()
    assert await mark() == last.message
    assert "Missed." in [*await desk.bodies(1), *await desk.bodies(2)]
