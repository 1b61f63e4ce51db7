"""Facts as `--json` shows them; the keys are a contract, described in docs/command-line.md."""

from collections.abc import Iterable
from typing import Any

from bot.cli.printing import instant
from core.language.facts import ClockFacts, MessageFacts, TimelineEntry
from core.store.outbox import DeadLetter
from core.store.receipts import Aside
from core.store.records import Record


def ticket(record: Record) -> dict[str, Any]:
    facts = record.ticket
    return {
        "number": facts.number,
        "ref": facts.ref,
        "status": facts.status,
        "priority": facts.priority,
        "type": facts.type,
        "category": facts.category,
        "tags": list(facts.tags),
        "subject": facts.subject,
        "description": facts.description,
        "account": facts.account,
        "team": facts.team,
        "assignee": facts.assignee,
        "requester": {
            "name": facts.requester_name,
            "email": record.email,
            "identities": [{"connection": i.connection, "user": i.user} for i in record.identities],
        },
        "created_at": instant(facts.created_at),
        "updated_at": instant(facts.updated_at),
        "first_response_at": instant(facts.first_response_at),
        "resolved_at": instant(facts.resolved_at),
        "closed_at": instant(facts.closed_at),
        "clocks": [clock(each) for each in record.clocks],
        "conversations": [
            {"side": c.side, "connection": c.connection, "channel": c.channel, "thread": c.thread}
            for c in record.conversations
        ],
    }


def clock(facts: ClockFacts) -> dict[str, Any]:
    return {
        "target": facts.target,
        "policy": facts.policy,
        "state": facts.state,
        "due_at": instant(facts.due_at),
        "met_at": instant(facts.met_at),
        "breached_at": instant(facts.breached_at),
    }


def message(facts: MessageFacts) -> dict[str, Any]:
    """A message that its author has deleted says when, and its words no more."""
    out: dict[str, Any] = {
        "at": instant(facts.at),
        "author": facts.author_name,
        "audience": facts.audience,
        "body": "" if facts.deleted_at else facts.body,
        "attachments": [{"name": a.name, "type": a.type, "size": a.size} for a in facts.attachments],
        "revisions": facts.revisions,
    }
    return out | ({"deleted_at": instant(facts.deleted_at)} if facts.deleted_at else {})


def timeline(entries: Iterable[TimelineEntry]) -> list[dict[str, Any]]:
    return [
        {
            "at": instant(entry.at),
            "actor": entry.actor,
            "event": entry.event,
            "cause": entry.cause,
            "details": entry.details,
        }
        for entry in entries
    ]


def dead_letter(facts: DeadLetter) -> dict[str, Any]:
    return {
        "id": facts.id,
        "kind": facts.kind,
        "purpose": facts.purpose,
        "connection": facts.connection,
        "channel": facts.channel,
        "ticket": facts.ticket,
        "attempts": facts.attempts,
        "error": facts.error,
        "created_at": instant(facts.created_at),
        "settled_at": instant(facts.settled_at),
    }


def quarantined(facts: Aside) -> dict[str, Any]:
    return {
        "id": facts.id,
        "connection": facts.connection,
        "channel": facts.channel,
        "event": facts.natural_key,
        "error": facts.error,
        "attempts": facts.attempts,
        "received_at": instant(facts.received_at),
        "next_attempt_at": instant(facts.next_attempt_at),
    }
