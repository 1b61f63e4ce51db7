"""Interactions that were handed to the app: their tokens, whether they were answered, until when they hold.

Source: docs.discord.com, Interactions, Receiving and Responding.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import Any, Final

from sandbox.discord.errors import DiscordError

TOKEN_SECONDS: Final = 900.0

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = range(1, 6)


@dataclass(eq=False, slots=True)
class Interaction:
    """`made` is by the machine's clock. `original` is the id of the first answer's message, empty before; `source` of
    the message with the component."""

    id: str
    kind: int
    name: str
    person: str
    channel: str
    made: float
    ack_seconds: float
    source: str = ""
    token: str = field(default_factory=lambda: "aW50ZXJhY3Rpb24" + secrets.token_urlsafe(48))
    original: str = ""
    ephemeral: bool = False
    deferred: bool = False
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    answer: dict[str, Any] = field(default_factory=dict)


class Interactions:
    def __init__(self) -> None:
        self._by_id: dict[str, Interaction] = {}
        self._by_token: dict[str, Interaction] = {}

    def add(self, one: Interaction) -> Interaction:
        for old in [each for each in self._by_id.values() if time.monotonic() - each.made > 2 * TOKEN_SECONDS]:
            del self._by_id[old.id]
            del self._by_token[old.token]
        self._by_id[one.id] = one
        self._by_token[one.token] = one
        return one

    def to_answer(self, interaction_id: str, token: str) -> Interaction:
        """For the first answer: 10062 when unknown or too late, 40060 when it had one."""
        one = self._by_id.get(interaction_id)
        if one is None or one.token != token:
            raise DiscordError(10062)
        if one.answered.is_set():
            raise DiscordError(40060)
        if time.monotonic() - one.made > one.ack_seconds:
            raise DiscordError(10062)
        return one

    def by_token(self, token: str) -> Interaction:
        """For what follows: 50027 when it is over, 10015 before the first answer."""
        one = self._by_token.get(token)
        if one is None:
            raise DiscordError(10015)
        if time.monotonic() - one.made > TOKEN_SECONDS:
            raise DiscordError(50027)
        if not one.answered.is_set():
            raise DiscordError(10015)
        return one

    def expire(self, interaction_id: str) -> None:
        """Let its quarter of an hour be over now."""
        one = self._by_id.get(interaction_id)
        if one is not None:
            one.made -= TOKEN_SECONDS + 1
