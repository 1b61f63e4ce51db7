"""The gateway: sessions that outlive their websocket, heartbeats, resuming, intents, Discord's close codes.

Source: docs.discord.com, Topics, Gateway. Compression is `zlib-stream` or none; zstd is answered uncompressed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from starlette.websockets import WebSocket, WebSocketDisconnect

from sandbox.server import PROTOCOL
from sandbox.wire import parse_json

if TYPE_CHECKING:
    from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

    from sandbox.discord.server import DiscordServer

Json = dict[str, Any]

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT, MEMBERS, INVALID, HELLO, ACK = (
    0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11,
)  # fmt: skip
GUILDS, GUILD_MEMBERS, PRESENCES, GUILD_MESSAGES, GUILD_REACTIONS, DIRECT_MESSAGES, DIRECT_REACTIONS, CONTENT = (
    1 << bit for bit in (0, 1, 8, 9, 10, 12, 13, 15)
)
ALL_INTENTS: Final = sum(1 << bit for bit in (*range(17), 20, 21, 24, 25))
HEARTBEAT_MS: Final = 41_250
ACK_SECONDS: Final = 0.02
"""How long a heartbeat travels. discord.py notes when it has sent one only afterwards, in another thread: an answer
that is there before counts from the heartbeat before it, and discord.py warns that it is most of a minute late."""
BUFFER: Final = 5_000
"""Events kept of each session, for a RESUME."""
SESSION_SECONDS: Final = 300.0
SESSIONS_A_DAY: Final = 1000
DAY: Final = 86_400.0
MOST_SENDS: Final = 120
"""Frames that a client may send within a minute."""


@dataclass(eq=False, slots=True)
class Session:
    id: str
    intents: int
    seq: int = 0
    kept: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=BUFFER))
    connection: Connection | None = None
    left: float = 0.0
    """When its last websocket ended, by the monotonic clock."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open websocket. `frozen` is half-open: it seems to be there, and nothing goes in or out."""

    id: str
    websocket: WebSocket
    protocol: WebSocketsSansIOProtocol
    opened: float
    packer: Any
    host: str
    session: Session | None = None
    frozen: bool = False
    outgoing: asyncio.Queue[str | int] = field(default_factory=asyncio.Queue)
    """Frames to send; a number closes with that code."""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    taken: deque[float] = field(default_factory=deque)


