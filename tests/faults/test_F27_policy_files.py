"""F27: every mistake in the policy file is refused, all at once, with its place and its remedy, and no error tells a
secret."""
# ruff: noqa: E501 - a table is read by its rows

import re
import time
from pathlib import Path

import pytest

from bot.deskfile import load, loads
from core.language.errors import BadConfig

GOOD = """\
desk: {name: Acme Support, timezone: Europe/Berlin}
connections:
  - {id: main, platform: slack}
  - {id: community, platform: discord}
agents:
  - {id: bo, name: Bo Lind, role: agent, identities: [{connection: main, user: U0BO}]}
  - {group: {connection: main, usergroup: S0AGENTS}, role: agent}
teams:
  - {id: support, name: Support, agents: [bo], triage: {connection: main, channel: C0TRIAGE}}
accounts:
  - {id: globex, name: Globex, tier: gold, channels: [{connection: main, channel: C0GLOBEX, intake: every}]}
calendars:
  - {id: office, timezone: Europe/Berlin, hours: {mon-fri: "09:00-17:30"}, holidays: {country: DE, subdivision: BE}}
sla:
  - id: standard
    calendar: office
    first_response: {urgent: 30m, high: 1h, normal: 4h, low: 8h}
    warn: [75%]
digests:
  - {id: daily, to: {connection: main, channel: C0MANAGERS}, at: "08:30", days: mon-fri}
reactions: {ticket: open, eyes: claim}
"""
# What a person may paste where it does not belong.
SECRETS = (
    "xoxb-2345678901-abcdefGHIJKL",
    "xapp-1-A0DESK-123-0123456789abcdef",
    "MTA1.GhT9kQ.zW3vN0pQ7rS8tU9vW0xY1zA2bC3dE4fG5hI6jK",
    "sk-live-0123456789abcdefghij",
    "postgresql://desk:hunter2hunter2@db/desk",
)

