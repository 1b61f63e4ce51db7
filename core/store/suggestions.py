"""What a language model suggested, what it was shown, and how often it was asked."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.engine import Connection

from core.language.facts import NOTHING_SUGGESTED, Suggestion
from core.store.engine import Tx
from core.store.tables import message, model_use, suggestion

FIELDS = ("type", "priority", "category", "summary")

_of_ticket = select(*(suggestion.c[name] for name in FIELDS)).where(suggestion.c.ticket == bindparam("number"))


def of_ticket(connection: Connection, number: int) -> Suggestion:
    """What is suggested for a ticket and not decided on."""
    row = connection.execute(_of_ticket, {"number": number}).first()
    return Suggestion(*row) if row else NOTHING_SUGGESTED


def _keeping(make: Any) -> Any:
    made = make(suggestion)
    values = {name: made.excluded[name] for name in ("at", *FIELDS)}
    return made.on_conflict_do_update(index_elements=["ticket"], set_=values)


_keep = {"sqlite": _keeping(upsert_sqlite), "postgresql": _keeping(upsert_postgresql)}
_decided = {
    name: update(suggestion)
    .where(suggestion.c.ticket == bindparam("number"), suggestion.c[name].is_not(None))
    .values({name: None})
    for name in FIELDS
}


def keep(tx: Tx, number: int, found: Suggestion, at: datetime) -> None:
    """In place of what was suggested before."""
    values = {name: getattr(found, name) for name in FIELDS}
    tx.execute(_keep[tx.dialect], {"ticket": number, "at": at, **values})


def decided(tx: Tx, number: int, field: str) -> None:
    """Somebody has decided on one of `FIELDS`, for or against."""
    tx.execute(_decided[field], {"number": number})


# --- what may be shown to a model ----------------------------------------------------------------------------

_said = (
    select(message.c.author, message.c.body)
    .where(
        message.c.ticket == bindparam("number"),
        message.c.side == "customer",
        message.c.audience == "public",
        message.c.by_agent.is_(False),
        message.c.author.is_not(None),
        message.c.deleted_at.is_(None),
    )
    .order_by(message.c.at, message.c.id)
    .limit(bindparam("most"))
)


def said_in_public(connection: Connection, number: int, *, most: int) -> list[tuple[int, str]]:
    """Who wrote what on a ticket's customer side, agents' answers left out; oldest first, as it stands now."""
    return [(row.author, row.body) for row in connection.execute(_said, {"number": number, "most": most})]


# --- the budget ----------------------------------------------------------------------------------------------


def _counting(make: Any) -> Any:
    made = make(model_use)
    return made.on_conflict_do_update(
        index_elements=["day"],
        set_={"requests": model_use.c.requests + 1},
        where=model_use.c.requests < bindparam("most"),
    ).returning(model_use.c.requests)


_take_request = {"sqlite": _counting(upsert_sqlite), "postgresql": _counting(upsert_postgresql)}


def take_request(tx: Tx, day: date, most: int) -> bool:
    """Counts one request on a day; False when `most` of them were made already."""
    if most < 1:
        return False
    taken = tx.execute(_take_request[tx.dialect], {"day": day, "requests": 1, "most": most}).first()
    return taken is not None
