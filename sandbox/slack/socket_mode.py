"""Socket Mode: websockets that the app opens, envelopes, acks, goodbyes; and their faults: killed, half-open."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.server import PROTOCOL
from sandbox.slack.delivery import Delivery, Outcome
from sandbox.slack.tickets import new_id
from sandbox.wire import parse_json

if TYPE_CHECKING:
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST_CONNECTIONS: Final = 10
REMEMBERED: Final = 10_000
"""Unanswered envelopes whose late ack is still known."""

_ENVELOPES: Final = {"event": "events_api", "command": "slash_commands", "interaction": "interactive"}


@dataclass(eq=False, slots=True)
class Connection:
    """One open websocket. `frozen` is half-open: it seems to be there, and nothing goes in or out."""

    id: str
    websocket: WebSocket
    protocol: WebSocketsSansIOProtocol
    opened: float
    outgoing: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    frozen: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)


class SocketMode:
    """The transport over the app's websockets, one envelope to any one of them."""

    def __init__(self, app_id: str, ack_seconds: float, changed: Callable[[], None]) -> None:
        self._app_id = app_id
        self._ack_seconds = ack_seconds
        self._changed = changed
        self._turn = 0
        self._waiting: dict[str, list[tuple[Delivery, asyncio.Future[Any]]]] = {}
        self.connections: list[Connection] = []
        self.last_ack: float | None = None
        """Epoch seconds (the machine's) of the last ack, None before the first."""

    @property
    def connected(self) -> bool:
        return bool(self.connections)

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one websocket from its greeting to its end."""
        await websocket.accept()
        connection = Connection(
            id=new_id("", 12), websocket=websocket, protocol=websocket.scope[PROTOCOL], opened=time.time()
        )
        if len(self.connections) >= MOST_CONNECTIONS:
            await websocket.send_text(_goodbye("too_many_websockets"))
            await websocket.close()
            return
        self.connections.append(connection)
        await websocket.send_text(self._hello())
        self._changed()
        tasks = [
            asyncio.create_task(self._write(connection)),
            asyncio.create_task(self._read(connection)),
            asyncio.create_task(connection.over.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.connections.remove(connection)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._changed()

    async def attempt(self, delivery: Delivery, number: int, reason: str) -> Outcome:
        connection = self._next_connection()
        if connection is None:
            return Outcome(ok=False, reason="not_connected")
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(delivery.envelope_id, []).append((delivery, answer))
        if len(self._waiting) > REMEMBERED:
            del self._waiting[next(iter(self._waiting))]
        connection.outgoing.put_nowait(_envelope(delivery, number, reason))
        try:
            async with asyncio.timeout(self._ack_seconds):
                return Outcome(ok=True, body=await answer)
        except TimeoutError:
            return Outcome(ok=False, reason="timeout")

    def freeze(self, connection: Connection) -> None:
        """Half-open from now on: the peer's pings stay unanswered, its acks unread, and ours go nowhere."""
        connection.frozen = True
        connection.protocol.stop_keepalive()
        connection.protocol.transport.pause_reading()

    def kill(self, connection: Connection) -> None:
        """Cut it without a word."""
        connection.protocol.transport.abort()
        connection.over.set()

    def say_goodbye(self, connection: Connection, reason: str) -> None:
        """`warning` (about ten seconds before) or `refresh_requested` (go now; Slack closes it soon after)."""
        connection.outgoing.put_nowait(_goodbye(reason))

    async def hang_up(self, connection: Connection) -> None:
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await connection.websocket.close()
        connection.over.set()

    def _next_connection(self) -> Connection | None:
        if not self.connections:
            return None
        self._turn += 1
        return self.connections[self._turn % len(self.connections)]

    def _hello(self) -> str:
        return json.dumps(
            {
                "type": "hello",
                "num_connections": len(self.connections),
                "debug_info": {
                    "host": "applink-sandbox",
                    "build_number": 1,
                    "approximate_connection_time": 18_060,
                },
                "connection_info": {"app_id": self._app_id},
            }
        )

    async def _write(self, connection: Connection) -> None:
        while True:
            text = await connection.outgoing.get()
            if not connection.frozen:
                await connection.websocket.send_text(text)

    async def _read(self, connection: Connection) -> None:
        while True:
            try:
                text = await connection.websocket.receive_text()
            except (WebSocketDisconnect, KeyError):
                return
            if connection.frozen:
                connection.protocol.transport.pause_reading()
                await connection.over.wait()
            self._take(text)

    def _take(self, text: str) -> None:
        """An ack; anything else is ignored, as Slack does."""
        try:
            frame = parse_json(text)
        except ValueError:
            return
        if not isinstance(frame, dict) or not isinstance(frame.get("envelope_id"), str):
            return
        self.last_ack = time.time()
        for delivery, answer in self._waiting.pop(frame["envelope_id"], []):
            delivery.acked.set()
            if not answer.done():
                answer.set_result(frame.get("payload"))


def _envelope(delivery: Delivery, number: int, reason: str) -> str:
    envelope: dict[str, Any] = {
        "envelope_id": delivery.envelope_id,
        "payload": delivery.payload,
        "type": _ENVELOPES[delivery.kind],
        "accepts_response_payload": delivery.kind != "event",
    }
    if delivery.kind == "event":
        envelope |= {"retry_attempt": number, "retry_reason": reason}
    return json.dumps(envelope)


def _goodbye(reason: str) -> str:
    return json.dumps({"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}})
