"""Events that came in, effects that go out, and what keeps each from happening twice."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.store.columns import Id, Utc, one_of, where
from core.store.tables.base import metadata

meta = Table(
    "meta",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)

receipt = Table(
    "receipt",
    metadata,
    Column("id", Id, primary_key=True),
    Column("connection", String, nullable=False),
    # What makes the event the same event (`receipt_key`); the platform's id of the delivery stands beside it.
    Column("natural_key", String, nullable=False),
    Column("event_id", String),
    Column("received_at", Utc, nullable=False),
    Column("state", String, nullable=False),
    Column("channel", String),
    Column("answer", Text),
    # Kept only while the event is set aside.
    Column("raw", Text),
    Column("error", Text),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", Utc),
    one_of("state", ("handled", "stored", "quarantined", "discarded")),
    UniqueConstraint("connection", "natural_key"),
    # Events set aside, in order; `stored` ones of a channel hold back the later ones.
    Index("ix_receipt_aside", "state", "connection", "channel", "id", **where("state IN ('stored', 'quarantined')")),
    sqlite_autoincrement=True,
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String, nullable=False),
    # The lane: rate, priority and lease. Effects that belong to no channel have the channel "".
    Column("connection", String, nullable=False),
    Column("channel", String, nullable=False),
    # The order: rows of one conversation are sent one after the other, by id.
    Column("conversation", Id),
    Column("side", String),
    Column("audience", String, nullable=False),
    Column("urgency", SmallInteger, nullable=False),
    Column("ticket", ForeignKey("ticket.number")),
    # The address, where the conversation does not say it.
    Column("thread", String),
    # The message to act on: its id, or which of our own posts it is (`sent.role`, `sent.of_message`).
    Column("message", String),
    Column("of_role", String),
    Column("of_message", Id),
    Column("person", String),
    # What is shown (a Card, or a Live reference) and the kind's own arguments, as JSON.
    Column("shown", Text),
    Column("args", JSON, nullable=False),
    Column("pings", JSON, nullable=False),
    # What `desk/delivered` does with the outcome, and for which row.
    Column("purpose", String, nullable=False),
    Column("subject", Id),
    # Stable over retries; the platform's side carries it.
    Column("key", String, nullable=False, unique=True),
    # Waiting rows with the same collapse key are one row.
    Column("collapse", String),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_attempt_at", Utc, nullable=False),
    Column("sent_at", Utc),
    Column("fence", BigInteger),
    Column("created_at", Utc, nullable=False),
    Column("settled_at", Utc),
    Column("error", Text),
    ForeignKeyConstraint(["conversation", "side"], ["conversation.id", "conversation.side"]),
    one_of("audience", ("public", "internal")),
    one_of("state", ("pending", "sending", "unknown", "done", "dead")),
    CheckConstraint("NOT (audience = 'internal' AND side = 'customer')", name="internal_stays_inside"),
    # The composite key above is checked only when both are set, so they are set together.
    CheckConstraint("(conversation IS NULL) = (side IS NULL)", name="side_with_conversation"),
    Index(
        "ix_outbox_waiting",
        "connection",
        "channel",
        "urgency",
        "id",
        **where("state IN ('pending', 'sending', 'unknown')"),
    ),
    Index(
        "ix_outbox_conversation",
        "conversation",
        "id",
        **where("state IN ('pending', 'sending', 'unknown')"),
    ),
    Index("uq_outbox_collapse", "collapse", unique=True, **where("state = 'pending' AND collapse IS NOT NULL")),
    # What is on its way, for each event that may answer it: looked for on the ingest path.
    Index("ix_outbox_in_flight", "connection", "channel", **where("state IN ('sending', 'unknown')")),
    Index("ix_outbox_dead", "id", **where("state = 'dead'")),
    Index("ix_outbox_ticket", "ticket"),
    sqlite_autoincrement=True,
)

# Who may send into a channel just now. `fence` grows with each lease; a settle under an old one changes nothing.
lane = Table(
    "lane",
    metadata,
    Column("connection", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("holder", String),
    Column("fence", BigInteger, nullable=False, server_default=text("0")),
    Column("lease_until", Utc),
)

# A job's slot (a minute, a local date) runs once, whoever gets there first.
job_run = Table(
    "job_run",
    metadata,
    Column("job", String, primary_key=True),
    Column("slot", String, primary_key=True),
    Column("at", Utc, nullable=False),
)
