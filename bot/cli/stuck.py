"""`deskhand dead-letters` and `deskhand quarantine`: what got stuck, and what an operator decides about it."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from typer import Argument, BadParameter, Context, Option, Typer

from bot.cli.printing import AsJson, instant, local, note, print_json, print_json_array, say, table
from bot.redaction import Redactor
from core.language.errors import Refused

if TYPE_CHECKING:
    from bot.cli.database import Operator

dead_letters = Typer(invoke_without_command=True, help="Messages that the desk gave up sending.")
quarantine = Typer(invoke_without_command=True, help="Events that the desk could not handle.")

_PAGE = 100
_SHOWN = 50

Ids = Annotated[list[int] | None, Argument(help="Their ids, as the list shows them.", metavar="ID")]
One = Annotated[int, Argument(help="Its id, as the list shows it.", metavar="ID")]
All = Annotated[bool, Option("--all", help="All there are.")]


@dead_letters.callback()
def _dead_letters(context: Context, as_json: AsJson = False) -> None:
    if _alone(context, as_json):
        list_dead_letters(as_json)


@dead_letters.command("list")
def list_dead_letters(as_json: AsJson = False) -> None:
    """List what was given up, and why. (This is what dead-letters alone does.)"""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened

    with opened(settings.load()) as store:
        if as_json:
            store.read_now(lambda c: print_json_array(map(shapes.dead_letter, _letters(c))))
            return
        found = store.read_now(lambda c: list(_first(_letters(c), _SHOWN + 1)))
    if not found:
        say("There are no dead letters: everything was sent, or still waits its turn.")
        return
    table(
        ("id", "given up", "what", "where", "ticket", "tries", "why"),
        (
            (
                str(letter.id),
                local(letter.settled_at),
                f"{letter.kind} {letter.purpose}",
                f"{letter.connection} {letter.channel}".strip(),
                f"T-{letter.ticket}" if letter.ticket else "-",
                str(letter.attempts),
                letter.error,
            )
            for letter in found[:_SHOWN]
        ),
        wrap="why",
    )
    _more(len(found))
    note("Send one after all: deskhand dead-letters retry ID. Forget it: deskhand dead-letters drop ID.")


@dead_letters.command("retry")
def retry(ids: Ids = None, every: All = False, as_json: AsJson = False) -> None:
    """Send dead letters after all. What may have been sent already is looked for first."""
    _change("Sent again", lambda operator: operator.retry, ids, as_json, (lambda c: [d.id for d in _letters(c)], every))


@dead_letters.command("drop")
def drop(ids: Ids = None, as_json: AsJson = False) -> None:
    """Forget dead letters; they are never sent."""
    _change("Dropped", lambda operator: operator.drop, ids, as_json)


@quarantine.callback()
def _quarantine(context: Context, as_json: AsJson = False) -> None:
    if _alone(context, as_json):
        list_quarantine(as_json)


@quarantine.command("list")
def list_quarantine(as_json: AsJson = False) -> None:
    """List the events whose handling failed, and why. (This is what quarantine alone does.)"""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened

    with opened(settings.load()) as store:
        if as_json:
            store.read_now(lambda c: print_json_array(map(shapes.quarantined, _events(c))))
            return
        found = store.read_now(lambda c: list(_first(_events(c), _SHOWN + 1)))
    if not found:
        say("Nothing is in quarantine: every event was handled.")
        return
    table(
        ("id", "received", "where", "tries", "next try", "why"),
        (
            (
                str(event.id),
                local(event.received_at),
                f"{event.connection} {event.channel or ''}".strip(),
                str(event.attempts + 1),
                local(event.next_attempt_at, empty="on replay"),
                event.error or "",
            )
            for event in found[:_SHOWN]
        ),
        wrap="why",
    )
    _more(len(found))
    note("Try again: deskhand quarantine replay ID. See it whole: deskhand quarantine show ID.")


@quarantine.command("show")
def show(event: One, as_json: AsJson = False) -> None:
    """Show one event with the payload that the platform sent."""
    from bot import settings
    from bot.cli import shapes
    from bot.cli.database import opened
    from core.desk import operating

    with opened(settings.load()) as store:
        found = store.read_now(lambda c: operating.find_quarantined(c, event))
    # Payloads hold tokens and addresses to answer at.
    payload = Redactor().value(json.loads(found.raw)) if found.raw else None
    if as_json:
        print_json(shapes.quarantined(found) | {"payload": payload})
        return
    say(
        f"event     {found.natural_key}",
        f"from      {found.connection} {found.channel or ''}".rstrip(),
        f"received  {instant(found.received_at)}",
        f"tries     {found.attempts + 1}, next {instant(found.next_attempt_at) or 'on replay only'}",
        f"error     {found.error or '-'}",
        "",
        json.dumps(payload, indent=2, ensure_ascii=False),
    )


@quarantine.command("replay")
def replay(ids: Ids = None, every: All = False, as_json: AsJson = False) -> None:
    """Handle quarantined events anew. At once when a desk runs on the SQLite file, else when the next one looks."""
    _change("Replayed", lambda operator: operator.replay, ids, as_json, (lambda c: [e.id for e in _events(c)], every))


@quarantine.command("discard")
def discard(ids: Ids = None, as_json: AsJson = False) -> None:
    """Give quarantined events up. They are never handled, and their payloads are deleted."""
    _change("Discarded", lambda operator: operator.discard, ids, as_json)


# --- what these share ----------------------------------------------------------------------------------------


def _alone(context: Context, as_json: bool) -> bool:
    """Whether the group was named without one of its commands."""
    if context.invoked_subcommand is None:
        return True
    if as_json:
        context.fail(f"Write --json at the end: {context.command_path} {context.invoked_subcommand} --json")
    return False


def _letters(connection: Any) -> Iterator[Any]:
    from core.store import outbox

    return _paged(lambda after: outbox.dead_letters(connection, after=after, page=_PAGE))


def _events(connection: Any) -> Iterator[Any]:
    from core.store import receipts

    return _paged(lambda after: receipts.quarantined(connection, after=after, page=_PAGE))


def _paged(read: Callable[[int], Sequence[Any]]) -> Iterator[Any]:
    after = 0
    while page := read(after):
        yield from page
        after = page[-1].id


def _first(items: Iterable[Any], count: int) -> Iterator[Any]:
    return (item for item, _ in zip(items, range(count), strict=False))


def _more(count: int) -> None:
    if count > _SHOWN:
        note(f"There are more; these are the oldest {_SHOWN}. --json lists all.")


def _change(
    done: str,
    choose: "Callable[[Operator], Callable[[int], str]]",
    ids: list[int] | None,
    as_json: bool,
    all_there_are: tuple[Callable[[Any], list[int]], bool] = (lambda _: [], False),
) -> None:
    """Does it for each id, also after one was refused; the refusals decide on the exit code."""
    from bot import settings
    from bot.cli.database import operator
    from bot.cli.errors import Failed, Failure, told

    find, every = all_there_are
    if bool(ids) == every:
        raise BadParameter("Name at least one id, as the list shows them." if not every else "Either ids, or --all.")
    outcomes: list[dict[str, Any]] = []
    refused: list[Failure] = []
    with operator(settings.load()) as (store, who):
        for which in store.read_now(find) if every else dict.fromkeys(ids or ()):
            try:
                state = choose(who)(which)
            except (Refused, Failed) as refusal:
                refused.append(told(refusal))
                continue
            outcomes.append({"id": which, "state": state})
            if not as_json:
                say(f"{done}: {which} ({state}).")
    if refused:
        message = "\n".join(refusal.message for refusal in refused)
        more = {"done": outcomes} if outcomes else {}
        raise Failed(Failure(refused[0].code, message, refused[0].hint, more=more))
    if as_json:
        print_json(outcomes)
    elif not outcomes:
        say("There is nothing to do.")
