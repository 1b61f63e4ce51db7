"""What the outcome of an effect means for the desk: what was made is noted, so that it is found again; what was
fetched is kept; what could not be done is told to those who have to know.

Runs in the transaction that settles the outbox row, so the note and the row's state are one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Integer, bindparam, case, delete, exists, func, insert, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert as upsert_postgresql
from sqlalchemy.dialects.sqlite import insert as upsert_sqlite

from core.cards import notices
from core.desk import footing, naming
from core.language.effects import Delivered, Live, PersonProfile
from core.language.facts import Suggestion
from core.language.places import MessageRef, Place
from core.language.policy import Policy
from core.language.text import clean
from core.ports import DeliveryError, RefusedByPlatform
from core.store import outbox, queries, writes
from core.store import tables as t
from core.store.claims import Row
from core.store.engine import Tx
from core.store.outbox import Effect


class Hooks(Protocol):
    """What the rest of the desk does when something has come in or gone wrong, in the same transaction."""

    def on_person(self, tx: Tx, person: int) -> None:
        """A person's profile is up to date; their name may be another."""
        ...

    def on_group(self, tx: Tx, connection: str, group: str) -> None:
        """The members of a platform's group are up to date."""
        ...

    def on_file(self, tx: Tx, attachment: int, *, known_as: str) -> None:
        """An attachment's bytes are kept now. `known_as` is what it was called before they came."""
        ...

    def on_upload(self, tx: Tx, ticket: int, message: int) -> None:
        """A file of a message is shown on the other side now."""
        ...

    def on_backfill(self, tx: Tx, row: Row, raws: Sequence[Mapping[str, Any]]) -> None:
        """The earlier messages of a thread, as payloads, oldest first."""
        ...

    def on_suggestion(self, tx: Tx, ticket: int, suggestion: Suggestion) -> None:
        """A language model has suggested something for a ticket."""
        ...

    def on_problem(self, tx: Tx, ticket: int) -> None:
        """A ticket's `problem` has come or gone."""
        ...

    def on_begun(self, tx: Tx, ticket: int) -> None:
        """The desk has begun a conversation with a ticket's customer: where that is, and who reads it, is known now."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """`now` is the desk's time."""

    now: datetime
    policy: Policy
    hooks: Hooks


# --- it was carried out --------------------------------------------------------------------------------------


def settle(tx: Tx, row: Row, delivered: Delivered, context: Context) -> None:
    """Raises ValueError for an unknown purpose, or when what the purpose needs was not delivered."""
    match row.purpose:
        case "card" | "receipt" | "copy" | "reply" | "status" | "reminder" | "digest" | "alert" | "panel" | "dm":
            _posted(tx, row, delivered, row.purpose, context)
        case "upload":
            _posted(tx, row, delivered, row.purpose, context)
            if row.ticket is not None and row.subject is not None:
                context.hooks.on_upload(tx, row.ticket, row.subject)
        case "root_receipt":
            _posted(tx, row, delivered, "receipt", context)
        case "profile":
            _profile(tx, delivered, context)
        case "group":
            _group(tx, row, delivered, context)
        case "file":
            _file(tx, row, delivered, context)
        case "backfill":
            context.hooks.on_backfill(tx, row, delivered.raws)
        case "suggestion":
            if row.ticket is not None and delivered.suggestion is not None:
                context.hooks.on_suggestion(tx, row.ticket, delivered.suggestion)
        case "thread" | "nothing":
            pass
        case _:
            raise ValueError(f"the outbox row {row.id} has the unknown purpose {row.purpose!r}")


def _sent(make: Any) -> Any:
    return make(t.sent).on_conflict_do_nothing()


_add_sent = {"sqlite": _sent(upsert_sqlite), "postgresql": _sent(upsert_postgresql)}
_set_thread = (
    update(t.conversation)
    .where(t.conversation.c.id == bindparam("which"), t.conversation.c.thread.is_(None))
    .values(thread=bindparam("new_thread"), private=bindparam("alone"))
)
# Of the same answer something could not be sent, which is not made good by the rest of it.
_lacks_a_part = exists().where(
    t.outbox.c.ticket == bindparam("which"),
    t.outbox.c.subject == bindparam("answer", type_=Integer),
    t.outbox.c.purpose == literal_column("'reply'"),
    t.outbox.c.state == literal_column("'dead'"),
)
_clear_problem = (
    update(t.ticket)
    .where(t.ticket.c.number == bindparam("which"), t.ticket.c.problem.is_not(None), ~_lacks_a_part)
    .values(problem=None)
    .returning(t.ticket.c.number)
)


