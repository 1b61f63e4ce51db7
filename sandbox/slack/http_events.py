"""Signed HTTP delivery: what Slack posts to an app's request address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp

from sandbox.slack.delivery import Delivery, Outcome
from sandbox.wire import parse_json


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Slack's `v0` signature of a request."""
    base = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()


class HttpEvents:
    """The transport over the app's address. `connected` says whether it took the last delivery."""

    def __init__(self, url: str, secret: str, ack_seconds: float, changed: Callable[[], None]) -> None:
        self.url = url
        self._secret = secret
        self._ack_seconds = ack_seconds
        self._changed = changed
        self._session: aiohttp.ClientSession | None = None
        self.connected = False
        self.last_ack: float | None = None
        """Epoch seconds (the machine's) of the last ack, None before the first."""

    async def attempt(self, delivery: Delivery, number: int, reason: str) -> Outcome:
        outcome = await self._post(delivery, number, reason)
        if outcome.ok:
            self.last_ack = time.time()
            delivery.acked.set()
        if outcome.ok != self.connected:
            self.connected = outcome.ok
            self._changed()
        return outcome

    async def verify(self, challenge: str) -> Outcome:
        """Slack's `url_verification`: right when the app answers with the challenge, as text or JSON."""
        body = json.dumps({"token": "sandbox", "challenge": challenge, "type": "url_verification"}).encode()
        outcome = await self._send(body, "application/json", {})
        said = outcome.body.get("challenge") if isinstance(outcome.body, dict) else outcome.body
        return Outcome(ok=outcome.ok and said == challenge, body=outcome.body, reason=outcome.reason)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, delivery: Delivery, number: int, reason: str) -> Outcome:
        headers: dict[str, str] = {}
        match delivery.kind:
            case "event":
                body, kind = json.dumps(delivery.payload).encode(), "application/json"
                if number:
                    headers = {"x-slack-retry-num": str(number), "x-slack-retry-reason": reason}
            case "command":
                body, kind = urlencode(delivery.payload).encode(), "application/x-www-form-urlencoded"
            case "interaction":
                form = urlencode({"payload": json.dumps(delivery.payload)})
                body, kind = form.encode(), "application/x-www-form-urlencoded"
        return await self._send(body, kind, headers)

    async def _send(self, body: bytes, kind: str, headers: dict[str, str]) -> Outcome:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=50))
        timestamp = str(int(time.time()))
        headers = headers | {
            "content-type": kind,
            "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "x-slack-request-timestamp": timestamp,
            "x-slack-signature": sign(self._secret, timestamp, body),
        }
        try:
            async with (
                asyncio.timeout(self._ack_seconds),
                self._session.post(self.url, data=body, headers=headers, allow_redirects=False) as response,
            ):
                text = await response.text(errors="replace")
                if not 200 <= response.status < 300:
                    return Outcome(ok=False, body=text[:500], reason="http_error")
                return Outcome(ok=True, body=_parsed(text, response.content_type))
        except TimeoutError:
            return Outcome(ok=False, reason="http_timeout")
        except aiohttp.ClientError:
            return Outcome(ok=False, reason="connection_failed")


def _parsed(text: str, kind: str) -> Any:
    if not text:
        return None
    if kind == "application/json" or text.lstrip().startswith("{"):
        try:
            return parse_json(text)
        except ValueError:
            return text
    return text
