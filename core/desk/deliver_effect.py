"""A row of the outbox as what the platform is asked to do."""

from typing import TypeVar, assert_never

from core.language import effects
from core.language.places import Identity, MessageRef, Place
from core.language.views import Card, Home
from core.store.claims import Address, Row

T = TypeVar("T")


def build(row: Row, address: Address, drawn: Card | Home | None) -> effects.Deliverable | effects.AskModel:
    """Raises ValueError for a row that lacks what its kind needs: whoever enqueued it made a mistake."""
    place = Place(row.connection, row.channel, address.thread)
    kind = row.kind
    match kind:
        case "post":
            card = _shown(row, drawn, Card)
            return effects.Post(place, card, row.key, row.pings, bool(row.args.get("broadcast")), _opens(row))
        case "ephemeral":
            return effects.Ephemeral(place, _person(row), _shown(row, drawn, Card))
        case "dm":
            return effects.Dm(_person(row), _shown(row, drawn, Card), row.key)
        case "update":
            return effects.Update(_message(row, address), _shown(row, drawn, Card))
        case "delete":
            return effects.Delete(_message(row, address))
        case "react":
            return effects.React(_message(row, address), _argument(row, "name"))
        case "unreact":
            return effects.Unreact(_message(row, address), _argument(row, "name"))
        case "upload":
            name, type_, blob = (_argument(row, word) for word in ("name", "type", "blob"))
            return effects.Upload(place, name, type_, blob, row.key, str(row.args.get("comment", "")))
        case "publish_home":
            return effects.PublishHome(_person(row), _shown(row, drawn, Home))
        case "set_thread":
            return effects.SetThread(
                place,
                bool(row.args["archived"]),
                bool(row.args["locked"]),
                tuple(row.args["tags"]),
                tuple(row.args["among"]),
            )
        case "fetch_person":
            return effects.FetchPerson(_person(row))
        case "fetch_group":
            return effects.FetchGroup(row.connection, _argument(row, "group"))
        case "fetch_file":
            return effects.FetchFile(row.connection, row.args["source"], int(row.args["limit"]))
        case "backfill_thread":
            return effects.BackfillThread(place)
        case "model":
            return _question(row)
        case _:
            assert_never(kind)


def _shown(row: Row, drawn: Card | Home | None, wanted: type[T]) -> T:
    if not isinstance(drawn, wanted):
        raise ValueError(f"a {row.kind} shows a {wanted.__name__}, and not {type(drawn).__name__}")
    return drawn


def _opens(row: Row) -> effects.Opens | None:
    """`args["opens"]` as `core.desk.opening` wrote it."""
    given = row.args.get("opens")
    if given is None:
        return None
    person = Identity(row.connection, given["person"]) if given.get("person") else None
    return effects.Opens(given["name"], person, bool(given.get("private")), tuple(given.get("tags", ())))


def _person(row: Row) -> Identity:
    if row.person is None:
        raise ValueError(f"a {row.kind} needs a person")
    return Identity(row.connection, row.person)


def _message(row: Row, address: Address) -> MessageRef:
    if address.message is None:
        raise ValueError(f"a {row.kind} needs a message to act on")
    return MessageRef(row.connection, row.channel, address.message, address.message_thread)


def _question(row: Row) -> effects.AskModel:
    if row.ticket is None:
        raise ValueError("a model is asked about a ticket")
    return effects.AskModel(row.ticket, row.attempts, (row.sent_at or row.created_at) - row.created_at)


def _argument(row: Row, name: str) -> str:
    if name not in row.args:
        raise ValueError(f"a {row.kind} needs the argument {name!r}")
    return str(row.args[name])
