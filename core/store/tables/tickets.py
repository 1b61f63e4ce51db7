"""Tickets, what was said on them, what became of it and what was promised."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from core.language.words import PRIORITIES, STATUSES, TYPES
from core.store.columns import Id, Utc, one_of, where
from core.store.tables.base import metadata

ticket = Table(
    "ticket",
    metadata,
    Column("number", Id, primary_key=True),
    Column("status", String, nullable=False),
    Column("priority", String, nullable=False),
    Column("type", String, nullable=False),
    Column("category", String),
    Column("tags", JSON, nullable=False),
    Column("fields", JSON, nullable=False),
    Column("subject", String, nullable=False),
    Column("description", Text, nullable=False),
    Column("account", ForeignKey("account.id"), index=True),
    Column("requester", ForeignKey("person.id"), nullable=False),
    Column("team", String),
    # An agent's id; a claim is the lock against two people answering.
    Column("assignee", String),
    Column("created_at", Utc, nullable=False),
    Column("updated_at", Utc, nullable=False),
    Column("last_customer_at", Utc),
    Column("last_agent_at", Utc),
    Column("first_response_at", Utc),
    Column("resolved_at", Utc),
    Column("closed_at", Utc),
    # Something is in the way of talking to the customer (channel gone, bot removed); shown on the card.
    Column("problem", String),
    Column("wants_person", Boolean, nullable=False, server_default=text("false")),
    one_of("status", STATUSES),
    one_of("priority", PRIORITIES),
    one_of("type", TYPES),
    Index("ix_ticket_open", "number", **where("status NOT IN ('resolved', 'closed')")),
    Index("ix_ticket_requester", "requester", "number"),
    Index("ix_ticket_assignee", "assignee", "number", **where("assignee IS NOT NULL")),
    Index("ix_ticket_created", "created_at"),
    Index("ix_ticket_resolved", "resolved_at", **where("resolved_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

follower = Table(
    "follower",
    metadata,
    Column("ticket", ForeignKey("ticket.number"), primary_key=True),
    Column("person", ForeignKey("person.id"), primary_key=True),
)

conversation = Table(
    "conversation",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("ticket.number"), nullable=False, index=True),
    Column("side", String, nullable=False),
    Column("connection", String, nullable=False),
    Column("channel", String, nullable=False),
    # None until the post that the thread hangs on is known to exist.
    Column("thread", String),
    # Only its customer and the desk read it, not everybody in its channel.
    Column("private", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Utc, nullable=False),
    one_of("side", ("customer", "triage")),
    # What a side's rows refer to, so that an internal row cannot point at a customer's conversation.
    UniqueConstraint("id", "side"),
    Index("uq_conversation_place", "connection", "channel", "thread", unique=True, **where("thread IS NOT NULL")),
    sqlite_autoincrement=True,
)

message = Table(
    "message",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("ticket.number"), nullable=False),
    Column("conversation", Id, nullable=False),
    Column("side", String, nullable=False),
    Column("audience", String, nullable=False),
    Column("author", ForeignKey("person.id"), index=True),
    # The author wrote as somebody of the desk.
    Column("by_agent", Boolean, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),
    Column("spans", Text, nullable=False),
    Column("revisions", Integer, nullable=False, server_default=text("0")),
    Column("deleted_at", Utc),
    # The platform's message, where the words were written on a platform (not in a form or a command).
    Column("connection", String),
    Column("channel", String),
    Column("external", String),
    # The thread that it stands in; None at the top level of its channel.
    Column("thread", String),
    Column("client_id", String),
    ForeignKeyConstraint(["conversation", "side"], ["conversation.id", "conversation.side"]),
    one_of("audience", ("public", "internal")),
    # An internal message can never be part of what a customer sees.
    CheckConstraint("NOT (audience = 'internal' AND side = 'customer')", name="internal_stays_inside"),
    Index("ix_message_ticket", "ticket", "id"),
    Index("ix_message_conversation", "conversation"),
    Index(
        "uq_message_external",
        "connection",
        "channel",
        "external",
        unique=True,
        **where("external IS NOT NULL"),
    ),
    # For grouping: an author's last words in a channel.
    Index("ix_message_recent", "author", "connection", "channel", "at"),
    sqlite_autoincrement=True,
)

revision = Table(
    "revision",
    metadata,
    Column("message", ForeignKey("message.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    # What the text was until then.
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),
    Column("spans", Text, nullable=False),
)

attachment = Table(
    "attachment",
    metadata,
    Column("id", Id, primary_key=True),
    Column("message", ForeignKey("message.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("type", String, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("state", String, nullable=False),
    Column("blob", String),
    Column("problem", String),
    one_of("state", ("wanted", "kept", "refused", "failed")),
    sqlite_autoincrement=True,
)

# Our own messages on a platform, so that a reaction or a reply on one finds its ticket.
sent = Table(
    "sent",
    metadata,
    Column("connection", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("message", String, primary_key=True),
    Column("thread", String),
    Column("ticket", ForeignKey("ticket.number")),
    Column("conversation", Id),
    # card, receipt, copy (and copy 2, copy 3 …), reply and upload (of `of_message`), status, reminder, digest, alert
    Column("role", String, nullable=False),
    Column("of_message", ForeignKey("message.id")),
    Column("at", Utc, nullable=False),
    Index("ix_sent_ticket_role", "ticket", "role"),
    Index("ix_sent_of_message", "of_message", **where("of_message IS NOT NULL")),
)

# Reactions with a meaning as far as they are known, so that one that is read from the history is told from a new one.
reaction = Table(
    "reaction",
    metadata,
    Column("connection", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("message", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    # The platform's time of what was last heard of it; None where the history showed it, which knows no time.
    Column("at", Utc),
)

timeline = Table(
    "timeline",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("ticket.number"), nullable=False),
    Column("at", Utc, nullable=False),
    # A person; None is the desk itself.
    Column("actor", ForeignKey("person.id")),
    Column("event", String, nullable=False),
    # What brought it about: "button", "reaction eyes", "rule intake every", "clock".
    Column("cause", String, nullable=False),
    Column("details", JSON, nullable=False),
    Index("ix_timeline_ticket", "ticket", "id"),
    Index("ix_timeline_at", "at"),
    sqlite_autoincrement=True,
)

clock = Table(
    "clock",
    metadata,
    Column("id", Id, primary_key=True),
    Column("ticket", ForeignKey("ticket.number"), nullable=False),
    Column("target", String, nullable=False),
    Column("policy", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", Utc, nullable=False),
    Column("due_at", Utc),
    # The next moment at which somebody has to be told something (a warning, then the breach).
    Column("wake_at", Utc),
    Column("warn_at", Utc),
    Column("warned_at", Utc),
    # Business time, in seconds: what was promised, what did not count, what was left when it stopped.
    Column("length_seconds", BigInteger, nullable=False),
    Column("paused_seconds", BigInteger, nullable=False, server_default=text("0")),
    Column("remaining_seconds", BigInteger),
    Column("met_at", Utc),
    Column("breached_at", Utc),
    one_of("target", ("first_response", "next_response", "resolution")),
    one_of("state", ("running", "paused", "met", "breached")),
    Index("ix_clock_ticket", "ticket"),
    # At most one promise of a kind runs on a ticket.
    Index(
        "uq_clock_current",
        "ticket",
        "target",
        unique=True,
        **where("met_at IS NULL"),
    ),
    Index("ix_clock_wake", "wake_at", **where("wake_at IS NOT NULL")),
    Index("ix_clock_met", "met_at", **where("met_at IS NOT NULL")),
    Index("ix_clock_breached", "breached_at", **where("breached_at IS NOT NULL")),
    sqlite_autoincrement=True,
)

# What a language model suggested and nobody has decided on yet: one row a ticket, None where nothing is open.
suggestion = Table(
    "suggestion",
    metadata,
    Column("ticket", ForeignKey("ticket.number"), primary_key=True),
    Column("at", Utc, nullable=False),
    Column("type", String),
    Column("priority", String),
    Column("category", String),
    Column("summary", String),
    one_of("type", TYPES),
    one_of("priority", PRIORITIES),
)

# How often the model was asked on a day, the desk's local date of real time.
model_use = Table(
    "model_use",
    metadata,
    Column("day", Date, primary_key=True),
    Column("requests", Integer, nullable=False),
)
