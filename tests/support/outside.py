"""The desk as people start it: `python -m bot run`, a process of its own, killed and started again; the sandbox goes
on in this process."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Engine, NullPool, create_engine, text
from support.processes import Program, program, until
from support.whole_desk import GLOBEX, MIA, SPEED, People, Transport, World, world

from core.store.engine import parse_url
from sandbox.model import Person

KILLED = 137
# In seconds; the settle time is longer than what faults delay, and than a busy machine does.
TIMES = {"DESKHAND_SETTLE_SECONDS": "1", "DESKHAND_LEASE_SECONDS": "2"}


@dataclass(kw_only=True)
class Outside(People):
    """People, and the desks that serve them one after the other. `url` is the desk's own HTTP."""

    world: World
    database_url: str
    engine: Engine
    http: httpx2.AsyncClient
    environment: dict[str, str] = field(default_factory=dict)
    patience: float = 60.0

    async def rows(self, query: str, **values: Any) -> list[Any]:
        def read() -> list[Any]:
            with self.engine.connect() as connection:
                return list(connection.execute(text(query), values))

        return await asyncio.to_thread(read)

    def newcomer(self, channel: str = GLOBEX) -> str:
        """One more customer in a channel; their id."""
        sandbox = self.world.sandbox.world
        number = sum(person.role == "customer" for person in sandbox.people.values())
        who = f"U0N{number:04}"
        sandbox.put_person(Person(who, "T0GLOBEX", who.lower(), f"Newcomer {number}", "customer", "Globex"))
        shared = sandbox.channel(channel)
        sandbox.put_channel(replace(shared, members=[*shared.members, who]), by=MIA)
        return who

    @property
    def _switch(self) -> Path:
        return self.world.folder / "failpoint"

    def arm(self, failpoint: str, passes: int = 0) -> None:
        """The running desk is killed when it gets there, after `passes` times."""
        draft = self._switch.with_suffix(".draft")
        draft.write_text(f"{failpoint} {passes}")
        draft.rename(self._switch)

    @contextlib.asynccontextmanager
    async def starting(self, **environment: str) -> AsyncIterator[Program]:
        """A desk that has been started."""
        self._switch.unlink(missing_ok=True)
        settings = {**self.world.environment(self.database_url), **self.environment, **environment}
        async with program("-m", "bot", "run", env=settings, failpoint=f"@{self._switch}") as running:
            yield running

    @contextlib.asynccontextmanager
    async def desk(self, **environment: str) -> AsyncIterator[Program]:
        """A desk that is ready."""
        async with self.starting(**environment) as running:
            await self.ready(running, environment.get("PORT"))
            yield running

    async def ready(self, running: Program, port: str | None = None) -> None:
        """Raises AssertionError with what the desk has printed when it ends or does not become ready."""
        url = f"http://127.0.0.1:{port}/readyz" if port else "/readyz"
        said = ""

        async def look() -> bool:
            nonlocal said
            if running.over:
                raise AssertionError(f"the desk has ended:\n{running.output}")
            try:
                answer = await self.http.get(url)
            except httpx2.HTTPError as error:
                said = repr(error)
                return False
            said = answer.text
            return answer.status_code == 200

        try:
            await until(look, self.patience)
        except TimeoutError:
            raise AssertionError(f"never ready: {said}\n{running.output}") from None

    async def stop(self, running: Program) -> None:
        """As an operator does."""
        running.signal(signal.SIGTERM)
        assert await running.ended() == 0, running.output


def reserved(host: str, port: int) -> socket.socket:
    """Keeps an address for those who come to listen there, and does not listen."""
    keeping = socket.socket()
    keeping.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeping.bind((host, port))
    return keeping


@contextlib.asynccontextmanager
async def outside(
    database_url: str, folder: Path, transport: Transport, *, speed: float = SPEED, **environment: str
) -> AsyncIterator[Outside]:
    """A fresh world and people in it; no desk yet. `environment` is that of its desks."""
    engine = create_engine(parse_url(database_url), poolclass=NullPool)
    async with (
        world(folder, transport, speed=speed, listen=reserved) as found,
        httpx2.AsyncClient(base_url=found.sandbox.base_url, timeout=60) as control,
        httpx2.AsyncClient(base_url=found.desk_url, timeout=5) as http,
    ):
        people = Outside(
            sandbox=found.sandbox,
            control=control,
            world=found,
            database_url=database_url,
            engine=engine,
            http=http,
            environment={**TIMES, **environment},
        )
        unsubscribe = found.sandbox.world.subscribe(lambda change: people.changed.set())
        yield people
        unsubscribe()
    engine.dispose()
