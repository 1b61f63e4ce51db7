"""Which panels stand where (see `core.desk.panels`), and what they showed last."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, literal_column, select
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from core.language.places import MessageRef, Place
from core.store import tables as t
from core.store.engine import Tx
from core.store.outbox import WAITING

_standing = select(t.sent.c.connection, t.sent.c.channel, t.sent.c.message).where(
    t.sent.c.ticket.is_(None), t.sent.c.role == literal_column("'panel'")
)
_on_their_way = select(t.outbox.c.connection, t.outbox.c.channel).where(
    t.outbox.c.purpose == literal_column("'panel'"), WAITING
)
_forget = delete(t.sent).where(
    t.sent.c.connection == bindparam("on"),
    t.sent.c.channel == bindparam("there"),
    t.sent.c.message == bindparam("which"),
)
_shown = select(t.meta.c.value).where(t.meta.c.key == bindparam("key"))


def _upsert(make: Any) -> Any:
    statement = make(t.meta)
    return statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value})


_note_shown = {"sqlite": _upsert(upsert_sqlite), "postgresql": _upsert(upsert_postgresql)}


def standing(connection: Connection) -> list[MessageRef]:
    return [MessageRef(*row) for row in connection.execute(_standing)]


def on_their_way(connection: Connection) -> set[Place]:
    """Channels for which a panel's post is not settled yet."""
    return {Place(*row) for row in connection.execute(_on_their_way)}


def forget(tx: Tx, ref: MessageRef) -> None:
    """It is not there any more."""
    tx.execute(_forget, {"on": ref.connection, "there": ref.channel, "which": ref.message})


def shows_another(tx: Tx, place: Place, digest: str) -> bool:
    """Notes what the panel in a place shows from now on; whether that is new."""
    key = f"panel/{place.connection}/{place.channel}"
    if tx.execute(_shown, {"key": key}).scalar_one_or_none() == digest:
        return False
    tx.execute(_note_shown[tx.dialect], {"key": key, "value": digest})
    return True
