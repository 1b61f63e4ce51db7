"""What looking at an install says of one thing."""

from dataclasses import asdict, dataclass
from typing import Literal

State = Literal["ok", "warn", "fail", "skipped"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `skipped`: it could not be looked at, which is no fault. `remedy` is empty when ok."""

    check: str
    state: State
    detail: str
    remedy: str = ""

    def shown(self) -> dict[str, str]:
        return asdict(self)