# What is changed in the good file: text to find, text in its place, then the line, the key, and words that the
# problem has to hold.
Case = tuple[str, str, int, str, str]
CASES: dict[str, Case] = {
    # the file as YAML
    "no colon": ("desk: {", "desk {", 1, "", "not valid YAML"),
    "two colons": ("id: standard", "id: standard: x", 15, "", "put text that holds a colon in quotes"),
    "a tab": ("    calendar: office", "\tcalendar: office", 16, "", "indent with spaces"),
    "open bracket": ("warn: [75%]", "warn: [75%", 18, "", "missing ]"),
    "open quote": ('at: "08:30"', 'at: "08:30', 20, "", "quote"),
    "odd indentation": ("    calendar: office", "      calendar: office", 16, "", "not valid YAML"),
    "an at sign": ("name: Globex", "name: @globex", 11, "", "put it in quotes"),
    "a key twice": ("calendar: office", "calendar: office\n    calendar: office", 17, "calendar", "keep one"),
    "a section twice": ("reactions:", "desk: {name: B, timezone: UTC}\nreactions:", 21, "desk", "first in line 1"),
    "a tag": ("name: Globex", "name: !!python/name:os.system x", 11, "", "without it"),
    "a merge key": ("{id: main, p", "{<<: {id: main}, p", 3, "", "merge key"),
    "an unknown alias": ("name: Globex", "name: *who", 11, "", "&anchor"),
    "two documents": ("reactions:", "---\nreactions:", 21, "", "---"),
    "a control character": ("Globex", "Glo\x07bex", 11, "", "delete it"),
    # sections and keys
    "desk missing": ("desk: {name: Acme Support, timezone: Europe/Berlin}", "", 2, "", "write desk:"),
    "connections missing": ("connections:", "conections:", 2, "", "did you mean connections?"),
    "connections empty": (
        "connections:\n  - {id: main, platform: slack}\n  - {id: community, platform: discord}",
        "connections: []",
        2,
        "connections",
        "add one",
    ),
    "not a list": ("  - {id: main, platform: slack}\n  - {", "  main: {", 3, "connections", "dash"),
    "not a mapping": ("desk: {name: Acme Support, timezone: Europe/Berlin}", "desk: Acme", 1, "desk", "keys and values"),
    "unknown section": ("reactions:", "reaction:", 21, "", "did you mean reactions?"),
    "unknown key": ("calendar: office", "calender: office", 16, "sla[0].calender", "did you mean calendar?"),
    "name missing": ("id: globex, name: Globex,", "id: globex,", 11, "accounts[0]", "write name: Globex"),
    "name empty": ("name: Globex", 'name: ""', 11, "accounts[0].name", "write a name"),
    "name too long": ("name: Globex", f"name: {'x' * 101}", 11, "accounts[0].name", "at most 100"),
    "a comment by mistake": ("channel: C0GLOBEX, intake: every}]}", "channel:\n #globex\n }]}", 11, "", "comment"),
    # words
    "platform": ("platform: slack", "platform: slak", 3, "connections[0].platform", "did you mean slack?"),
    "role": ("role: agent, ident", "role: boss, ident", 6, "agents[0].role", "one of agent, lead, manager"),
    "intake": ("intake: every", "intake: evry", 11, "accounts[0].channels[0].intake", "did you mean every?"),
    "time zone": ("timezone: Europe/Berlin}", "timezone: Europe/Berln}", 1, "desk.timezone", "mean Europe/Berlin?"),
    "time zone by city": ("timezone: Europe/Berlin}", "timezone: Berlin}", 1, "desk.timezone", "mean Europe/Berlin?"),
    "time zone as path": ("timezone: Europe/Berlin}", "timezone: /etc/localtime}", 1, "desk.timezone", "Europe/Berlin"),
    "reaction's action": ("eyes: claim", "eyes: clam", 21, "reactions.eyes", "did you mean claim?"),
    "reaction in colons": ("eyes: claim", '":eyes:": claim', 21, "", "without colons, such as eyes"),
    "unknown channels": ("reactions:", "intake: {unknown_channels: yes}\nreactions:", 21, "intake.unknown_channels", "alert"),
    # ids
    "id like a channel": ("id: globex", 'id: "#globex"', 11, "accounts[0].id", "such as globex"),
    "id with spaces": ("id: globex", "id: globex inc", 11, "accounts[0].id", "letters, digits"),
    "id twice": ("id: community", "id: main", 4, "connections[1].id", "used twice, first in line 3"),
    "channel by name": ("channel: C0GLOBEX", 'channel: "#globex"', 11, "accounts[0].channels[0].channel", "such as C0"),
    "channel is a person": ("channel: C0TRIAGE", "channel: U0BO", 9, "teams[0].triage.channel", "Slack id of a channel"),
    "user by name": ("user: U0BO", "user: bo", 6, "agents[0].identities[0].user", "such as U0BO"),
    "discord id": ("main, channel: C0MAN", "community, channel: C0MAN", 20, "digests[0].to.channel", "Discord"),
    "usergroup on discord": ("connection: main, userg", "connection: community, userg", 7, "agents[1].group.usergroup", "role:"),
    "group and id": ("- {group:", "- {id: all, group:", 7, "agents[1].id", "does not go with a group"),
    "no identity": ("identities: [{connection: main, user: U0BO}]", "identities: []", 6, "agents[0].identities", "add one"),
    # what has to fit together
    "unknown connection": ("main, channel: C0GLOBEX", "mian, channel: C0GLOBEX", 11, "accounts[0].channels[0].connection", "mean main?"),
    "unknown agent": ("agents: [bo]", "agents: [bob]", 9, "teams[0].agents[0]", "did you mean bo?"),
    "agent twice in a team": ("agents: [bo]", "agents: [bo, bo]", 9, "teams[0].agents[1]", "delete one"),
    "unknown team": ("tier: gold", "tier: gold, team: suport", 11, "accounts[0].team", "did you mean support?"),
    "unknown calendar": ("calendar: office", "calendar: ofice", 16, "sla[0].calendar", "did you mean office?"),
    "unknown account": ("warn: [75%]", "when: {account: globx}", 18, "sla[0].when.account", "did you mean globex?"),
    "unknown tier": ("warn: [75%]", "when: {tier: [gold, golden]}", 18, "sla[0].when.tier[1]", "did you mean gold?"),
    "triage is a customer's": ("channel: C0GLOBEX", "channel: C0TRIAGE", 11, "accounts[0].channels[0].channel", "triage channel of support already (line 9)"),
    "digest to a customer": ("channel: C0MANAGERS", "channel: C0GLOBEX", 20, "digests[0].to.channel", "internal"),
    "one channel, two accounts": ("intake: every}]}", "intake: every}]}\n  - {id: b, name: B, channels: [{connection: main, channel: C0GLOBEX}]}", 12, "accounts[1].channels[0].channel", "customer channel of globex already (line 11)"),
    "one person, two agents": ("  - {group", "  - {id: b, name: B, identities: [{connection: main, user: U0BO}]}\n  - {group", 7, "agents[1].identities[0].user", "one agent"),
    "a policy that never applies": ("digests:", "  - {id: late, first_response: 1h}\ndigests:", 19, "sla[1]", "put it last"),
    "a channel's link": ("channel: C0GLOBEX", "channel: https://acme.slack.com/archives/C0GLOBEX/p1795178400000100", 11, "accounts[0].channels[0].channel", "is a link, not the Slack id of a channel; write C0GLOBEX"),
    "a link of another kind": ("channel: C0GLOBEX", "channel: https://acme.example/help", 11, "accounts[0].channels[0].channel", "is a link, not the Slack id of a channel; write an id such as"),
    "a platform twice": ("platform: discord", "platform: slack", 4, "connections[1].platform", "is slack in line 3 too, and one Slack workspace is what one bot token reaches; keep one of them"),
    # times
    "length without unit": ("high: 1h", "high: 60", 17, "sla[0].first_response.high", "60m, 60h or 60d"),
    "length of nothing": ("high: 1h", "high: 0m", 17, "sla[0].first_response.high", "at least 1m"),
    "length in words": ("high: 1h", "high: one hour", 17, "sla[0].first_response.high", "1h30m"),
    "length of years": ("high: 1h", "high: 400d", 17, "sla[0].first_response.high", "366d"),
    "unknown priority": ("high: 1h", "hight: 1h", 17, "sla[0].first_response.hight", "did you mean high?"),
    "no priority": ("{urgent: 30m, high: 1h, normal: 4h, low: 8h}", "{}", 17, "sla[0].first_response", "leave it out"),
    "no target": ("    first_response: {urgent: 30m, high: 1h, normal: 4h, low: 8h}\n", "", 15, "sla[0]", "write first_response"),
    "share as fraction": ("75%", "0.75", 18, "sla[0].warn[0]", "write 75%"),
    "share of all": ("75%", "100%", 18, "sla[0].warn[0]", "1% to 99%"),
    "share twice": ("75%", "75%, 75%", 18, "sla[0].warn[1]", "delete one"),
    "hours reversed": ("09:00-17:30", "22:00-06:00", 13, "calendars[0].hours.mon-fri", '"22:00-24:00"'),
    "hours overlap": ('"09:00-17:30"', '["09:00-12:00", "11:00-17:00"]', 13, "calendars[0].hours.mon-fri", "overlap at 11:00"),
    "hours empty": ("09:00-17:30", "09:00-09:00", 13, "calendars[0].hours.mon-fri", "00:00-24:00"),
    "hours in words": ("09:00-17:30", "9am to 5pm", 13, "calendars[0].hours.mon-fri", "09:00-17:30"),
    "hours of no day": ("mon-fri:", "mon-fry:", 13, "calendars[0].hours.mon-fry", "did you mean fri?"),
    "a day twice": ('"09:00-17:30"}', '"09:00-17:30", fri: "09:00-12:00"}', 13, "calendars[0].hours.fri", "keep one"),
    "never open": ('mon-fri: "09:00-17:30"', "mon-fri: []", 13, "calendars[0].hours", "never opens"),
    "unknown country": ("country: DE", "country: XX", 13, "calendars[0].holidays.country", "two letters"),
    "unknown subdivision": ("subdivision: BE", "subdivision: BX", 13, "calendars[0].holidays.subdivision", "one of BB, BE"),
    "no such date": ("country: DE", "dates: [2026-02-30], country: DE", 13, "calendars[0].holidays.dates[0]", "a day that exists"),
    "date in another order": ("country: DE", "dates: [24.12.2026], country: DE", 13, "calendars[0].holidays.dates[0]", "year-month-day"),
    "digest's time": ('"08:30"', "8.30", 20, "digests[0].at", "such as 08:30"),
    "digest's days": ("days: mon-fri", "days: weekdays", 20, "digests[0].days", "mon, tue"),
    "digest without a day": ("days: mon-fri", "days: []", 20, "digests[0].days", "mon-fri"),
    # the rest
    "join minutes": ("reactions:", "intake: {join_minutes: 999}\nreactions:", 21, "intake.join_minutes", "0 to 240"),
    "join minutes in words": ("reactions:", "intake: {join_minutes: 5m}\nreactions:", 21, "intake.join_minutes", "whole number"),
    "category twice": ("reactions:", "categories: [a, b, a]\nreactions:", 21, "categories[2]", "delete one"),
    "attachments": ("reactions:", "attachments: {max_megabytes: 0}\nreactions:", 21, "attachments.max_megabytes", "1 to 1000"),
    "model's budget": ("reactions:", "model: {daily_budget: lots}\nreactions:", 21, "model.daily_budget", "whole number"),
    "unknown text": ("reactions:", "wording: {notice_resolve: x}\nreactions:", 21, "wording.notice_resolve", "notice_resolved"),
    "a text that is needed": ("reactions:", 'wording: {action_claim: ""}\nreactions:', 21, "wording.action_claim", "cannot be left out"),
    "a list that is too short": ("reactions:", "wording: {weekdays: Mo Di Mi}\nreactions:", 21, "wording.weekdays", "7 words"),
    "unknown name in a text": ("reactions:", 'wording: {notice_resolved: "{who}"}\nreactions:', 21, "wording.notice_resolved", "{who}"),
    "brace in a text": ("reactions:", 'wording: {notice_resolved: "{"}\nreactions:', 21, "wording.notice_resolved", "brace"),
}  # fmt: skip


