"""The whole policy from the file's root, and what has to hold between its sections."""

from typing import cast

from bot.deskfile import people, times, wording
from bot.deskfile.cursor import Cursor, Fields
from bot.deskfile.problems import shown
from bot.deskfile.values import timezone
from bot.platforms.kind import Kinds
from core.language.commands import REACTION_ACTIONS
from core.language.policy import Policy
from core.language.words import INTAKES, Intake

SECTIONS = (
    "desk",
    "connections",
    "agents",
    "teams",
    "accounts",
    "calendars",
    "sla",
    "digests",
    "reactions",
    "intake",
    "categories",
    "attachments",
    "model",
    "wording",
)
MAX_JOIN_MINUTES = 240
MAX_MEGABYTES = 1000
MAX_DAILY_BUDGET = 1_000_000


def policy(root: Cursor, platforms: Kinds) -> Policy | None:
    """None when something essential is missing, which was told; also check the problems that were found."""
    top = root.fields(*SECTIONS)
    if top is None:
        return None
    name, zone = _desk(top)
    connections_at = top.required("connections", "[{id: main, platform: slack}]")
    connections, known = people.connections(connections_at, platforms) if connections_at else ((), None)
    mode, unknown_channels, join_minutes = _intake(top)
    channels = people.Channels()
    agents_at, teams_at, accounts_at = (top.optional(key) for key in ("agents", "teams", "accounts"))
    agents, groups, agent_ids = people.agents(agents_at, known, platforms) if agents_at else ((), (), ())
    teams, team_ids = people.teams(teams_at, known, agent_ids, channels) if teams_at else ((), ())
    accounts, account_ids = people.accounts(accounts_at, known, team_ids, channels, mode) if accounts_at else ((), ())
    calendars_at, sla_at, digests_at = (top.optional(key) for key in ("calendars", "sla", "digests"))
    calendars, calendar_ids = times.calendars(calendars_at, zone) if calendars_at else ((), ())
    tiers = frozenset(account.tier for account in accounts if account.tier)
    sla = times.sla(sla_at, calendars, calendar_ids, account_ids, tiers) if sla_at else ()
    digests = times.digests(digests_at, known, zone, channels) if digests_at else ()
    reactions = _reactions(top)
    if channels.needs_reaction and "open" not in reactions.values():
        channels.needs_reaction.wrong(
            "has intake: reaction, and no reaction opens a ticket; add reactions: {ticket: open}"
        )
    categories_at = top.optional("categories")
    attachments_at = top.optional("attachments")
    model_at = top.optional("model")
    wording_at = top.optional("wording")
    return Policy(
        name=name,
        timezone=zone,
        connections=connections,
        agents=agents,
        agent_groups=groups,
        teams=teams,
        accounts=accounts,
        calendars=calendars,
        sla=sla,
        digests=digests,
        reactions=reactions,
        categories=_categories(categories_at) if categories_at else (),
        unknown_channels="off" if unknown_channels == "off" else "alert",
        join_minutes=join_minutes,
        max_file_bytes=_megabytes(attachments_at) * 1024 * 1024,
        model_daily_budget=_daily_budget(model_at),
        wording=wording.read(wording_at) if wording_at else {},
    )


def _desk(top: Fields) -> tuple[str, str]:
    desk_at = top.required("desk", "{name: Acme Support, timezone: Europe/Berlin}")
    fields = desk_at.fields("name", "timezone") if desk_at else None
    if fields is None:
        return "", "UTC"
    name_at = fields.required("name", "Acme Support")
    zone_at = fields.required("timezone", "Europe/Berlin")
    return (name_at.text("a name") if name_at else None) or "", (timezone(zone_at) if zone_at else None) or "UTC"


def _intake(top: Fields) -> tuple[Intake, str | None, int]:
    at = top.optional("intake")
    fields = at.fields("default", "unknown_channels", "join_minutes") if at else None
    if fields is None:
        return "every", "alert", Policy.join_minutes
    default_at, unknown_at = fields.optional("default"), fields.optional("unknown_channels")
    minutes_at = fields.optional("join_minutes")
    mode = cast("Intake | None", default_at.choice(INTAKES, "an intake mode") if default_at else None)
    unknown = unknown_at.choice(("alert", "off"), "a way to treat unknown channels") if unknown_at else "alert"
    minutes = minutes_at.integer(0, MAX_JOIN_MINUTES) if minutes_at else None
    return mode or "every", unknown, Policy.join_minutes if minutes is None else minutes


def _reactions(top: Fields) -> dict[str, str]:
    at = top.optional("reactions")
    out: dict[str, str] = {}
    for key, value in at.entries() if at else ():
        name = key.text("the name of a reaction", 64)
        action = value.choice(tuple(REACTION_ACTIONS), "something a reaction can do")
        if name and (":" in name or " " in name):
            plain = name.strip(": ").replace(" ", "_")
            key.wrong(f"{shown(name)} is not the name of a reaction; write it without colons, such as {plain}")
        elif name and action:
            out[name] = action
    return out


def _categories(cursor: Cursor) -> tuple[str, ...]:
    out: list[str] = []
    for item in cursor.items():
        name = item.text("the name of a category", 40)
        if name in out:
            item.wrong(f"{shown(name)} is there twice; delete one of the two")
        elif name:
            out.append(name)
    return tuple(out)


def _megabytes(cursor: Cursor | None) -> int:
    fields = cursor.fields("max_megabytes") if cursor else None
    at = fields.optional("max_megabytes") if fields else None
    return (at.integer(1, MAX_MEGABYTES) if at else None) or 25


def _daily_budget(cursor: Cursor | None) -> int:
    fields = cursor.fields("daily_budget") if cursor else None
    at = fields.optional("daily_budget") if fields else None
    budget = at.integer(0, MAX_DAILY_BUDGET) if at else None
    return Policy.model_daily_budget if budget is None else budget
