"""Every table. Constraints carry the invariants, so that wrong code fails instead of storing something wrong.

Times are UTC. `*_at` of people's matters (created, due, met, …) follow the desk's Clock; those of machinery
(leases, attempts, receipts) are real time.
"""

from core.store.tables.base import metadata
from core.store.tables.directory import account, channel, group_member, identity, person
from core.store.tables.journey import job_run, lane, meta, outbox, receipt
from core.store.tables.tickets import (
    attachment,
    clock,
    conversation,
    follower,
    message,
    model_use,
    reaction,
    revision,
    sent,
    suggestion,
    ticket,
    timeline,
)

__all__ = [
    "account",
    "attachment",
    "channel",
    "clock",
    "conversation",
    "follower",
    "group_member",
    "identity",
    "job_run",
    "lane",
    "message",
    "meta",
    "metadata",
    "model_use",
    "outbox",
    "person",
    "reaction",
    "receipt",
    "revision",
    "sent",
    "suggestion",
    "ticket",
    "timeline",
]
