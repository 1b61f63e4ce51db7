"""Slack as a load generator, in a process of its own: signed events over kept-alive HTTP connections.

`python -m bench.load URL SECRET --bodies FILE --first N --count N [--rate PER_SECOND] [--connections N]`. FILE has one
JSON body a line. With a rate the requests are due at fixed moments and a delay counts from then, whether or not a
connection was free; without one each connection sends the next when it has the answer to the last. The last line
printed is JSON. Bounded: `count` requests, none of them repeated, at most `_LONGEST` seconds; loopback alone.
"""

import argparse
import asyncio
import hashlib
import hmac
import json
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

_LONGEST = 60.0
_LONGEST_IDLE = 2.0


class Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._received = b""
        self._used_at = time.perf_counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    @property
    def is_usable(self) -> bool:
        """A server hangs up on a connection that was idle for long, perhaps just when a request is on its way."""
        idle = time.perf_counter() - self._used_at
        return self._transport is not None and not self._transport.is_closing() and idle < _LONGEST_IDLE

    def ask(self, request: bytes) -> "asyncio.Future[int]":
        """The answer's status; 0 when the connection ended before it."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if found and len(body) >= _length(head):
            self._received = b""
            self._settle(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        self._settle(0)

    def _settle(self, status: int) -> None:
        self._used_at = time.perf_counter()
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(status)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError(f"an answer without a length: {head!r}")


class Load:
    """`delays` are seconds from when a request was due (without a rate: sent) to its answer."""

    def __init__(self, host: str, port: int, connections: int) -> None:
        self._address = host, port
        self._most = connections
        self._free: deque[Connection] = deque()
        self._waiting: deque[asyncio.Future[Connection]] = deque()
        self._opened = 0
        self.delays: list[float] = []
        self.statuses: Counter[int] = Counter()

    async def _connection(self) -> Connection:
        while self._free:
            found = self._free.pop()
            if found.is_usable:
                return found
            found.close()
            self._opened -= 1
        if self._opened < self._most:
            self._opened += 1
            _, made = await asyncio.get_running_loop().create_connection(Connection, *self._address)
            return made
        waiting: asyncio.Future[Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        return await waiting

    def _release(self, connection: Connection) -> None:
        if self._waiting:
            self._waiting.popleft().set_result(connection)
        else:
            self._free.append(connection)

    async def _one(self, request: bytes, due: float) -> None:
        connection = await self._connection()
        status = await connection.ask(request)
        self.delays.append(time.perf_counter() - due)
        self.statuses[status] += 1
        self._release(connection)

    async def at_rate(self, requests: Sequence[bytes], rate: float) -> None:
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for place, request in enumerate(requests):
                due = begun + place / rate
                late = time.perf_counter() - due
                if late < 0:
                    await asyncio.sleep(-late)
                group.create_task(self._one(request, due))

    async def as_fast_as_answered(self, requests: Sequence[bytes]) -> None:
        left = iter(requests)

        async def keep_asking() -> None:
            for request in left:
                await self._one(request, time.perf_counter())

        async with asyncio.TaskGroup() as group:
            for _ in range(self._most):
                group.create_task(keep_asking())

    def close(self) -> None:
        for connection in self._free:
            connection.close()


def signed(host: str, path: str, body: bytes, secret: str, now: int) -> bytes:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    signature = hmac.new(secret.encode(), b"v0:%d:%b" % (now, body), hashlib.sha256).hexdigest()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: Slackbot 1.0 (+https://api.slack.com/robots)\r\n"
        "Accept: */*\r\nAccept-Encoding: gzip,deflate\r\nContent-Type: application/json\r\n"
        f"X-Slack-Request-Timestamp: {now}\r\nX-Slack-Signature: v0={signature}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def bodies(file: Path, first: int, count: int) -> list[bytes]:
    found = file.read_bytes().splitlines()[first : first + count]
    if len(found) < count:
        raise ValueError(f"{file} has no {count} bodies from {first} on")
    return found


async def run(options: argparse.Namespace) -> dict[str, Any]:
    url = urlsplit(options.url)
    if url.hostname != "127.0.0.1" or url.port is None:
        raise ValueError("this sends to 127.0.0.1 alone")
    now = int(time.time())
    requests = [
        signed(url.netloc, url.path, body, options.secret, now)
        for body in bodies(options.bodies, options.first, options.count)
    ]
    load = Load(url.hostname, url.port, options.connections)
    begun = time.perf_counter()
    try:
        async with asyncio.timeout(_LONGEST):
            if options.rate:
                await load.at_rate(requests, options.rate)
            else:
                await load.as_fast_as_answered(requests)
    finally:
        load.close()
    seconds = time.perf_counter() - begun
    return {
        "seconds": seconds,
        "statuses": dict(load.statuses),
        "delays": [round(delay, 5) for delay in load.delays],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.load")
    parser.add_argument("url")
    parser.add_argument("secret")
    parser.add_argument("--bodies", type=Path, required=True)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0)
    parser.add_argument("--connections", type=int, default=32)
    print(json.dumps(asyncio.run(run(parser.parse_args()))), flush=True)


if __name__ == "__main__":
    main()
