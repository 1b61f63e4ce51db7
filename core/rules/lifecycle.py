"""What becomes of a ticket's status when something happens: one table.

A cell names the status afterwards; the same status as before means that nothing changes. A happening that is not in
a status' row is refused in words. `closed` is final: who writes there again gets a new ticket, a follow-up, which is
for whoever catches the refusal to open.
"""

from collections.abc import Mapping
from typing import Literal

from core.language.errors import Refused
from core.language.words import Status

Happening = Literal[
    "claimed",
    "assigned",
    "released",
    "replied_public",
    "noted",
    "customer_wrote",
    "set_pending",
    "set_on_hold",
    "resolved",
    "customer_solved",
    "reopened",
    "closed",
]

TABLE: Mapping[Status, Mapping[Happening, Status]] = {
    "new": {
        "claimed": "open",
        "assigned": "open",
        "released": "new",
        "replied_public": "open",
        "noted": "new",
        "customer_wrote": "new",
        "set_pending": "pending",
        "set_on_hold": "on_hold",
        "resolved": "resolved",
        "customer_solved": "resolved",
        "reopened": "new",
    },
    "open": {
        "claimed": "open",
        "assigned": "open",
        "released": "open",
        "replied_public": "open",
        "noted": "open",
        "customer_wrote": "open",
        "set_pending": "pending",
        "set_on_hold": "on_hold",
        "resolved": "resolved",
        "customer_solved": "resolved",
        "reopened": "open",
    },
    # Claiming or answering does not end the wait: it ends when the customer writes, or by taking it up again.
    "pending": {
        "claimed": "pending",
        "assigned": "pending",
        "released": "pending",
        "replied_public": "pending",
        "noted": "pending",
        "customer_wrote": "open",
        "set_pending": "pending",
        "set_on_hold": "on_hold",
        "resolved": "resolved",
        "customer_solved": "resolved",
        "reopened": "open",
    },
    "on_hold": {
        "claimed": "on_hold",
        "assigned": "on_hold",
        "released": "on_hold",
        "replied_public": "on_hold",
        "noted": "on_hold",
        "customer_wrote": "open",
        "set_pending": "pending",
        "set_on_hold": "on_hold",
        "resolved": "resolved",
        "customer_solved": "resolved",
        "reopened": "open",
    },
    "resolved": {
        "replied_public": "resolved",
        "noted": "resolved",
        "customer_wrote": "open",
        "resolved": "resolved",
        "customer_solved": "resolved",
        "reopened": "open",
        "closed": "closed",
    },
    "closed": {
        "noted": "closed",
        "resolved": "closed",
        "customer_solved": "closed",
        "closed": "closed",
    },
}

# What asks for a status, and those in which it is there already: repeating it is no error, and does nothing.
_ASKS_FOR: Mapping[Happening, frozenset[Status]] = {
    "set_pending": frozenset({"pending"}),
    "set_on_hold": frozenset({"on_hold"}),
    "resolved": frozenset({"resolved", "closed"}),
    "customer_solved": frozenset({"resolved", "closed"}),
    "reopened": frozenset({"new", "open"}),
    "closed": frozenset({"closed"}),
}


def after(status: Status, happening: Happening) -> Status:
    """The status afterwards. Raises Refused("closed" | "resolved" | "not_resolved") with what to do instead."""
    found = TABLE[status].get(happening)
    if found is not None:
        return found
    if status == "closed":
        raise Refused("closed")
    if status == "resolved":
        raise Refused("resolved")
    raise Refused("not_resolved")


def is_already(status: Status, happening: Happening) -> bool:
    """Whether somebody asks for a status that the ticket has."""
    return status in _ASKS_FOR.get(happening, ())
