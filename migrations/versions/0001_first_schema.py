"""first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tier", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
    )
    op.create_table(
        "group_member",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("group", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "group", "user", name=op.f("pk_group_member")),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("slot", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job", "slot", name=op.f("pk_job_run")),
    )
    op.create_table(
        "lane",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("fence", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection", "channel", name=op.f("pk_lane")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "model_use",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_model_use")),
    )
    op.create_table(
        "reaction",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("connection", "channel", "message", "user", "name", name=op.f("pk_reaction")),
    )
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("natural_key", sa.String(), nullable=False),
        sa.Column("event_id", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("raw", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('handled', 'stored', 'quarantined', 'discarded')", name=op.f("ck_receipt_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("connection", "natural_key", name=op.f("uq_receipt_connection_natural_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("receipt", schema=None) as batch_op:
        batch_op.create_index(
            "ix_receipt_aside",
            ["state", "connection", "channel", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('stored', 'quarantined')"),
            postgresql_where=sa.text("state IN ('stored', 'quarantined')"),
        )

    op.create_table(
        "channel",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("state", sa.String(), server_default="ok", nullable=False),
        sa.Column("read_to", sa.String(), nullable=True),
        sa.Column("alerted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('ok', 'removed', 'archived', 'deleted')", name=op.f("ck_channel_state")),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_channel_account")),
        sa.PrimaryKeyConstraint("connection", "channel", name=op.f("pk_channel")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_person_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("agent", name=op.f("uq_person_agent")),
    )
    op.create_table(
        "identity",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("user", sa.String(), nullable=False),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("home", sa.String(), nullable=True),
        sa.Column("is_bot", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_guest", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_identity_person")),
        sa.PrimaryKeyConstraint("connection", "user", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_person"), ["person"], unique=False)

    op.create_table(
        "ticket",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("requester", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_customer_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_agent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_response_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("wants_person", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("priority IN ('urgent', 'high', 'normal', 'low')", name=op.f("ck_ticket_priority")),
        sa.CheckConstraint(
            "status IN ('new', 'open', 'pending', 'on_hold', 'resolved', 'closed')", name=op.f("ck_ticket_status")
        ),
        sa.CheckConstraint(
            "type IN ('question', 'incident', 'bug', 'account', 'request', 'feedback')", name=op.f("ck_ticket_type")
        ),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_ticket_account")),
        sa.ForeignKeyConstraint(["requester"], ["person.id"], name=op.f("fk_ticket_requester")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ticket")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_account"), ["account"], unique=False)
        batch_op.create_index(
            "ix_ticket_assignee",
            ["assignee", "number"],
            unique=False,
            sqlite_where=sa.text("assignee IS NOT NULL"),
            postgresql_where=sa.text("assignee IS NOT NULL"),
        )
        batch_op.create_index("ix_ticket_created", ["created_at"], unique=False)
        batch_op.create_index(
            "ix_ticket_open",
            ["number"],
            unique=False,
            sqlite_where=sa.text("status NOT IN ('resolved', 'closed')"),
            postgresql_where=sa.text("status NOT IN ('resolved', 'closed')"),
        )
        batch_op.create_index("ix_ticket_requester", ["requester", "number"], unique=False)
        batch_op.create_index(
            "ix_ticket_resolved",
            ["resolved_at"],
            unique=False,
            sqlite_where=sa.text("resolved_at IS NOT NULL"),
            postgresql_where=sa.text("resolved_at IS NOT NULL"),
        )

    op.create_table(
        "clock",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wake_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("warned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("length_seconds", sa.BigInteger(), nullable=False),
        sa.Column("paused_seconds", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("remaining_seconds", sa.BigInteger(), nullable=True),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('running', 'paused', 'met', 'breached')", name=op.f("ck_clock_state")),
        sa.CheckConstraint("target IN ('first_response', 'next_response', 'resolution')", name=op.f("ck_clock_target")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_clock_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index(
            "ix_clock_breached",
            ["breached_at"],
            unique=False,
            sqlite_where=sa.text("breached_at IS NOT NULL"),
            postgresql_where=sa.text("breached_at IS NOT NULL"),
        )
        batch_op.create_index(
            "ix_clock_met",
            ["met_at"],
            unique=False,
            sqlite_where=sa.text("met_at IS NOT NULL"),
            postgresql_where=sa.text("met_at IS NOT NULL"),
        )
        batch_op.create_index("ix_clock_ticket", ["ticket"], unique=False)
        batch_op.create_index(
            "ix_clock_wake",
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("wake_at IS NOT NULL"),
            postgresql_where=sa.text("wake_at IS NOT NULL"),
        )
        batch_op.create_index(
            "uq_clock_current",
            ["ticket", "target"],
            unique=True,
            sqlite_where=sa.text("met_at IS NULL"),
            postgresql_where=sa.text("met_at IS NULL"),
        )

    op.create_table(
        "conversation",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("private", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('customer', 'triage')", name=op.f("ck_conversation_side")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_conversation_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("id", "side", name=op.f("uq_conversation_id_side")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_ticket"), ["ticket"], unique=False)
        batch_op.create_index(
            "uq_conversation_place",
            ["connection", "channel", "thread"],
            unique=True,
            sqlite_where=sa.text("thread IS NOT NULL"),
            postgresql_where=sa.text("thread IS NOT NULL"),
        )

    op.create_table(
        "follower",
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["person"], ["person.id"], name=op.f("fk_follower_person")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_follower_ticket")),
        sa.PrimaryKeyConstraint("ticket", "person", name=op.f("pk_follower")),
    )
    op.create_table(
        "suggestion",
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("type", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.CheckConstraint(
            "type IN ('question', 'incident', 'bug', 'account', 'request', 'feedback')",
            name=op.f("ck_suggestion_type"),
        ),
        sa.CheckConstraint(
            "priority IN ('urgent', 'high', 'normal', 'low')",
            name=op.f("ck_suggestion_priority"),
        ),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_suggestion_ticket")),
        sa.PrimaryKeyConstraint("ticket", name=op.f("pk_suggestion")),
    )
    op.create_table(
        "timeline",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["person.id"], name=op.f("fk_timeline_actor")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_timeline_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timeline")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("timeline", schema=None) as batch_op:
        batch_op.create_index("ix_timeline_at", ["at"], unique=False)
        batch_op.create_index("ix_timeline_ticket", ["ticket", "id"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("conversation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("author", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("by_agent", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.Column("revisions", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connection", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("external", sa.String(), nullable=True),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.CheckConstraint(
            "NOT (audience = 'internal' AND side = 'customer')", name=op.f("ck_message_internal_stays_inside")
        ),
        sa.CheckConstraint("audience IN ('public', 'internal')", name=op.f("ck_message_audience")),
        sa.ForeignKeyConstraint(["author"], ["person.id"], name=op.f("fk_message_author")),
        sa.ForeignKeyConstraint(
            ["conversation", "side"],
            ["conversation.id", "conversation.side"],
            name=op.f("fk_message_conversation_side"),
        ),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_message_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_author"), ["author"], unique=False)
        batch_op.create_index("ix_message_conversation", ["conversation"], unique=False)
        batch_op.create_index("ix_message_recent", ["author", "connection", "channel", "at"], unique=False)
        batch_op.create_index("ix_message_ticket", ["ticket", "id"], unique=False)
        batch_op.create_index(
            "uq_message_external",
            ["connection", "channel", "external"],
            unique=True,
            sqlite_where=sa.text("external IS NOT NULL"),
            postgresql_where=sa.text("external IS NOT NULL"),
        )

    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("conversation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("side", sa.String(), nullable=True),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("urgency", sa.SmallInteger(), nullable=False),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("message", sa.String(), nullable=True),
        sa.Column("of_role", sa.String(), nullable=True),
        sa.Column("of_message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("person", sa.String(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=True),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("pings", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("subject", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("collapse", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "NOT (audience = 'internal' AND side = 'customer')", name=op.f("ck_outbox_internal_stays_inside")
        ),
        sa.CheckConstraint("audience IN ('public', 'internal')", name=op.f("ck_outbox_audience")),
        sa.CheckConstraint("state IN ('pending', 'sending', 'unknown', 'done', 'dead')", name=op.f("ck_outbox_state")),
        sa.CheckConstraint("(conversation IS NULL) = (side IS NULL)", name=op.f("ck_outbox_side_with_conversation")),
        sa.ForeignKeyConstraint(
            ["conversation", "side"], ["conversation.id", "conversation.side"], name=op.f("fk_outbox_conversation_side")
        ),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_outbox_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_conversation",
            ["conversation", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
        )
        batch_op.create_index(
            "ix_outbox_dead",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'dead'"),
            postgresql_where=sa.text("state = 'dead'"),
        )
        batch_op.create_index(
            "ix_outbox_in_flight",
            ["connection", "channel"],
            unique=False,
            sqlite_where=sa.text("state IN ('sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('sending', 'unknown')"),
        )
        batch_op.create_index("ix_outbox_ticket", ["ticket"], unique=False)
        batch_op.create_index(
            "ix_outbox_waiting",
            ["connection", "channel", "urgency", "id"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
        )
        batch_op.create_index(
            "uq_outbox_collapse",
            ["collapse"],
            unique=True,
            sqlite_where=sa.text("state = 'pending' AND collapse IS NOT NULL"),
            postgresql_where=sa.text("state = 'pending' AND collapse IS NOT NULL"),
        )

    op.create_table(
        "attachment",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("blob", sa.String(), nullable=True),
        sa.Column("problem", sa.String(), nullable=True),
        sa.CheckConstraint("state IN ('wanted', 'kept', 'refused', 'failed')", name=op.f("ck_attachment_state")),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name=op.f("fk_attachment_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_message"), ["message"], unique=False)

    op.create_table(
        "revision",
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("spans", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["message.id"], name=op.f("fk_revision_message")),
        sa.PrimaryKeyConstraint("message", "number", name=op.f("pk_revision")),
    )
    op.create_table(
        "sent",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=True),
        sa.Column("ticket", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("conversation", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("of_message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["of_message"], ["message.id"], name=op.f("fk_sent_of_message")),
        sa.ForeignKeyConstraint(["ticket"], ["ticket.number"], name=op.f("fk_sent_ticket")),
        sa.PrimaryKeyConstraint("connection", "channel", "message", name=op.f("pk_sent")),
    )
    with op.batch_alter_table("sent", schema=None) as batch_op:
        batch_op.create_index(
            "ix_sent_of_message",
            ["of_message"],
            unique=False,
            sqlite_where=sa.text("of_message IS NOT NULL"),
            postgresql_where=sa.text("of_message IS NOT NULL"),
        )
        batch_op.create_index("ix_sent_ticket_role", ["ticket", "role"], unique=False)
