"""Programs of ours in processes of their own, a network that fails on demand, and waiting for conditions."""

import asyncio
import contextlib
import inspect
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
# What the surroundings may have set for a real desk, and must not reach one under test.
_OURS = re.compile(r"(DESKHAND|SLACK|DISCORD|OPENAI|SANDBOX)_.*|DATABASE_URL|FAILPOINT|HOST|PORT|GATE")


async def until(condition: Callable[[], Awaitable[T] | T], within: float = 10, what: str = "") -> T:
    """The condition's first true value; looks every 10 ms. Raises TimeoutError after `within` seconds."""
    try:
        async with asyncio.timeout(within):
            while True:
                value = condition()
                if inspect.isawaitable(value):
                    value = await value
                if value:
                    return value
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise TimeoutError(f"not within {within} s: {what or condition}") from None


class Program:
    """A running process. `lines` is all that it has printed, to both outputs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.lines: list[str] = []
        self._seen = 0
        self._more = asyncio.Condition()
        self._over = False
        self._reader = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def over(self) -> bool:
        """It has ended, and all that it printed is read."""
        return self._over

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    async def line(self, pattern: str, within: float = 20) -> re.Match[str]:
        """The next line that holds the pattern, after the one found last. Raises AssertionError with all that was
        printed when the program ends without it, or after `within` seconds."""
        try:
            async with asyncio.timeout(within), self._more:
                while True:
                    while self._seen < len(self.lines):
                        self._seen += 1
                        if found := re.search(pattern, self.lines[self._seen - 1]):
                            return found
                    if self._over:
                        raise AssertionError(f"ended without printing {pattern!r}:\n{self.output}")
                    await self._more.wait()
        except TimeoutError:
            raise AssertionError(f"not printed within {within} s: {pattern!r}:\n{self.output}") from None

    async def ended(self, within: float = 20) -> int:
        """The exit code; negative for a signal's number."""
        try:
            async with asyncio.timeout(within):
                await asyncio.shield(self._reader)
                return await self._process.wait()
        except TimeoutError:
            raise AssertionError(f"still runs after {within} s:\n{self.output}") from None

    async def send(self, text: str) -> None:
        """To its input, which is closed after."""
        assert self._process.stdin
        self._process.stdin.write(text.encode())
        await self._process.stdin.drain()
        self._process.stdin.close()

    def signal(self, what: signal.Signals) -> None:
        """SIGKILL as a crash would, SIGTERM to stop, SIGSTOP and SIGCONT to freeze and go on."""
        with contextlib.suppress(ProcessLookupError):
            self._process.send_signal(what)

    async def _read(self) -> None:
        assert self._process.stdout
        async for line in self._process.stdout:
            async with self._more:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self._more.notify_all()
        async with self._more:
            self._over = True
            self._more.notify_all()


@asynccontextmanager
async def program(
    *arguments: str | Path,
    env: Mapping[str, str] | None = None,
    failpoint: str = "",
    cwd: Path = ROOT,
    executable: str = sys.executable,
) -> AsyncIterator[Program]:
    """`python` with these arguments (`"-m", "bot", "run"`), killed at the end if it still runs. `env` is added to
    the surroundings, from which the desk's own variables are taken out."""
    surroundings = {name: value for name, value in os.environ.items() if not _OURS.fullmatch(name)}
    surroundings |= {"PYTHONUNBUFFERED": "1", "PYTHONPATH": f"{cwd}{os.pathsep}{ROOT / 'tests'}"}
    surroundings |= {"FAILPOINT": failpoint} if failpoint else {}
    surroundings |= env or {}
    process = await asyncio.create_subprocess_exec(
        executable,
        *map(str, arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=surroundings,
        cwd=cwd,
        limit=1 << 20,
    )
    running = Program(process)
    try:
        yield running
    finally:
        running.signal(signal.SIGKILL)
        await running.ended()


class Proxy:
    """Stands between a client and a server on this machine and fails on demand. `port` is where it listens."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.refuse = False
        self.swallowed = asyncio.Event()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._swallow: Callable[[bytes], bool] | None = None
        self._lose: Callable[[bytes], bool] | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def cut(self) -> None:
        """Resets every connection."""
        for writer in self._writers:
            writer.transport.abort()

    def stall(self) -> None:
        """Lets nothing through, in either direction, until `resume`; connections stay open."""
        self._flowing.clear()

    def resume(self) -> None:
        self._flowing.set()

    def swallow_reply_to(self, request: Callable[[bytes], bool]) -> None:
        """The next piece from a client that satisfies `request` reaches the server; the answer does not come back,
        and the connection is reset. `swallowed` is set then."""
        self._swallow = request

    def lose(self, request: Callable[[bytes], bool]) -> None:
        """The next piece from a client that satisfies `request` does not reach the server, and the connection is
        reset. `swallowed` is set then."""
        self._lose = request

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, server_writer}
        self._writers |= both
        dropping = asyncio.Event()
        ways = {
            asyncio.create_task(self._requests(reader, server_writer, dropping)),
            asyncio.create_task(self._replies(server_reader, writer, dropping)),
        }
        try:
            # A connection that ends in one direction ends in both.
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            whole = all(way.result() for way in done)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._writers -= both
        for one in both:
            if whole:
                one.close()
            else:
                one.transport.abort()

    async def _requests(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropping: asyncio.Event
    ) -> bool:
        """False when the connection is to be reset."""
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                if self._lose and self._lose(data):
                    self._lose = None
                    self.swallowed.set()
                    return False
                if self._swallow and self._swallow(data):
                    self._swallow = None
                    dropping.set()
                writer.write(data)
                await writer.drain()
            return True
        return False

    async def _replies(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropping: asyncio.Event
    ) -> bool:
        """False when the connection is to be reset."""
        with contextlib.suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                if dropping.is_set():
                    self.swallowed.set()
                    return False
                writer.write(data)
                await writer.drain()
            return True
        return False


@asynccontextmanager
async def proxy(target: int) -> AsyncIterator[Proxy]:
    between = Proxy(target)
    server = await asyncio.start_server(between._serve, "127.0.0.1", 0)
    between.port = server.sockets[0].getsockname()[1]
    try:
        yield between
    finally:
        server.close()
        between.resume()
        between.cut()
        await until(lambda: not between._writers)
