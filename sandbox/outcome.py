"""What became of something that the app was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_TEXTS: Final = {
    "timeout": "The app did not answer in time.",
    "http_timeout": "The app did not answer in time.",
    "operation_timeout": "The app did not answer in time.",
    "not_connected": "The app is not connected.",
    "connection_failed": "The app cannot be reached.",
    "http_error": "The app answered with an error.",
    "dispatch_failed": "The app cannot be reached.",
    "interactivity_disabled": "The app is not configured to handle interactive responses.",
    "invalid_options": "The app's options are not as the platform takes them.",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`body` is the ack's payload (None: there was none). `reason` is the platform's word for what went wrong."""

    ok: bool
    body: Any = None
    reason: str = ""
    ms: float | None = None


def sentence(reason: str) -> str:
    """What went wrong, for people."""
    return _TEXTS.get(reason, f"The app's answer was not taken: {reason}.")
