"""Who and where: accounts, channels, people, groups."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    String,
    Table,
    text,
)

from core.store.columns import Id, Utc, one_of
from core.store.tables.base import metadata

account = Table(
    "account",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("tier", String),
    Column("team", String),
)

channel = Table(
    "channel",
    metadata,
    Column("connection", String, primary_key=True),
    Column("channel", String, primary_key=True),
    Column("name", String),
    Column("account", ForeignKey("account.id")),
    Column("state", String, nullable=False, server_default="ok"),
    # History has been read up to here (a message id); catch-up starts a little before it.
    Column("read_to", String),
    # An unknown channel is reported once.
    Column("alerted_at", Utc),
    one_of("state", ("ok", "removed", "archived", "deleted")),
)

person = Table(
    "person",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String, nullable=False),
    Column("email", String),
    Column("timezone", String),
    Column("account", ForeignKey("account.id")),
    Column("agent", String, unique=True),
    Column("created_at", Utc, nullable=False),
)

identity = Table(
    "identity",
    metadata,
    Column("connection", String, primary_key=True),
    Column("user", String, primary_key=True),
    Column("person", ForeignKey("person.id"), nullable=False, index=True),
    Column("name", String),
    Column("home", String),
    Column("is_bot", Boolean, nullable=False, server_default=text("false")),
    Column("is_deleted", Boolean, nullable=False, server_default=text("false")),
    Column("is_guest", Boolean, nullable=False, server_default=text("false")),
    Column("fetched_at", Utc),
)

# Who is in the platform groups that desk.yaml names; refreshed by `fetch_group`.
group_member = Table(
    "group_member",
    metadata,
    Column("connection", String, primary_key=True),
    Column("group", String, primary_key=True),
    Column("user", String, primary_key=True),
)
