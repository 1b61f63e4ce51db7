"""How a post is marked, so that it can be found again when its outcome is not known.

Discord does not show a nonce to those who read a channel later, but it keeps the number that a component was given:
the first component's `id` is made of the key.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from adapters.discord.limits import NONCE
from adapters.discord.payloads import Payload, maybe, sequence


def nonce(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[: NONCE - 1]


def mark(key: str) -> int:
    """A component's id: 1 to 2**31 - 1. High enough to meet none of those that Discord counts up from 1."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % (2**31 - 2**16) + 2**16


def is_marked(message: Payload, key: str) -> bool:
    first: Any = next(iter(sequence(message, "components")), None)
    marked = isinstance(first, Mapping) and first.get("id") == mark(key)
    return marked or maybe(message, "nonce") == nonce(key)
