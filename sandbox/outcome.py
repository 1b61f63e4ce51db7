"""What became of something that the app was asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Outcome:
    """`body` is the ack's payload (None: there was none). `reason` is the platform's word for what went wrong."""

    ok: bool
    body: Any = None
    reason: str = ""
    ms: float | None = None
