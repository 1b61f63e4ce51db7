"""Looks at the raw bytes of a signed webhook before anything parses them
(https://docs.slack.dev/authentication/verifying-requests-from-slack).

Frameworks behind it raise on a timestamp of letters, a signature that is not ASCII, a body that is a list, or JSON
that is a thousand deep; here these are answered with 4xx.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect, Request

# Slack's largest are interactions on long messages: 40,000 characters, twice, form-encoded.
LARGEST_BODY: Final = 3 * 1024 * 1024
# Slack's oldest acceptable timestamp, in seconds.
_OLDEST: Final = 300
# Nested objects and lists; see `adapters.slack.payloads.DEEPEST`.
_DEEPEST: Final = 60
_FORM: Final = "application/x-www-form-urlencoded"
# Slack checks a certificate with a request that it does not sign, and looks at nothing but the status.
_SSL_CHECK = re.compile(rb"(?:token=[\w-]*&)?ssl_check=1(?:&token=[\w-]*)?")


@dataclass(frozen=True, slots=True)
class Answered:
    """What to answer without looking further."""

    status: int
    reason: str


async def read_body(request: Request) -> bytes | None:
    """The body, or None when it is too large. Raises ClientDisconnect."""
    out = bytearray()
    more = True
    # Not `request.stream()`: an asynchronous generator for each request takes a tenth of the time until its ack.
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        out += message.get("body", b"")
        if len(out) > LARGEST_BODY:
            return None
        more = message.get("more_body", False)
    return bytes(out)


def check(method: str, headers: Mapping[str, str], body: bytes | None, secret: str, now: float) -> Answered | None:
    """None for a request that Slack signed within the last five minutes and that holds one JSON object or form."""
    if method != "POST":
        return Answered(405, "POST only")
    if body is None:
        return Answered(413, "too large")
    if _SSL_CHECK.fullmatch(body):
        return Answered(200, "")
    if not _is_signed(headers, body, secret, now):
        return Answered(401, "not signed by Slack")
    return _unreadable(headers.get("content-type", ""), body)


def _is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    timestamp = headers.get("x-slack-request-timestamp", "")
    signature = headers.get("x-slack-signature", "")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 and signature.isascii()):
        return False
    if abs(now - int(timestamp)) > _OLDEST:
        return False
    base = b"v0:" + timestamp.encode() + b":" + body
    expected = "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature)


def _unreadable(content_type: str, body: bytes) -> Answered | None:
    kind = content_type.split(";", 1)[0].strip().lower()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return Answered(400, "not UTF-8")
    if kind == "application/json":
        return _not_an_object(text)
    if kind != _FORM:
        return Answered(400, "neither JSON nor a form")
    # Bolt takes a body that begins so for JSON, whatever its type says.
    if text.startswith("{"):
        return _not_an_object(text)
    try:
        payload = dict(parse_qsl(text, keep_blank_values=True)).get("payload")
    except ValueError:
        return Answered(400, "not a form")
    return None if payload is None else _not_an_object(payload)


def _not_an_object(text: str) -> Answered | None:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError):
        return Answered(400, "not JSON")
    if not isinstance(found, dict):
        return Answered(400, "not a JSON object")
    # Most have fewer brackets than they could be deep.
    may_be_deep = text.count("{") + text.count("[") > _DEEPEST
    return Answered(400, "too deep") if may_be_deep and _is_deep(found) else None


def _is_deep(found: Any) -> bool:
    """Whether something is nested deeper than any payload; level by level, so that it cannot overflow itself."""
    level = [found]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> Collection[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
