"""How a ticket's threads stand where the platform can show it: put away when it is solved, locked when it is closed,
with tags for status and priority. The ticket is the truth, the thread a view of it."""

from typing import Any

from core.language.facts import TicketFacts
from core.language.wording import Voice
from core.language.words import PRIORITIES, STATUSES, Side


def standing(voice: Voice, ticket: TicketFacts, side: Side) -> dict[str, Any]:
    """The arguments of a `set_thread`. The team's own thread has no tags and is never locked."""
    ours = side == "customer"
    return {
        "archived": ticket.status in ("resolved", "closed"),
        "locked": ours and ticket.status == "closed",
        "tags": _worded(voice.say(f"tag_{ticket.status}"), voice.say(f"tag_{ticket.priority}")) if ours else [],
        "among": _worded(*(voice.say(f"tag_{word}") for word in (*STATUSES, *PRIORITIES))) if ours else [],
    }


def _worded(*names: str) -> list[str]:
    """Without those that the desk does not use, and each once."""
    return list(dict.fromkeys(found for name in names if (found := name.strip())))
