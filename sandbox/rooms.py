"""The messages of one channel, indexed so that nothing costs more with a long history."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from dataclasses import dataclass, field

from sandbox.model import Message


@dataclass(slots=True)
class Room:
    """`by_id` has every message; `top` the ids at the top level (broadcast replies included), `threads` the ids of the
    replies of each root; both sorted, which for ids of equal length is by time."""

    by_id: dict[str, Message] = field(default_factory=dict)
    top: list[str] = field(default_factory=list)
    threads: dict[str, list[str]] = field(default_factory=dict)

    def add(self, message: Message) -> None:
        self.by_id[message.id] = message
        if message.thread is None or message.broadcast:
            _insert(self.top, message.id)
        if message.thread is not None:
            _insert(self.threads.setdefault(message.thread, []), message.id)

    def remove(self, message: Message) -> None:
        del self.by_id[message.id]
        if message.thread is None or message.broadcast:
            del self.top[bisect_left(self.top, message.id)]
        if message.thread is not None:
            replies = self.threads[message.thread]
            del replies[bisect_left(replies, message.id)]
            if not replies:
                del self.threads[message.thread]

    def replies(self, root: str) -> list[str]:
        return self.threads.get(root, [])

    def newest_first(self, after: str, before: str, *, inclusive: bool) -> Iterator[Message]:
        """Top-level messages between two ids (empty: open end), newest first."""
        low = 0 if not after else (bisect_left if inclusive else bisect_right)(self.top, after)
        high = len(self.top) if not before else (bisect_right if inclusive else bisect_left)(self.top, before)
        for place in range(high - 1, low - 1, -1):
            yield self.by_id[self.top[place]]

    def count_after(self, message_id: str) -> int:
        """How many top-level messages are newer than this id."""
        return len(self.top) - bisect_right(self.top, message_id)


def _insert(ids: list[str], message_id: str) -> None:
    if not ids or message_id > ids[-1]:
        ids.append(message_id)
    else:
        insort(ids, message_id)