def _posted(tx: Tx, row: Row, delivered: Delivered, role: str, context: Context) -> None:
    if row.kind == "ephemeral":  # has no id that anything could be found by
        return
    ref = delivered.ref
    if ref is None:
        raise ValueError(f"the platform says nothing of where the {row.purpose} of outbox row {row.id} is")
    about_message = role in ("copy", "reply", "upload")
    tx.execute(
        _add_sent[tx.dialect],
        {
            "connection": ref.connection,
            "channel": ref.channel,
            "message": ref.message,
            "thread": ref.thread,
            "ticket": row.ticket,
            "conversation": row.conversation,
            "role": outbox.role_of(role, row.shown.part if isinstance(row.shown, Live) else 0),
            "of_message": row.subject if about_message else None,
            "at": context.now,
        },
    )
    if row.kind == "dm":
        writes.know_channel(tx, ref.connection, ref.channel, read_to=ref.message)
    if row.conversation is not None and row.purpose in ("card", "root_receipt"):
        _make_thread(tx, row.conversation, ref, private=delivered.private)
        if row.purpose == "root_receipt" and row.ticket is not None:
            context.hooks.on_begun(tx, row.ticket)
    if delivered.crowded:
        _alert(tx, row, context, "threads_full")
    if row.side == "customer" and row.ticket is not None:
        _talking_again(tx, row, row.ticket, context)


def _make_thread(tx: Tx, conversation: int, root: MessageRef, *, private: bool) -> None:
    """What waits for this thread can go."""
    tx.execute(_set_thread, {"which": conversation, "new_thread": root.as_root.thread, "alone": private})
    tx.wake(outbox.WAKE)


def _talking_again(tx: Tx, row: Row, ticket: int, context: Context) -> None:
    answer = row.subject if row.purpose in ("reply", "upload") else None
    if tx.execute(_clear_problem, {"which": ticket, "answer": answer}).first() is not None:
        writes.set_channel_state(tx, row.connection, row.channel, "ok")
        context.hooks.on_problem(tx, ticket)


_person_of = (
    update(t.identity)
    .where(t.identity.c.connection == bindparam("on"), t.identity.c.user == bindparam("who"))
    .values(
        name=func.coalesce(bindparam("new_name"), t.identity.c.name),
        home=func.coalesce(bindparam("new_home"), t.identity.c.home),
        is_bot=bindparam("bot"),
        is_deleted=bindparam("deleted"),
        is_guest=bindparam("guest"),
        fetched_at=bindparam("now"),
    )
    .returning(t.identity.c.person)
)
# Agents are called what desk.yaml calls them.
_set_person = (
    update(t.person)
    .where(t.person.c.id == bindparam("which"))
    .values(
        name=case(
            (t.person.c.agent.is_(None), func.coalesce(bindparam("new_name"), t.person.c.name)), else_=t.person.c.name
        ),
        email=func.coalesce(bindparam("new_email"), t.person.c.email),
        timezone=func.coalesce(bindparam("new_timezone"), t.person.c.timezone),
    )
)


def _profile(tx: Tx, delivered: Delivered, context: Context) -> None:
    profile = delivered.profile
    if profile is None:
        raise ValueError("the platform says nothing of a person")
    person = tx.execute(_person_of, _identity_values(profile, context.now)).scalar_one_or_none()
    if person is None:  # erased meanwhile
        return
    tx.execute(
        _set_person,
        {
            "which": person,
            "new_name": profile.name or None,
            "new_email": profile.email,
            "new_timezone": profile.timezone,
        },
    )
    context.hooks.on_person(tx, person)


def _identity_values(profile: PersonProfile, now: datetime) -> dict[str, Any]:
    return {
        "on": profile.identity.connection,
        "who": profile.identity.user,
        "new_name": profile.name or None,
        "new_home": profile.home,
        "bot": profile.is_bot,
        "deleted": profile.is_deleted,
        "guest": profile.is_guest,
        "now": now,
    }


_empty_group = delete(t.group_member).where(
    t.group_member.c.connection == bindparam("on"), t.group_member.c.group == bindparam("which")
)
_add_member = insert(t.group_member)


def _group(tx: Tx, row: Row, delivered: Delivered, context: Context) -> None:
    group = str(row.args["group"])
    footing.group_read(tx, row.connection, group, context.now)
    if delivered.members is None:  # the platform has no groups, or does not say; whoever was in it stays
        return
    tx.execute(_empty_group, {"on": row.connection, "which": group})
    members = sorted(set(delivered.members))
    if members:
        tx.execute(_add_member, [{"connection": row.connection, "group": group, "user": user} for user in members])
    context.hooks.on_group(tx, row.connection, group)


_file_name = select(t.attachment.c.name).where(t.attachment.c.id == bindparam("which"))
_keep_file = (
    update(t.attachment)
    .where(t.attachment.c.id == bindparam("which"), t.attachment.c.state == "wanted")
    .values(
        state="kept",
        blob=bindparam("new_blob"),
        size=bindparam("new_size"),
        name=func.coalesce(bindparam("new_name"), t.attachment.c.name),
        type=func.coalesce(bindparam("new_type"), t.attachment.c.type),
        problem=None,
    )
    .returning(t.attachment.c.id)
)
_lose_file = (
    update(t.attachment)
    .where(t.attachment.c.id == bindparam("which"), t.attachment.c.state == "wanted")
    .values(state=bindparam("new_state"), problem=bindparam("why"))
)


