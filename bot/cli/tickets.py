"""`deskhand tickets list`, `tickets show` and `why`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, BadParameter, Option, Typer

from bot.cli.printing import AsJson, local, note, print_json, print_json_array, safe, say, table
from core.language.errors import Refused
from core.language.wording import ENGLISH_VOICE, headed
from core.language.words import STATUSES, Status, parse_number, ref

if TYPE_CHECKING:
    from bot.settings import Settings
    from core.language.facts import ClockFacts, MessageFacts, TicketFacts, TimelineEntry
    from core.store.records import Record

app = Typer(no_args_is_help=True, help="Read tickets. A desk may run meanwhile.")

# A person sees this many unless they ask for more; programs get all.
_SHOWN = 50

Number = Annotated[str, Argument(help="The ticket: 12, T-12, t12 or #12.", metavar="NUMBER")]


@app.command("list")
def list_tickets(
    status: Annotated[
        str,
        Option(
            help=f"Only tickets with this status, or one of several: open,pending. ({', '.join(STATUSES)})",
            metavar="STATUS",
        ),
    ] = "",
    account: Annotated[str, Option(help="Only tickets of this account, by its id in desk.yaml.", metavar="ID")] = "",
    assignee: Annotated[str, Option(help="Only tickets of this agent, by id.", metavar="ID")] = "",
    limit: Annotated[
        int | None,
        Option(min=1, help=f"Only so many of the newest. [default: all with --json, else {_SHOWN}]", metavar="N"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """List tickets, by number."""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened
    from core.store import records

    wanted = records.Filter(_statuses(status), account, assignee)
    environment = settings.load()
    with opened(environment) as store:
        if as_json and limit is None:
            store.read_now(lambda c: print_json_array(shapes.ticket(r) for r in records.every(c, wanted)))
            return
        if as_json:
            print_json_array(map(shapes.ticket, store.read_now(lambda c: records.newest(c, wanted, limit or 1))))
            return
        most = limit or _SHOWN
        found = store.read_now(lambda c: records.newest(c, wanted, most + 1))
    _which_desk(environment)
    if not found:
        say("No ticket fits." if status or account or assignee else "There are no tickets yet.")
        return
    if limit is None and len(found) > most:
        note(f"These are the newest {most}; --limit shows more.")
    table(
        ("ticket", "status", "priority", "account", "assignee", "requester", "due", "subject"),
        map(_row, found[-most:]),
        wrap="subject",
    )


def _status(ticket: "TicketFacts") -> str:
    return headed(ENGLISH_VOICE.say(f"status_{ticket.status}"))


def _row(record: "Record") -> Iterable[str]:
    ticket = record.ticket
    due = min((c.due_at for c in record.clocks if c.due_at and c.met_at is None), default=None)
    return (
        ticket.ref,
        _status(ticket),
        ticket.priority,
        ticket.account or "-",
        ticket.assignee or "-",
        ticket.requester_name,
        local(due, empty="-"),
        ticket.subject,
    )


@app.command("show")
def show_ticket(number: Number, as_json: AsJson = False) -> None:
    """Show one ticket with everything that was said and done."""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened
    from core.store import queries

    which = _number(number)
    environment = settings.load()
    with opened(environment) as store:
        record, messages, timeline = store.read_now(
            lambda c: (_record(c, which), queries.messages(c, which), queries.timeline(c, which))
        )
    if as_json:
        said = {"messages": [shapes.message(m) for m in messages], "timeline": shapes.timeline(timeline)}
        print_json(shapes.ticket(record) | said)
        return
    _which_desk(environment)
    _print_head(record)
    for message in messages:
        _print_message(message)
    say("", "What happened")
    _print_timeline(timeline)


def why(number: Number, as_json: AsJson = False) -> None:
    """Explain a ticket. How it came to be as it is: what happened, by whom, and which rule or command did it."""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened
    from core.store import queries

    which = _number(number)
    environment = settings.load()
    with opened(environment) as store:
        record, timeline = store.read_now(lambda c: (_record(c, which), queries.timeline(c, which)))
    ticket = record.ticket
    if as_json:
        print_json(
            {
                "number": ticket.number,
                "ref": ticket.ref,
                "subject": ticket.subject,
                "status": ticket.status,
                "clocks": [shapes.clock(each) for each in record.clocks],
                "timeline": shapes.timeline(timeline),
            }
        )
        return
    _which_desk(environment)
    say(f"Why {ticket.ref} is as it is: {ticket.subject}", "")
    _print_timeline(timeline)
    say("")
    _print_clocks(record.clocks)


def _statuses(listed: str) -> tuple[Status, ...]:
    known: dict[str, Status] = {status: status for status in STATUSES}
    wanted = [word.strip().lower() for word in listed.split(",") if word.strip()]
    for word in wanted:
        if word not in known:
            raise BadParameter(f"{safe(word[:40])!r} is no status; use {', '.join(STATUSES)}.", param_hint="--status")
    return tuple(known[word] for word in wanted)


def _number(word: str) -> int:
    number = parse_number(word)
    if number is None:
        raise BadParameter(f"{safe(word[:40])!r} is not a ticket's number; write 12, T-12, t12 or #12.")
    return number


def _record(connection: Any, number: int) -> "Record":
    """Raises Refused when there is no such ticket."""
    from core.store import records

    found = records.record(connection, number)
    if found is None:
        raise Refused("no_such_ticket", "no_record", ref=ref(number))
    return found


def _which_desk(environment: "Settings") -> None:
    from bot.cli.database import on_sandbox

    if on_sandbox(environment):
        note("(The sandbox's desk: no tokens are set, and no DATABASE_URL.)")


# --- for people ----------------------------------------------------------------------------------------------


def _print_head(record: "Record") -> None:
    ticket = record.ticket
    contact = [f"{i.connection}:{i.user}" for i in record.identities]
    requester = ", ".join([ticket.requester_name, *filter(None, [record.email]), *contact])
    labels = [ticket.type, *filter(None, [ticket.category]), *ticket.tags]
    say(
        f"{ticket.ref}  {ticket.subject}",
        "",
        f"status     {_status(ticket)}, {ticket.priority} priority",
        f"kind       {', '.join(labels)}",
        f"account    {ticket.account or '-'}",
        f"requester  {requester}",
        f"owner      {ticket.assignee or 'nobody yet'} ({ticket.team or 'no team'})",
        f"opened     {local(ticket.created_at)}",
    )
    for name, at in (
        ("answered", ticket.first_response_at),
        ("resolved", ticket.resolved_at),
        ("closed", ticket.closed_at),
    ):
        if at:
            say(f"{name:<9}  {local(at)}")
    if ticket.problem:
        say(f"problem    {ticket.problem}")
    for place in record.conversations:
        thread = f", thread {place.thread}" if place.thread else ""
        say(f"{place.side:<9}  {place.connection} {place.channel}{thread}")
    _print_clocks(record.clocks)


def _print_clocks(clocks: "Iterable[ClockFacts]") -> None:
    for clock in clocks:
        times = [
            f"{name} {local(at)}"
            for name, at in (("due", clock.due_at), ("breached", clock.breached_at), ("met", clock.met_at))
            if at
        ]
        said = ", ".join([clock.state, *times])
        say(f"promise    {clock.target.replace('_', ' ')} ({clock.policy}): {said}")


def _print_message(message: "MessageFacts") -> None:
    marks = [
        "internal note" if message.audience == "internal" else "",
        f"edited {message.revisions} times" if message.revisions > 1 else "edited" if message.revisions else "",
        "deleted" if message.deleted_at else "",
    ]
    shown = ", ".join(filter(None, marks))
    say("", f"{local(message.at)}  {message.author_name}{f' ({shown})' if shown else ''}")
    if message.deleted_at is None:
        say(*(f"  {line}" for line in message.body.splitlines()))
        say(*(f"  [{a.name}, {a.type}, {a.size:,} bytes]" for a in message.attachments))


def _print_timeline(timeline: "Iterable[TimelineEntry]") -> None:
    from core.cards import story
    from core.language.text import Words, plain

    for entry in timeline:
        say(f"{local(entry.at)}  {plain(story.told(ENGLISH_VOICE, entry, lambda at: Words(local(at))))}")
