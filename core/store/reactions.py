"""Who has put which reaction on which message, as far as the desk has heard; only those that mean something."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite
from sqlalchemy.engine import Connection

from core.language.places import Identity, MessageRef
from core.store.engine import Tx
from core.store.tables import reaction

# A message, who, and the reaction's name.
Reaction = tuple[str, str, str]

_one = select(reaction.c.is_on, reaction.c.at).where(
    reaction.c.connection == bindparam("connection"),
    reaction.c.channel == bindparam("channel"),
    reaction.c.message == bindparam("message"),
    reaction.c.user == bindparam("user"),
    reaction.c.name == bindparam("name"),
)
_put = {
    dialect: (stated := make(reaction)).on_conflict_do_update(
        index_elements=list(reaction.primary_key.columns),
        set_={"is_on": stated.excluded.is_on, "at": stated.excluded.at},
    )
    for dialect, make in (("sqlite", upsert_sqlite), ("postgresql", upsert_postgresql))
}
_on = select(reaction.c.message, reaction.c.user, reaction.c.name).where(
    reaction.c.connection == bindparam("connection"),
    reaction.c.channel == bindparam("channel"),
    reaction.c.is_on,
    reaction.c.message.in_(bindparam("messages", expanding=True)),
)
_MOST_IN_ONE = 500


def note(tx: Tx, ref: MessageRef, person: Identity, name: str, *, is_on: bool, at: datetime | None) -> bool:
    """Whether that is news: not what is heard of after something newer, and not what the history has shown already.
    `at` None: the history shows it."""
    key = {
        "connection": ref.connection,
        "channel": ref.channel,
        "message": ref.message,
        "user": person.user,
        "name": name,
    }
    known = tx.execute(_one, key).first()
    if known and known.at and at and at < known.at:
        return False
    tx.execute(_put[tx.dialect], {**key, "is_on": is_on, "at": at})
    shown = at is None or (known is not None and known.at is None)
    return not (known and shown and known.is_on == is_on)


def on(connection: Connection, on_connection: str, channel: str, messages: Collection[str]) -> set[Reaction]:
    """Those that are on these messages of a channel."""
    found: set[Reaction] = set()
    ids = sorted(messages)
    for start in range(0, len(ids), _MOST_IN_ONE):
        values = {"connection": on_connection, "channel": channel, "messages": ids[start : start + _MOST_IN_ONE]}
        found |= {(row.message, row.user, row.name) for row in connection.execute(_on, values)}
    return found
