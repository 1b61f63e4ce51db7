"""When a digest is due."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from support.times import ZONES

from core.language.places import Place
from core.language.policy import Digest
from core.rules.schedule import Slot, last_slot

BERLIN = ZoneInfo("Europe/Berlin")
HOUR = timedelta(hours=1)


def digest(
    at: time = time(8, 30), days: frozenset[int] = frozenset(range(5)), timezone: str = "Europe/Berlin"
) -> Digest:
    return Digest("daily", Place("main", "C0MANAGERS"), at, days, timezone)


def berlin(day: int, hour: int, minute: int = 0) -> datetime:
    """In November 2026; the 20th is a Friday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "key"),
    [
        (berlin(20, 8, 29), "2026-11-19"),
        (berlin(20, 8, 30), "2026-11-20"),
        (berlin(20, 23, 59), "2026-11-20"),
        (berlin(22, 12), "2026-11-20"),  # Sunday
        (berlin(23, 8), "2026-11-20"),
        (berlin(23, 9), "2026-11-23"),
    ],
)
def test_the_latest_slot(now: datetime, key: str) -> None:
    slot = last_slot(digest(), now)
    assert slot == Slot(key, datetime.combine(date.fromisoformat(key), time(8, 30), BERLIN).astimezone(UTC))


def test_after_days_away_only_the_latest_is_due() -> None:
    before, after = last_slot(digest(), berlin(2, 9)), last_slot(digest(), berlin(20, 9))
    assert before and after
    assert (before.key, after.key) == ("2026-11-02", "2026-11-20")


def test_a_clock_set_back_names_a_slot_that_was_there_before() -> None:
    keys = [slot.key for hours in range(100) if (slot := last_slot(digest(), berlin(20, 9) - hours * HOUR))]
    assert keys == sorted(keys, reverse=True)
    assert len(set(keys)) == 6


def test_one_day_a_week_is_found_from_the_day_before() -> None:
    slot = last_slot(digest(days=frozenset({4})), berlin(20, 8))
    assert slot and slot.key == "2026-11-13"


def test_without_days_nothing_is_ever_due() -> None:
    assert last_slot(digest(days=frozenset()), berlin(20, 9)) is None


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0), time(0, 30), time(2, 30), time(23, 45)], ids=str)
def test_every_day_of_a_year_has_its_slot_once(zone: str, at: time) -> None:
    """Also the day on which 02:30 does not come, and the one on which it comes twice."""
    daily = digest(at, frozenset(range(7)), zone)
    now = datetime(2026, 1, 2, tzinfo=UTC)
    slots: dict[str, datetime] = {}
    while now < datetime(2027, 1, 2, tzinfo=UTC):
        slot = last_slot(daily, now)
        assert slot is not None
        assert slot.at <= now
        assert slots.setdefault(slot.key, slot.at) == slot.at
        now += 6 * HOUR
    days = [date.fromisoformat(key) for key in slots]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert list(slots.values()) == sorted(slots.values())
    late = 0
    for key, instant in slots.items():
        local = instant.astimezone(ZoneInfo(zone))
        wanted = datetime.combine(date.fromisoformat(key), at)
        assert local.fold == 0
        assert wanted <= local.replace(tzinfo=None) <= wanted + HOUR
        late += local.replace(tzinfo=None) != wanted
    assert late <= 1  # the night that skips it


def test_a_slot_that_the_night_skips_is_at_the_jump() -> None:
    night = digest(time(2, 30), frozenset(range(7)))
    spring = last_slot(night, datetime(2026, 3, 29, 12, tzinfo=UTC))
    autumn = last_slot(night, datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert spring == Slot("2026-03-29", datetime(2026, 3, 29, 1, tzinfo=UTC))
    assert autumn == Slot("2026-10-25", datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
