"""Every INSERT and UPDATE of people's matters, by name. Statements are built once; values are passed to
`execute`, because building expressions in each call halves the speed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, insert, literal_column, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from core.store import tables as t
from core.store.engine import Tx

_ticket = insert(t.ticket).returning(t.ticket.c.number)
_conversation = insert(t.conversation).returning(t.conversation.c.id)
_message = insert(t.message).returning(t.message.c.id)
_revision = insert(t.revision)
_attachment = insert(t.attachment).returning(t.attachment.c.id)
_timeline = insert(t.timeline)
_person = insert(t.person).returning(t.person.c.id)
_identity = insert(t.identity)

# Updates by the set of columns that they change, built when first needed.
_updates: dict[tuple[str, tuple[str, ...]], Update] = {}


def _update(table: Any, columns: tuple[str, ...]) -> Update:
    known = _updates.get((table.name, columns))
    if known is None:
        (key,) = table.primary_key.columns
        known = update(table).where(key == bindparam("_key")).values({c: bindparam(c) for c in columns})
        _updates[table.name, columns] = known
    return known


def _change(tx: Tx, table: Any, key: int, values: Mapping[str, Any]) -> None:
    tx.execute(_update(table, tuple(sorted(values))), {"_key": key, **values})


def add_ticket(tx: Tx, values: Mapping[str, Any]) -> int:
    return int(tx.execute(_ticket, dict(values)).scalar_one())


def change_ticket(tx: Tx, number: int, **values: Any) -> None:
    _change(tx, t.ticket, number, values)


def add_conversation(tx: Tx, values: Mapping[str, Any]) -> int:
    return int(tx.execute(_conversation, dict(values)).scalar_one())


def move_conversation(tx: Tx, conversation: int, ticket: int) -> None:
    """What is said there from now on belongs to another ticket."""
    _change(tx, t.conversation, conversation, {"ticket": ticket})


def add_message(tx: Tx, values: Mapping[str, Any]) -> int:
    return int(tx.execute(_message, dict(values)).scalar_one())


def change_message(tx: Tx, message: int, **values: Any) -> None:
    _change(tx, t.message, message, values)


def add_revision(tx: Tx, values: Mapping[str, Any]) -> None:
    tx.execute(_revision, dict(values))


def add_attachment(tx: Tx, values: Mapping[str, Any]) -> int:
    return int(tx.execute(_attachment, dict(values)).scalar_one())


def add_timeline(tx: Tx, rows: list[dict[str, Any]]) -> None:
    tx.execute(_timeline, rows)


def add_person(tx: Tx, values: Mapping[str, Any]) -> int:
    return int(tx.execute(_person, dict(values)).scalar_one())


def change_person(tx: Tx, person: int, **values: Any) -> None:
    _change(tx, t.person, person, values)


def add_identity(tx: Tx, values: Mapping[str, Any]) -> None:
    tx.execute(_identity, dict(values))


def _once(make: Any) -> Any:
    return make(t.job_run).on_conflict_do_nothing().returning(literal_column("1"))


_once_by_dialect = {"sqlite": _once(upsert_sqlite), "postgresql": _once(upsert_postgresql)}


def once(tx: Tx, job: str, slot: str, at: datetime) -> bool:
    """True for the first caller with this (job, slot), ever; for what must happen or be said once."""
    return tx.execute(_once_by_dialect[tx.dialect], {"job": job, "slot": slot, "at": at}).first() is not None


def _upsert(table: Any, keys: list[str], changed: list[str]) -> dict[str, Any]:
    """By dialect: insert rows, or change the columns `changed` of those that are there."""

    def statement(make: Any) -> Any:
        insert = make(table)
        return insert.on_conflict_do_update(
            index_elements=keys, set_={name: getattr(insert.excluded, name) for name in changed}
        )

    return {"sqlite": statement(upsert_sqlite), "postgresql": statement(upsert_postgresql)}


_account = _upsert(t.account, ["id"], ["name", "tier", "team"])
_channel_state = _upsert(t.channel, ["connection", "channel"], ["state"])
_channel_name = _upsert(t.channel, ["connection", "channel"], ["name"])
_channel_account = _upsert(t.channel, ["connection", "channel"], ["account"])


def _known(make: Any) -> Any:
    return make(t.channel).on_conflict_do_nothing()


_known_channel = {"sqlite": _known(upsert_sqlite), "postgresql": _known(upsert_postgresql)}


def know_channel(tx: Tx, connection: str, channel: str, *, read_to: str | None = None) -> None:
    """That there is a channel to catch up on, for one that was not known; `read_to` is its newest message."""
    tx.execute(_known_channel[tx.dialect], {"connection": connection, "channel": channel, "read_to": read_to})


def set_channel_state(tx: Tx, connection: str, channel: str, state: str) -> None:
    tx.execute(_channel_state[tx.dialect], {"connection": connection, "channel": channel, "state": state})


def set_channel_name(tx: Tx, connection: str, channel: str, name: str) -> None:
    tx.execute(_channel_name[tx.dialect], {"connection": connection, "channel": channel, "name": name})


def put_accounts(tx: Tx, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.execute(_account[tx.dialect], rows)


def put_channel_accounts(tx: Tx, rows: list[dict[str, Any]]) -> None:
    if rows:
        tx.execute(_channel_account[tx.dialect], rows)
