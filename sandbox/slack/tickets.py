"""What Slack hands out for later use: trigger ids, response addresses, upload addresses, websocket tickets."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Final

from sandbox.slack import limits
from sandbox.slack.errors import SlackError

KEPT_SECONDS: Final = 60.0
"""A used or old trigger id is told apart from an unknown one for that long."""


def new_id(prefix: str, length: int = 9) -> str:
    """An id in Slack's manner: capital letters and digits."""
    alphabet = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
    return prefix + "".join(secrets.choice(alphabet) for _ in range(length))


@dataclass(slots=True)
class Trigger:
    person: str
    made: float
    channel: str
    message: str
    form: str
    used: bool = False


@dataclass(slots=True)
class ResponseAddress:
    """Where an app may answer an interaction. `message` is the one it came from (empty: none), `ephemeral` its kind."""

    person: str
    channel: str
    message: str
    ephemeral: bool
    made: float
    uses: int = 0


class Tickets:
    def __init__(self, trigger_seconds: float) -> None:
        self._trigger_seconds = trigger_seconds
        self._triggers: dict[str, Trigger] = {}
        self.responses: dict[str, ResponseAddress] = {}
        self.sockets: dict[str, float] = {}

    def trigger(self, person: str, channel: str = "", message: str = "", form: str = "") -> str:
        """A trigger id that opens a modal for that person within its few seconds, once."""
        now = time.monotonic()
        for old in [key for key, one in self._triggers.items() if now - one.made > KEPT_SECONDS]:
            del self._triggers[old]
        trigger_id = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[trigger_id] = Trigger(person, now, channel, message, form)
        return trigger_id

    def exchange(self, trigger_id: str) -> Trigger:
        """Raises `SlackError` when it is unknown, used or too old."""
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise SlackError("invalid_trigger_id")
        if trigger.used:
            raise SlackError("exchanged_trigger_id")
        if time.monotonic() - trigger.made > self._trigger_seconds:
            raise SlackError("expired_trigger_id")
        trigger.used = True
        return trigger

    def response_address(self, person: str, channel: str, message: str = "", *, ephemeral: bool = False) -> str:
        """The token at the end of a response_url."""
        now = time.monotonic()
        for old in [key for key, one in self.responses.items() if now - one.made > 2 * limits.RESPONSE_URL_SECONDS]:
            del self.responses[old]
        token = secrets.token_urlsafe(18)
        self.responses[token] = ResponseAddress(person, channel, message, ephemeral, now)
        return token

    def use_response(self, token: str) -> ResponseAddress:
        """Raises `SlackError` when it is unknown, used up or too old."""
        address = self.responses.get(token)
        if address is None or time.monotonic() - address.made > limits.RESPONSE_URL_SECONDS:
            raise SlackError("expired_url")
        if address.uses >= limits.RESPONSE_URL_USES:
            raise SlackError("used_url")
        address.uses += 1
        return address

    def socket(self) -> str:
        """A ticket for one websocket, good for half a minute."""
        now = time.monotonic()
        self.sockets = {key: made for key, made in self.sockets.items() if now - made < 30}
        ticket = secrets.token_urlsafe(24)
        self.sockets[ticket] = now
        return ticket

    def take_socket(self, ticket: str) -> bool:
        made = self.sockets.pop(ticket, None)
        return made is not None and time.monotonic() - made < 30
