"""What scripts need beside people: the world as a whole, the clock, faults, traffic."""

from __future__ import annotations

import asyncio
import base64
import time
from dataclasses import asdict, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sandbox.control.endpoint import BadRequest, Endpoint, Given
from sandbox.dump import dump_world
from sandbox.faults import BODIES, CALL_FAULTS, EVENT_FAULTS, Fault
from sandbox.model import Channel, Person, Usergroup
from sandbox.seed import HOME
from sandbox.slack.tickets import new_id
from sandbox.typed import build

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]
T = TypeVar("T")

CONFIRM_SECONDS = 10.0
POLL_SECONDS = 25.0


async def get_world(sandbox: Sandbox, given: Given) -> Json:
    dump = dump_world(sandbox.world)
    if given.flag("files"):
        contents = {}
        for file_id in sandbox.world.files:
            try:
                content = await asyncio.to_thread(sandbox.files.read, file_id)
            except FileNotFoundError:
                continue
            contents[file_id] = base64.b64encode(content).decode()
        dump["contents"] = contents
    return {"world": dump}


async def set_world(sandbox: Sandbox, given: Given) -> Json:
    dump = given.record("world")
    if not dump:
        raise BadRequest("world is missing")
    try:
        contents = {name: base64.b64decode(content) for name, content in dump.pop("contents", {}).items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadRequest(f"contents: {error}") from error
    await sandbox.load_world(dump)
    for file_id, content in contents.items():
        await asyncio.to_thread(sandbox.files.write, file_id, content)
    return {"world_id": sandbox.world.world_id}


async def save(sandbox: Sandbox, given: Given) -> Json:
    await sandbox.store.save()
    return {}


async def start_over(sandbox: Sandbox, given: Given) -> Json:
    await sandbox.start_over()
    return {"world_id": sandbox.world.world_id}


def people(sandbox: Sandbox, given: Given) -> Json:
    platform = given.text("on")
    shown = [
        asdict(one)
        for one in sandbox.world.people.values()
        if not platform or platform in one.accounts or platform == _home_of(sandbox, one)
    ]
    return {"people": [one for one in shown if given.flag("all") or one["role"] != "app"]}


def _home_of(sandbox: Sandbox, person: Person) -> str:
    return "slack" if sandbox.world.on_slack(person.workspace) else "discord"


def record(kind: type[T], values: Json) -> T:
    try:
        return build(kind, values)
    except ValueError as error:
        raise BadRequest(str(error)) from error


def put_person(sandbox: Sandbox, given: Given) -> Json:
    known = sandbox.world.people.get(given.text("id"))
    values = asdict(known) if known else {"workspace": HOME, "organisation": "Acme", "role": "agent"}
    values |= {name: value for name, value in given.values.items() if value is not None}
    if not known:
        values.setdefault("id", new_id("U0", 7))
        values.setdefault("handle", str(values.get("name", "someone")).partition(" ")[0].lower())
        if values.pop("is_bot", False):
            values |= {"role": "app", "bot": f"B{values['id'][1:]}", "app": f"A{values['id'][1:]}"}
    values.pop("is_bot", None)
    if not values.get("name"):
        raise BadRequest("name is missing")
    person = record(Person, values)
    try:
        ZoneInfo(person.timezone)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        raise BadRequest(f"timezone: {error}") from error
    sandbox.world.put_person(person)
    return {"person": asdict(person)}


def channels(sandbox: Sandbox, given: Given) -> Json:
    return {"channels": [asdict(one) for one in sandbox.world.channels.values()]}


def put_channel(sandbox: Sandbox, given: Given) -> Json:
    by = given.text("by", "U0MIA")
    known = sandbox.world.channels.get(given.text("id"))
    values = {name: value for name, value in given.values.items() if name != "by"}
    if known is not None:
        renamed = "name" in values and values["name"] != known.name
        channel = record(Channel, asdict(known) | values)
        sandbox.world.put_channel(channel, by=by, what="renamed" if renamed else "changed")
        return {"channel": asdict(channel)}
    begun: Json = {"id": new_id("C0", 7), "workspace": HOME, "kind": "public", "members": [by], "creator": by}
    if not values.get("name"):
        raise BadRequest("name is missing")
    channel = record(Channel, begun | values | {"created": sandbox.clock.now()})
    sandbox.world.put_channel(channel, by=by)
    return {"channel": asdict(channel)}


def put_usergroup(sandbox: Sandbox, given: Given) -> Json:
    known = sandbox.world.usergroups.get(given.text("id"))
    values = asdict(known) if known else {"id": new_id("S0", 7), "workspace": HOME}
    values |= given.values
    if not values.get("handle"):
        raise BadRequest("handle is missing")
    values.setdefault("name", values["handle"])
    group = record(Usergroup, values)
    sandbox.world.put_usergroup(group)
    return {"usergroup": asdict(group)}


async def clock(sandbox: Sandbox, given: Given) -> Json:
    wait = min(given.number("wait", 0.0), POLL_SECONDS)
    if wait > 0 and "after" in given.values:
        poll = sandbox.clock.wait_newer(int(given.number("after", 0)), wait, given.text("follower"))
        await sandbox.until_closing(poll)
    return sandbox.clock.describe(sandbox.world.world_id)


async def move_clock(sandbox: Sandbox, given: Given) -> Json:
    chosen = [name for name in ("advance_seconds", "to", "at") if name in given.values]
    if len(chosen) != 1:
        raise BadRequest("give one of advance_seconds, to, at")
    match chosen[0]:
        case "advance_seconds":
            seconds = given.number("advance_seconds", 0.0)
            if seconds <= 0:
                raise BadRequest("advance_seconds must be above 0; at sets the clock back")
            await sandbox.clock.advance(seconds)
        case "to":
            if given.text("to") != "next_morning":
                raise BadRequest("to is next_morning")
            await sandbox.clock.move_to(sandbox.clock.next_morning())
        case _:
            await sandbox.clock.move_to(_moment(sandbox, given.text("at")))
    confirmed = await sandbox.clock.confirmed(CONFIRM_SECONDS)
    await sandbox.store.save()
    return sandbox.clock.describe(sandbox.world.world_id) | {"confirmed": confirmed}


def _moment(sandbox: Sandbox, text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadRequest("at must be an ISO time like 2026-11-23T08:30") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(sandbox.clock.timezone))


async def clock_seen(sandbox: Sandbox, given: Given) -> Json:
    await sandbox.clock.seen(int(given.number("version", 0)), given.needed("follower"))
    return {}


def faults(sandbox: Sandbox, given: Given) -> Json:
    return {"faults": sandbox.faults.list()}


def add_fault(sandbox: Sandbox, given: Given) -> Json:
    return {"fault": asdict(sandbox.faults.add(given.values))}


def clear_faults(sandbox: Sandbox, given: Given) -> Json:
    return {"cleared": sandbox.faults.clear(given.text("id") or None)}


def traffic(sandbox: Sandbox, given: Given) -> Json:
    after = int(given.number("after", 0))
    kind, name = given.text("kind"), given.text("name")
    found = [
        asdict(one)
        for one in sandbox.traffic.log
        if one.seq > after and kind in ("", one.kind) and name in ("", one.name)
    ]
    return {"counters": sandbox.traffic.counters, "records": found[-int(given.number("limit", 200)) :]}


def clear_traffic(sandbox: Sandbox, given: Given) -> Json:
    sandbox.traffic.forget()
    return {}


def acks(sandbox: Sandbox, given: Given) -> Json:
    found = sandbox.traffic.acks_after(int(given.number("after", 0)))
    kind = given.text("kind")
    found = [one for one in found if kind in ("", one["kind"])]
    times = sorted(one["ms"] for one in found)
    summary: Json = {"count": len(times)}
    for share in (50, 99):
        summary[f"p{share}_ms"] = times[min(len(times) - 1, len(times) * share // 100)] if times else None
    return {"summary": summary} if given.flag("summary") else {"summary": summary, "acks": found}


async def idle(sandbox: Sandbox, given: Given) -> Json:
    quiet, timeout = given.number("quiet_ms", 200) / 1000, min(given.number("timeout", 10.0), 60.0)
    started = time.monotonic()
    reached = await sandbox.traffic.wait_idle(quiet, timeout)
    return {
        "idle": reached,
        "in_flight": sandbox.traffic.in_flight,
        "waited_ms": (time.monotonic() - started) * 1000,
    }


_CALLS = "; ".join(f"`{kind}`: {what}" for kind, what in CALL_FAULTS.items())
_EVENTS = "; ".join(f"`{kind}`: {what}" for kind, what in EVENT_FAULTS.items())
_FAULT_FIELDS = {one.name: "" for one in fields(Fault) if one.name not in ("id", "hits")} | {
    "method": "a Web API method, `chat.*`, or `response_url`",
    "event": "in place of method: an event's type, `view_submission`, `block_actions`, a command like `/ticket`, `*`",
    "kind": f"for a method: {_CALLS}. For an event: {_EVENTS}",
    "count": "how often it strikes, 1 by default; null: until it is cleared",
    "probability": "0 to 1; 1 by default",
    "channel": "only there",
    "text": "only where the text has this in it",
    "body": "one of " + ", ".join(BODIES),
}

ENDPOINTS = (
    Endpoint(
        "GET",
        "/control/world",
        "The whole world as JSON",
        get_world,
        {"files": "true: with the files' bytes"},
        "`world`",
    ),
    Endpoint("POST", "/control/world", "Take another world in place of this", set_world, {"world": "as GET gave it"}),
    Endpoint("POST", "/control/save", "Write the world to disk now", save),
    Endpoint("POST", "/control/start-over", "A fresh world, clock, log; no faults", start_over, {}, "`world_id`"),
    Endpoint(
        "GET",
        "/control/people",
        "Everybody",
        people,
        {"all": "true: bots too", "on": "`slack` or `discord`: those with an account there"},
        "`people`",
    ),
    Endpoint(
        "POST",
        "/control/people",
        "Add somebody (another app's bot with `is_bot`), or change who has that id",
        put_person,
        {one.name: "" for one in fields(Person)} | {"is_bot": "true: a bot of another app"},
        "`person`",
    ),
    Endpoint("GET", "/control/channels", "Every place, seen by nobody in particular", channels, {}, "`channels`"),
    Endpoint(
        "POST",
        "/control/channels",
        "Add a channel, or change the one with that id",
        put_channel,
        {one.name: "" for one in fields(Channel) if one.name != "created"} | {"by": "who did it; U0MIA by default"},
        "`channel`",
    ),
    Endpoint(
        "POST",
        "/control/usergroups",
        "Add a user group, or change the one with that id",
        put_usergroup,
        {one.name: "" for one in fields(Usergroup)},
        "`usergroup`",
    ),
    Endpoint(
        "GET",
        "/control/clock",
        "The clock; with `after` and `wait` not before its version is another",
        clock,
        {
            "after": "the version that is known",
            "wait": "seconds, at most 25",
            "follower": "who asks, if it will confirm what it follows",
        },
        "`now`, `offset_seconds`, `version`, `world_id`, `timezone`",
    ),
    Endpoint(
        "POST",
        "/control/clock",
        "Move the clock; returns when every follower of the last 30 s has confirmed, at most 10 s later",
        move_clock,
        {
            "advance_seconds": "forward by so many",
            "to": "`next_morning`: 08:30 on the next business day",
            "at": "ISO time",
        },
        "the clock and `confirmed`",
    ),
    Endpoint(
        "POST",
        "/control/clock/seen",
        "A follower confirms a version",
        clock_seen,
        {"version": "which", "follower": "its id"},
    ),
    Endpoint("GET", "/control/faults", "The standing faults", faults, {}, "`faults`"),
    Endpoint("POST", "/control/faults", "Order a fault", add_fault, _FAULT_FIELDS, "`fault`"),
    Endpoint("DELETE", "/control/faults", "Take away one (`id`) or all", clear_faults, {"id": "which"}, "`cleared`"),
    Endpoint(
        "GET",
        "/control/traffic",
        "Counters by kind and name, and the newest records of the log",
        traffic,
        {"after": "only records after this seq", "kind": "", "name": "", "limit": "200"},
        "`counters`, `records`",
    ),
    Endpoint("POST", "/control/traffic/clear", "Empty log, counters and latencies", clear_traffic),
    Endpoint(
        "GET",
        "/control/acks",
        "When each delivery was acked and how long that took",
        acks,
        {"after": "only after this seq", "kind": "`event`, `command`, `interaction`", "summary": "true: no list"},
        "`summary` (`count`, `p50_ms`, `p99_ms`), `acks`",
    ),
    Endpoint(
        "GET",
        "/control/idle",
        "Wait until nothing is on its way, in either direction (retries that wait for their minute do not count)",
        idle,
        {"quiet_ms": "for so long; 200", "timeout": "seconds; 10, at most 60"},
        "`idle`, `in_flight`, `waited_ms`",
    ),
)