class Gateway:
    """`on_identify` gives READY's data and the events that follow it."""

    def __init__(self, discord: DiscordServer) -> None:
        self._discord = discord
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.heartbeat_ms = HEARTBEAT_MS
        self.refused_sessions = 0
        """So many more are ended at once, begun or resumed."""
        self.begun: deque[float] = deque()
        """When sessions were begun, within a day, by the monotonic clock."""
        self.last_beat: float | None = None
        """Epoch seconds (the machine's) of the last heartbeat."""

    @property
    def connected(self) -> bool:
        return any(one.session is not None for one in self.connections)

    async def serve(self, websocket: WebSocket) -> None:
        """Hold one websocket from its greeting to its end."""
        await websocket.accept()
        packed = websocket.query_params.get("compress") == "zlib-stream"
        connection = Connection(
            id=secrets.token_hex(6),
            websocket=websocket,
            protocol=websocket.scope[PROTOCOL],
            opened=time.time(),
            packer=zlib.compressobj() if packed else None,
            host=websocket.headers.get("host", ""),
        )
        self.connections.append(connection)
        self._send(connection, {"op": HELLO, "d": {"heartbeat_interval": self.heartbeat_ms}, "s": None, "t": None})
        tasks = [
            asyncio.create_task(self._write(connection)),
            asyncio.create_task(self._read(connection)),
            asyncio.create_task(connection.over.wait()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.connections.remove(connection)
            session = connection.session
            if session is not None and session.connection is connection:
                session.connection = None
                session.left = time.monotonic()
                self._discord.traffic.note("socket", "gateway disconnected", ok=False)
                self._discord.connection_changed()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    # Out

    def dispatch(self, name: str, intents: int, data: Callable[[Session], Any | None]) -> int:
        """Send an event to each session that has one of these intents (0: to all); says to how many websockets it went.
        `data` gives what that session may see, None where that is nothing."""
        sent = 0
        for session in list(self.sessions.values()):
            if session.connection is None and time.monotonic() - session.left > SESSION_SECONDS:
                del self.sessions[session.id]
            elif not intents or session.intents & intents:
                payload = data(session)
                if payload is not None:
                    self._dispatch_to(session, name, payload)
                    sent += session.connection is not None
        return sent

    def _dispatch_to(self, session: Session, name: str, data: Any) -> None:
        session.seq += 1
        text = json.dumps({"op": DISPATCH, "d": data, "s": session.seq, "t": name})
        session.kept.append((session.seq, text))
        if session.connection is not None:
            session.connection.outgoing.put_nowait(text)

    def _send(self, connection: Connection, frame: Json) -> None:
        connection.outgoing.put_nowait(json.dumps(frame))

    async def _write(self, connection: Connection) -> None:
        while True:
            frame = await connection.outgoing.get()
            if connection.frozen:
                continue
            if isinstance(frame, int):
                await self.hang_up(connection, frame)
                return
            if connection.packer is None:
                await connection.websocket.send_text(frame)
            else:
                packed = connection.packer.compress(frame.encode()) + connection.packer.flush(zlib.Z_SYNC_FLUSH)
                await connection.websocket.send_bytes(packed)

    # In

    async def _read(self, connection: Connection) -> None:
        while True:
            try:
                message = await connection.websocket.receive()
            except RuntimeError:
                return
            if message["type"] == "websocket.disconnect":
                self._left(connection, message.get("code"))
                return
            if connection.frozen:
                connection.protocol.transport.pause_reading()
                await connection.over.wait()
            self._take(connection, message.get("text") or message.get("bytes") or "")

    def _left(self, connection: Connection, code: int | None) -> None:
        """A client that closes with 1000 or 1001 ends its session."""
        session = connection.session
        if code in (1000, 1001) and session is not None and session.connection is connection:
            self.sessions.pop(session.id, None)

    def _take(self, connection: Connection, raw: str | bytes) -> None:
        now = time.monotonic()
        connection.taken.append(now)
        while connection.taken and now - connection.taken[0] > 60:
            connection.taken.popleft()
        if len(connection.taken) > MOST_SENDS:
            connection.outgoing.put_nowait(4008)
            return
        try:
            frame = parse_json(raw)
        except ValueError:
            frame = None
        if not isinstance(frame, dict):
            connection.outgoing.put_nowait(4002)
            return
        op, data = frame.get("op"), frame.get("d")
        if op == HEARTBEAT:
            self.last_beat = time.time()
            ack = {"op": ACK, "d": None, "s": None, "t": None}
            asyncio.get_running_loop().call_later(ACK_SECONDS, self._send, connection, ack)
        elif op not in (IDENTIFY, RESUME, PRESENCE, VOICE, MEMBERS):
            connection.outgoing.put_nowait(4001)
        elif op in (IDENTIFY, RESUME):
            if connection.session is not None:
                connection.outgoing.put_nowait(4005)
            elif not isinstance(data, dict):
                connection.outgoing.put_nowait(4002)
            elif op == IDENTIFY:
                self._identify(connection, data)
            else:
                self._resume(connection, data)
        elif connection.session is None:
            connection.outgoing.put_nowait(4003)
        elif op == MEMBERS and isinstance(data, dict):
            self._members(connection.session, data)

    def _identify(self, connection: Connection, data: Json) -> None:
        code = self._refusal(data)
        if code:
            self._discord.traffic.note("socket", "IDENTIFY", ok=False, detail=str(code))
            connection.outgoing.put_nowait(code)
            return
        self.begun.append(time.monotonic())
        if self._is_refused("IDENTIFY", connection):
            return
        session = Session(secrets.token_hex(16), int(data["intents"]), connection=connection)
        connection.session = session
        self.sessions[session.id] = session
        self._discord.traffic.note("socket", "IDENTIFY", ok=True)
        self._discord.connection_changed()
        for name, payload in self._discord.greeting(session):
            self._dispatch_to(session, name, payload)

    def _refusal(self, data: Json) -> int:
        """The close code for an IDENTIFY that is not taken, or 0."""
        token, intents, shard = data.get("token"), data.get("intents"), data.get("shard")
        if not self._discord.knows(str(token)):
            return 4004
        if shard is not None and shard != [0, 1]:
            return 4010
        if not isinstance(intents, int) or intents < 0 or intents & ~ALL_INTENTS:
            return 4013
        return 4014 if intents & self._discord.refused_intents else 0

    def sessions_left(self) -> int:
        """How many may still be begun today."""
        while self.begun and time.monotonic() - self.begun[0] > DAY:
            self.begun.popleft()
        return max(0, SESSIONS_A_DAY - len(self.begun))

    def _is_refused(self, what: str, connection: Connection) -> bool:
        if not self.refused_sessions:
            return False
        self.refused_sessions -= 1
        self._discord.traffic.note("socket", what, ok=False, detail="invalid session")
        self._send(connection, {"op": INVALID, "d": False, "s": None, "t": None})
        return True

    def _resume(self, connection: Connection, data: Json) -> None:
        if not self._discord.knows(str(data.get("token"))):
            connection.outgoing.put_nowait(4004)
            return
        if self._is_refused("RESUME", connection):
            self.sessions.pop(str(data.get("session_id")), None)
            return
        session, seq = self.sessions.get(str(data.get("session_id"))), data.get("seq")
        known = session is not None and (
            session.connection is not None or time.monotonic() - session.left <= SESSION_SECONDS
        )
        first = session.kept[0][0] if session is not None and session.kept else 1
        if session is None or not known or not isinstance(seq, int) or seq < first - 1:
            self._discord.traffic.note("socket", "RESUME", ok=False, detail="invalid session")
            self._send(connection, {"op": INVALID, "d": False, "s": None, "t": None})
            return
        if seq > session.seq:
            connection.outgoing.put_nowait(4007)
            return
        before = session.connection
        if before is not None:
            before.session = None
            before.outgoing.put_nowait(4009)
        session.connection = connection
        connection.session = session
        self._discord.traffic.note("socket", "RESUME", ok=True)
        self._discord.connection_changed()
        for number, text in session.kept:
            if number > seq:
                connection.outgoing.put_nowait(text)
        self._dispatch_to(session, "RESUMED", {"_trace": []})

    def _members(self, session: Session, data: Json) -> None:
        chunk = self._discord.chunk(session, data)
        if chunk is not None:
            self._dispatch_to(session, "GUILD_MEMBERS_CHUNK", chunk)

    # What goes wrong

    def freeze(self, connection: Connection) -> None:
        """Half-open from now on: heartbeats stay unanswered, and ours go nowhere."""
        connection.frozen = True
        connection.protocol.stop_keepalive()
        connection.protocol.transport.pause_reading()

    def kill(self, connection: Connection) -> None:
        """Cut it without a word; the session can be resumed."""
        connection.protocol.transport.abort()
        connection.over.set()

    def ask_to_reconnect(self, connection: Connection) -> None:
        self._send(connection, {"op": RECONNECT, "d": None, "s": None, "t": None})

    def invalidate(self, connection: Connection) -> None:
        """End the session; the client must identify anew."""
        if connection.session is not None:
            self.sessions.pop(connection.session.id, None)
            connection.session = None
        self._send(connection, {"op": INVALID, "d": False, "s": None, "t": None})

    async def hang_up(self, connection: Connection, code: int) -> None:
        if code in (4004, 4007, 4009) and connection.session is not None:
            self.sessions.pop(connection.session.id, None)
        with contextlib.suppress(RuntimeError, WebSocketDisconnect):
            await connection.websocket.close(code)
        connection.over.set()

    def forget(self) -> None:
        """The world is another: every session ends."""
        self.sessions.clear()
        for connection in self.connections:
            self.invalidate(connection)