def _file(tx: Tx, row: Row, delivered: Delivered, context: Context) -> None:
    if delivered.blob is None or delivered.size is None:
        raise ValueError("a file was fetched and its bytes are nowhere")
    kept: dict[str, Any] = {"which": row.subject, "new_blob": delivered.blob, "new_size": delivered.size}
    kept["new_name"] = clean(delivered.file_name, 255) or None if delivered.file_name else None
    kept["new_type"] = clean(delivered.file_type, 100) or None if delivered.file_type else None
    known_as = tx.execute(_file_name, {"which": row.subject}).scalar_one_or_none()
    attachment = tx.execute(_keep_file, kept).scalar_one_or_none()
    if attachment is not None:
        context.hooks.on_file(tx, attachment, known_as=known_as or "")


# --- it was given up -----------------------------------------------------------------------------------------

_seen_person = (
    update(t.identity)
    .where(t.identity.c.connection == bindparam("on"), t.identity.c.user == bindparam("who"))
    .values(fetched_at=bindparam("now"))
)


def failed(tx: Tx, row: Row, error: DeliveryError, context: Context) -> None:
    """A row became a dead letter. The caller has locked its ticket."""
    gone = isinstance(error, RefusedByPlatform) and error.gone
    if row.ticket is not None:
        _write_timeline(tx, row, row.ticket, error, context)
    match row.purpose:
        case "file":
            state = "refused" if isinstance(error, RefusedByPlatform) else "failed"
            tx.execute(_lose_file, {"which": row.subject, "new_state": state, "why": error.code})
        case "group":
            footing.group_read(tx, row.connection, str(row.args["group"]), context.now)
        case "profile":
            # Not asked for again at once: what the platform does not tell today it may tell some other day.
            tx.execute(_seen_person, {"on": row.connection, "who": row.person, "now": context.now})
    if gone and row.channel:
        state = "archived" if "archiv" in error.code.lower() else "removed"
        writes.set_channel_state(tx, row.connection, row.channel, state)
    if row.ticket is not None and row.side == "customer" and (gone or row.purpose in ("reply", "upload")):
        key = "problem_gone" if gone else "problem_reply"
        writes.change_ticket(tx, row.ticket, problem=context.policy.voice.say(key, why=error.code))
        context.hooks.on_problem(tx, row.ticket)
    if row.purpose in _WORTH_TELLING:
        _alert(tx, row, context, "delivery_failed", gone=gone, why=error.code)
    elif row.purpose == "thread" and not gone:
        _alert(tx, row, context, "thread_failed", why=str(error))


# Posts that somebody waits for. An alert that failed is not among them, so that no alert brings about another.
_WORTH_TELLING = ("card", "receipt", "root_receipt", "copy", "reply", "upload", "status", "reminder", "digest", "panel")


def _write_timeline(tx: Tx, row: Row, ticket: int, error: DeliveryError, context: Context) -> None:
    details = {"effect": row.id, "kind": row.kind, "purpose": row.purpose, "code": error.code, "channel": row.channel}
    entry = {
        "ticket": ticket,
        "at": context.now,
        "actor": None,
        "event": "delivery_failed",
        "cause": "delivery",
        "details": details,
    }
    writes.add_timeline(tx, [entry])


def _alert(tx: Tx, row: Row, context: Context, key: str, *, gone: bool = False, **values: str) -> None:
    """Tells the team, once a day for each channel, unless where it would be told is what is closed."""
    place = _triage(tx, row, context.policy)
    lane = (row.connection, row.channel)
    if place is None or (gone and lane == (place.connection, place.channel)):
        return
    slot = f"{key}:{row.connection}:{row.channel}:{context.now.date()}"
    if not writes.once(tx, "alert", slot, context.now):
        return
    where = naming.channel_link(tx.connection, context.policy.voice, row.connection, row.channel or "")
    card = notices.line(context.policy.voice, key, channel=where, **values)
    if card is None:
        return
    alert = Effect(
        kind="post",
        connection=place.connection,
        channel=place.channel,
        thread=place.thread,
        urgency="reminder",
        purpose="alert",
        shown=card,
    )
    outbox.enqueue(tx, [alert])


def _triage(tx: Tx, row: Row, policy: Policy) -> Place | None:
    """Where the team reads that answers for this row's ticket, or for its channel."""
    ticket = queries.ticket(tx.connection, row.ticket) if row.ticket is not None else None
    team = policy.team_by_id.get(ticket.team) if ticket and ticket.team else None
    if team:
        return team.triage
    account, _ = policy.channel.get(Place(row.connection, row.channel), (None, None))
    team = policy.team_for(account)
    return team.triage if team else None
