"""What the desk asked of the sandbox's Web API, all of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from support.whole_desk import People

from sandbox.traffic import Record


class Calls(list[Record]):
    """In the order in which they ended."""

    def of(self, method: str, *, channel: str = "", text: str = "") -> list[Record]:
        return [
            call
            for call in self
            if call.name == method
            and channel in ("", call.channel)
            and text in str((call.request or {}).get("text", ""))
        ]


@contextmanager
def calls(people: People) -> Iterator[Calls]:
    """Collects them while open."""
    found = Calls()
    unsubscribe = people.sandbox.traffic.subscribe(
        lambda record: found.append(record) if record.kind == "api" else None
    )
    try:
        yield found
    finally:
        unsubscribe()