def problems(text: str) -> list[str]:
    with pytest.raises(BadConfig) as refused:
        loads(text.encode())
    return refused.value.problems


def test_F27_the_file_that_is_broken_below_is_good() -> None:
    assert loads(GOOD.encode()).name == "Acme Support"
    assert len(CASES) >= 50


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_F27_each_mistake_names_its_line_key_and_remedy(case: Case) -> None:
    find, replacement, line, key, words = case
    assert find in GOOD
    found = problems(GOOD.replace(find, replacement, 1))
    place = f"desk.yaml:{line}: {key}: " if key else f"desk.yaml:{line}: "
    told = [problem for problem in found if problem.startswith(place) and words in problem]
    assert told, found
    assert all(re.match(r"desk\.yaml:\d+: ", problem) and "\n" not in problem for problem in found)


def test_F27_one_mistake_is_one_problem() -> None:
    """What follows from a mistake is not told as another."""
    told = {name: problems(GOOD.replace(find, new, 1)) for name, (find, new, *_) in CASES.items()}
    # A key that is spelled wrongly is one that is unknown, and one that is missing.
    assert {name: len(found) for name, found in told.items() if len(found) > 1} == {"connections missing": 2}


def test_F27_mistakes_that_take_two_sections() -> None:
    unheard = GOOD.replace("intake: every", "intake: reaction").replace("ticket: open, ", "")
    (found,) = problems(unheard)
    assert found.startswith("desk.yaml:11: accounts[0].channels[0].channel: ")
    assert "add reactions: {ticket: open}" in found
    (found,) = problems(GOOD.replace("09:00-17:30", "09:00-09:01").replace("high: 1h", "high: 24h"))
    assert found.startswith("desk.yaml:17: sla[0].first_response.high: ")
    assert "open 0.0833333 h a week; write a shorter one" in found


