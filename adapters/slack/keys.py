"""How a post is marked, so that it can be found again when its outcome is not known."""

import uuid
from collections.abc import Mapping
from typing import Any, Final

from adapters.slack.payloads import Payload, maybe

# Metadata is visible to every app in the channel, so it holds the key and nothing of a ticket.
_EVENT_TYPE: Final = "deskhand"
_CLIENT_IDS: Final = uuid.UUID("6f0d5b36-52a5-4f35-9f6b-0c0c7d1f1f55")


def metadata(key: str) -> Mapping[str, Any]:
    return {"event_type": _EVENT_TYPE, "event_payload": {"key": key}}


def client_id(key: str) -> str:
    """`client_msg_id` of a key. Slack documents none for apps, so it helps to find a message and no more."""
    return str(uuid.uuid5(_CLIENT_IDS, key))


def key_of(message: Payload) -> str | None:
    found = maybe(message, "metadata", "event_type") == _EVENT_TYPE
    return maybe(message, "metadata", "event_payload", "key") if found else None
