"""What a policy file becomes."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bot.deskfile import load, loads
from bot.deskfile.policy import SECTIONS
from bot.platforms import PLATFORMS
from core.language.commands import REACTION_ACTIONS
from core.language.places import Identity, Place
from core.language.policy import (
    Account,
    AccountChannel,
    Agent,
    AgentGroup,
    Calendar,
    Connection,
    Digest,
    Length,
    Policy,
    SlaPolicy,
    Team,
)
from core.rules import sla

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/configuration.md").read_text()
SPLIT = ((time(9), time(12, 30)), (time(13), time(17, 30)))
LEAST = "desk: {name: Acme, timezone: Europe/Berlin}\nconnections: [{id: main, platform: slack}]\n"


def policy(more: str = "") -> Policy:
    return loads((LEAST + more).encode())


def test_the_example_is_the_smallest_useful_desk() -> None:
    assert load(ROOT / "desk.example.yaml") == Policy(
        name="Acme Support",
        timezone="Europe/Berlin",
        connections=(Connection("main", "slack"),),
        agents=(
            Agent("bo", "Bo Lind", "agent", (Identity("main", "U0BO"),)),
            Agent("mia", "Mia Roth", "lead", (Identity("main", "U0MIA"),)),
        ),
        teams=(Team("support", "Support", ("bo", "mia"), Place("main", "C0TRIAGE")),),
        accounts=(Account("globex", "Globex", "gold", None, (AccountChannel(Place("main", "C0GLOBEX"), "every"),)),),
        calendars=(
            Calendar("office", "Europe/Berlin", dict.fromkeys(range(5), SPLIT), frozenset(), "DE", "BE"),
        ),
        sla=(
            SlaPolicy(
                "standard",
                "office",
                {
                    "first_response": {
                        "urgent": Length(30), "high": Length(60), "normal": Length(240), "low": Length(480)
                    },
                    "resolution": {
                        "urgent": Length(240), "high": Length(0, 1), "normal": Length(0, 3), "low": Length(0, 5)
                    },
                },
                (0.75,),
            ),
        ),
        digests=(Digest("daily", Place("main", "C0MANAGERS"), time(8, 30), frozenset(range(5)), "Europe/Berlin"),),
        reactions={
            "ticket": "open",
            "eyes": "claim",
            "white_check_mark": "resolve",
            "arrows_counterclockwise": "reopen",
            "rotating_light": "urgent",
        },
    )  # fmt: skip


def test_the_least_that_is_a_desk() -> None:
    least = policy()
    assert least == Policy("Acme", "Europe/Berlin", (Connection("main", "slack"),))
    assert policy("agents:\nteams:  # none yet\n") == least


def test_one_click_of_an_hour_warns_in_the_sandbox_and_the_next_makes_late() -> None:
    """Its world begins on a Friday at 13:40; a normal ticket comes some minutes later."""
    desk = load(ROOT / "bot/sandbox_desk.yaml")
    berlin = ZoneInfo("Europe/Berlin")
    for minutes in range(20):
        opened = datetime(2026, 11, 20, 13, 40 + minutes, tzinfo=berlin).astimezone(UTC)
        for account in ("globex", "initech", "community", "ideas"):
            promise = sla.promise_for(desk, account, "normal")
            first = sla.on_opened(promise, opened)[0]
            assert first.warn_at and first.due_at
            assert opened < first.warn_at < opened + timedelta(hours=1) < first.due_at < opened + timedelta(hours=2)
    assert AgentGroup("main", "S0AGENTS", "agent") in desk.agent_groups
    assert {agent.id: agent.role for agent in desk.agents} == {"bo": "agent", "ida": "agent", "mia": "lead"}
    assert {place.channel for place in desk.channel} == {
        "C0GLOBEX",
        "C0INITECH",
        "1480000000000000101",
        "1480000000000000102",
        "1480000000000000104",
    }


@pytest.mark.parametrize("channel", ["C0GLOBEX", "C012AB3CD4E", "G7", "C1", "C_GLOBEX", "CGLOBEXSHAREDWITHACMESUPPORT"])
def test_slack_ids_of_any_length(channel: str) -> None:
    (digest,) = policy(f'digests: [{{id: d, to: {{connection: main, channel: {channel}}}, at: "08:30"}}]').digests
    assert digest.to == Place("main", channel)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("Mon", {0}),
        ("monday", {0}),
        ("sat, sun", {5, 6}),
        ("sat-mon", {5, 6, 0}),
        ("mon-sun", set(range(7))),
        ('["mon-tue", fri]', {0, 1, 4}),
        ("[wed]", {2}),
    ],
)
def test_days(written: str, days: set[int]) -> None:
    place = "{connection: main, channel: C0M}"
    quoted = written if written.startswith("[") else f'"{written}"'
    (digest,) = policy(f'digests: [{{id: d, to: {place}, at: "08:30", days: {quoted}}}]').digests
    assert digest.days == days


@pytest.mark.parametrize(
    ("written", "windows"),
    [
        ('"09:00-17:30"', ((time(9), time(17, 30)),)),
        ("9:00 - 17:30", ((time(9), time(17, 30)),)),
        ('["13:00-17:30", "09:00-12:30"]', SPLIT),
        ('"00:00-24:00"', ((time(0), time(0)),)),
        ('["00:00-06:00", "22:00-00:00"]', ((time(0), time(6)), (time(22), time(0)))),
        ('["09:00-12:00", "12:00-15:00"]', ((time(9), time(12)), (time(12), time(15)))),
    ],
)
def test_hours(written: str, windows: tuple[tuple[time, time], ...]) -> None:
    (calendar,) = policy(f"calendars: [{{id: c, hours: {{mon: {written}, tue: []}}}}]").calendars
    assert calendar.hours == {0: windows, 1: ()}
    assert calendar.timezone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("written", "length"),
    [
        ("30m", Length(30)),
        ("4h", Length(240)),
        ("1h30m", Length(90)),
        ("1h 30m", Length(90)),
        ("90 m", Length(90)),
        ("2d", Length(0, 2)),
        ("1d4h", Length(240, 1)),
        ("366d", Length(0, 366)),
    ],
)
def test_lengths(written: str, length: Length) -> None:
    (standard,) = policy(f"sla: [{{id: s, first_response: {{high: {written}}}, resolution: {written}}}]").sla
    assert standard.targets["first_response"] == {"high": length}
    assert standard.targets["resolution"] == dict.fromkeys(("urgent", "high", "normal", "low"), length)
    assert (standard.calendar, standard.warn) == (None, (0.75,))


def test_warnings_are_sorted_and_may_be_none() -> None:
    found = policy(
        "sla: [{id: a, when: {priority: low}, resolution: 1h, warn: [75%, 50 %]}, {id: b, resolution: 1h, warn: []}]"
    )
    assert [each.warn for each in found.sla] == [(0.5, 0.75), ()]


def test_conditions() -> None:
    found = policy(
        "accounts: [{id: g, name: G, tier: gold}, {id: i, name: I, tier: silver}]\n"
        "sla:\n"
        "  - {id: a, when: {account: g, priority: [urgent, high]}, resolution: 1h}\n"
        "  - {id: b, when: {tier: [gold, silver]}, resolution: 1h}\n"
        "  - {id: c, resolution: 1h}\n"
    )
    a, b, c = found.sla
    assert (a.accounts, a.tiers, a.priorities) == ({"g"}, set(), {"urgent", "high"})
    assert (b.accounts, b.tiers, b.priorities) == (set(), {"gold", "silver"}, set())
    assert (c.accounts, c.tiers, c.priorities) == (set(), set(), set())


def test_discord_ids_stay_whole_and_groups_are_roles() -> None:
    found = loads(
        b"desk: {name: A, timezone: UTC}\n"
        b"connections: [{id: d, platform: discord}]\n"
        b"agents:\n"
        b"  - {id: bo, name: Bo, identities: [{connection: d, user: 1100000000000000001}]}\n"
        b'  - {group: {connection: d, role: "0200000000000000002"}, role: manager}\n'
    )
    assert found.agents == (Agent("bo", "Bo", "agent", (Identity("d", "1100000000000000001"),)),)
    assert found.agent_groups == (AgentGroup("d", "0200000000000000002", "manager"),)


def test_one_channel_id_on_two_connections_is_two_channels() -> None:
    found = loads(
        b"desk: {name: A, timezone: UTC}\n"
        b"connections: [{id: a, platform: slack}, {id: b, platform: slick}]\n"
        b"accounts:\n"
        b"  - {id: x, name: X, channels: [{connection: a, channel: C01}, {connection: b, channel: C01}]}\n",
        platforms={**PLATFORMS, "slick": replace(PLATFORMS["slack"], name="slick")},
    )
    assert [place.connection for place in found.channel] == ["a", "b"]


def test_digests_may_share_a_channel_with_each_other_and_with_triage() -> None:
    found = policy(
        "teams: [{id: t, name: T, triage: {connection: main, channel: C01}}]\n"
        "digests:\n"
        '  - {id: a, to: {connection: main, channel: C01}, at: "08:30"}\n'
        "  - {id: b, to: {connection: main, channel: C01}, at: 09:00, timezone: Asia/Tokyo}\n"
    )
    assert [(d.at, d.timezone) for d in found.digests] == [(time(8, 30), "Europe/Berlin"), (time(9), "Asia/Tokyo")]


def test_intake() -> None:
    found = policy(
        "intake: {default: mention, unknown_channels: off, join_minutes: 0}\n"
        "accounts: [{id: g, name: G, channels: [{connection: main, channel: C01},"
        " {connection: main, channel: C02, intake: command}]}]\n"
    )
    assert [channel.intake for _, channel in found.channel.values()] == ["mention", "command"]
    assert (found.unknown_channels, found.join_minutes) == ("off", 0)


def test_the_rest() -> None:
    found = policy(
        "categories: [Export, Über Geld]\n"
        "attachments: {max_megabytes: 2}\n"
        "model: {daily_budget: 0}\n"
        'wording: {notice_pending: "", receipt_owner: "{owner} liest mit. {{so}}"}\n'
        "calendars: [{id: c, hours: {mon: 09:00-10:00}, holidays: {dates: [2026-12-24]}}]\n"
    )
    assert found.categories == ("Export", "Über Geld")
    assert found.max_file_bytes == 2 * 1024 * 1024
    assert found.model_daily_budget == 0
    assert found.wording == {"notice_pending": "", "receipt_owner": "{owner} liest mit. {{so}}"}
    assert found.calendars[0].holidays == {date(2026, 12, 24)}


def test_every_reaction_action_can_be_written() -> None:
    table = ", ".join(f"r{number}: {action}" for number, action in enumerate(REACTION_ACTIONS))
    assert list(policy(f"reactions: {{{table}}}").reactions.values()) == list(REACTION_ACTIONS)


def test_aliases_quotes_line_ends_and_a_byte_order_mark() -> None:
    text = LEAST.replace("name: Acme", "name: &name 'Acme'") + "accounts: [{id: a, name: *name}]\n"
    assert loads(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode()).accounts[0].name == "Acme"


def test_the_documented_file_is_a_policy() -> None:
    (everything,) = re.findall(r"```yaml\n(.*?)```", DOCUMENT, re.DOTALL)
    found = loads(everything.encode())
    assert len(found.sla) == 2
    assert set(re.findall(r"^(\w+):", everything, re.MULTILINE)) == set(SECTIONS)


def test_every_section_is_documented() -> None:
    assert [name for name in SECTIONS if not re.search(rf"^### {name}\b", DOCUMENT, re.MULTILINE)] == []