def test_F27_all_mistakes_are_told_at_once_in_the_order_of_the_lines() -> None:
    text = GOOD.replace("platform: slack", "platform: slak").replace("intake: every", "intake: evry")
    found = problems(text.replace("high: 1h", "high: 1x").replace("days: mon-fri", "days: mon-fry"))
    assert [int(problem.split(":")[1]) for problem in found] == [3, 11, 17, 20]


@pytest.mark.parametrize("secret", SECRETS)
def test_F27_no_secret_is_told_wherever_it_was_pasted(secret: str) -> None:
    """In every place of the file, as a value, a key, and where YAML itself breaks."""
    texts = [f'{GOOD}"{secret}": x\n', f"{GOOD}token: {secret}\n", f"{GOOD}token: [{secret}\n", f"{GOOD}- {secret}\n"]
    words = sorted(set(re.findall(r"(?<=[ \[{])[\w/%:\"-]+(?=[,\]}\n])", GOOD)))
    texts += [GOOD.replace(word, f'"{secret}"', 1) for word in words]
    assert len(words) > 25
    told = 0
    for text in texts:
        try:
            loads(text.encode())
        except BadConfig as refused:
            told += 1
            for part in (secret, secret[5:25], "hunter2"):
                assert part not in str(refused)
    assert told > len(texts) / 2


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "copy desk.example.yaml"),
        (b"# only a comment\n", "copy desk.example.yaml"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"- a\n- b\n", "keys and values"),
        (b"hello\n", "keys and values"),
        (b"x: " + b"y " * 600_000, "at most"),
        (b"x: " + b"y" * 5000, "in one line"),
        (b"[" * 3000, "levels deep"),
        (b"".join(b" " * n + b"a:\n" for n in range(40)), "levels deep"),
        (b"- !" + b"a" * 3990 + b"\n" + b"- x\n" * 40_000, "without it"),
        (b"x: [\n" + b"a,a,a,\n" * 40_000 + b"]\n", "values"),
        (b"a: &a [x,x,x,x,x,x,x,x,x]\n" + b"".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 9)}]\n".encode() for n in range(9)
        ), "aliases count"),
        (b"a: &a [*a]\n", "&anchor"),
        (b"unknown: x\n" + b"".join(b"k%d: x\n" % n for n in range(15_000)), "probably more"),
        (b"a\n" * 49_000, "keys and values"),
        (b"\n" * 1_000_000, "lines"),
    ],
    ids=["empty", "comment", "binary", "list", "text", "big", "long line", "deep", "deep block", "tag", "values", "aliases", "self", "many", "one text", "lines"],
)  # fmt: skip
def test_F27_files_that_are_no_policy_or_made_to_explode_are_refused_soon(data: bytes, words: str) -> None:
    start = time.process_time()
    with pytest.raises(BadConfig) as refused:
        loads(data)
    assert words in str(refused.value)
    assert time.process_time() - start < 5  # about 1 s at most; without the caps some take minutes
    assert len(str(refused.value)) < 50_000


def test_F27_a_file_that_cannot_be_read_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match=r"desk.example.yaml.*DESKHAND_CONFIG"):
        load(tmp_path / "desk.yaml")
    with pytest.raises(BadConfig, match="is a folder"):
        load(tmp_path)
    there = tmp_path / "policy.yaml"
    there.write_text(GOOD.replace("slack", "slak"))
    with pytest.raises(BadConfig, match=re.escape(f"{there}:3: connections[0].platform")):
        load(there)
