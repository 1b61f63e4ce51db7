"""What every part of the delivery works with, and how it writes down what became of a row."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from sqlalchemy import Connection

from core.desk import delivered
from core.desk.deliver_effect import build
from core.language.effects import MODEL, AskModel, Deliverable, Delivered, Live
from core.language.policy import Policy
from core.language.views import Card, Home
from core.ports import ChatPlatform, Clock, DeliveryError, NotSent, OutcomeUnknown, Revoked
from core.store import claims, lanes, queries
from core.store.claims import Address, Row
from core.store.engine import DatabaseDown, Store, Tx
from core.store.lanes import Hold
from jobs.delivery.rates import Gates, Limits
from jobs.delivery.settings import Counters, DeliverySettings, Outcome

log = logging.getLogger(__name__)

T = TypeVar("T")

# Draws what a row shows from the database's present state.
Draw = Callable[[Connection, Live], Card | Home]

# Asks a language model. Raises a DeliveryError for what is to be tried again.
Suggest = Callable[[AskModel], Awaitable[Delivered]]

# Whether a lane can go on after a row: `lost` when somebody else has the lane.
Result = Literal["ok", "lost"]


@dataclass(frozen=True, slots=True)
class Work:
    store: Store
    platforms: Mapping[str, ChatPlatform]
    draw: Draw
    policy: Policy
    hooks: delivered.Hooks
    clock: Clock
    settings: DeliverySettings
    limits: Limits
    gates: Gates
    counters: Counters
    # This process's name on leases; never the same twice.
    holder: str
    suggest: Suggest | None = None

    def serves(self, connection: str) -> bool:
        """Whether this process carries out what waits there."""
        return connection in self.platforms or (connection == MODEL and self.suggest is not None)

    def context(self) -> delivered.Context:
        return delivered.Context(self.clock.now(), self.policy, self.hooks)

    def count(self, row: Row, outcome: Outcome) -> None:
        self.counters.count(row.connection, row.kind, outcome)

    def backoff(self, attempts: int) -> float:
        """Seconds before the next attempt after so many: doubled each time, spread so that many do not come back
        together."""
        seconds = min(self.settings.base_retry * 2.0 ** min(attempts - 1, 30), self.settings.max_retry)
        return seconds * random.uniform(0.75, 1.25)  # noqa: S311 (spreads retries)

    async def prepare(self, row: Row, address: Address) -> Deliverable | AskModel:
        """The effect, with what it shows drawn now. Raises whatever a defect in drawing raises."""
        shown = row.shown
        if isinstance(shown, Live):
            live = shown
            return build(row, address, await self.store.read(lambda connection: self.draw(connection, live)))
        return build(row, address, shown)


async def hand_over(work: Work, row: Row, effect: Deliverable | AskModel) -> Delivered:
    """To the platform, or to who asks the model. Raises a DeliveryError, or TimeoutError."""
    if isinstance(effect, AskModel):
        if work.suggest is None:
            raise NotSent("no_model", "nobody asks a model here")
        async with asyncio.timeout(work.settings.model_timeout):
            return await work.suggest(effect)
    async with asyncio.timeout(work.settings.timeout):
        return await work.platforms[row.connection].deliver(effect)


async def persist(work: Work, unit: Callable[[Tx], T]) -> T:
    """Runs a unit that notes what has happened outside. While the database is down it keeps trying as long as
    nobody else would look into it; after that raises DatabaseDown, and the outcome is read back some day."""
    end = asyncio.get_running_loop().time() + work.settings.settle_seconds
    attempt = 0
    while True:
        try:
            return await work.store.transact(unit)
        except DatabaseDown:
            attempt += 1
            pause = min(work.backoff(attempt), work.settings.settle_seconds / 4)
            if asyncio.get_running_loop().time() + pause > end:
                raise
            await asyncio.sleep(pause)


async def settle(work: Work, hold: Hold, row: Row, outcome: Delivered, *, adopted: bool) -> None:
    """It was carried out. An error of ours in noting it does not make it undone: the row becomes a dead letter
    that finds what was made when it is tried anew."""
    context = work.context()

    def unit(tx: Tx) -> bool:
        if not claims.done(tx, hold, row):
            return False
        delivered.settle(tx, row, outcome, context)
        return True

    try:
        settled = await persist(work, unit)
    except DatabaseDown:
        raise
    except Exception as error:
        log.exception("what came of outbox row %s could not be noted", row.id)
        work.count(row, "defect")
        why = f"defect: carried out but not noted: {error!r}"
        await persist(work, lambda tx: claims.bury(tx, hold, row, why=why))
        return
    if settled:
        work.count(row, "adopted" if adopted else "delivered")
    else:
        log.warning("outbox row %s was carried out under a lease that is no longer ours", row.id)
        work.count(row, "fenced")


async def give_up(work: Work, hold: Hold, row: Row, error: DeliveryError) -> None:
    """It becomes a dead letter, and those who have to know are told."""
    context = work.context()

    def unit(tx: Tx) -> bool:
        if row.ticket is not None:
            queries.ticket_for_update(tx.connection, row.ticket)
        if not claims.bury(tx, hold, row, why=str(error)):
            return False
        delivered.failed(tx, row, error, context)
        return True

    try:
        buried = await persist(work, unit)
    except DatabaseDown:
        raise
    except Exception:
        log.exception("that outbox row %s was given up could not be told", row.id)
        work.count(row, "defect")
        buried = await persist(work, lambda tx: claims.bury(tx, hold, row, why=str(error)))
    log.warning("gave up outbox row %s (%s to %s/%s): %s", row.id, row.kind, row.connection, row.channel, error)
    work.count(row, "dead" if buried else "fenced")


async def retry(work: Work, hold: Hold, row: Row, error: DeliveryError) -> None:
    """It surely was not carried out. Tried again later, or given up when that was often enough."""
    if await is_exhausted(work, row, error, row.attempts):
        await give_up(work, hold, row, error)
        return
    seconds = work.backoff(row.attempts)
    await persist(work, lambda tx: claims.again(tx, hold, row, why=str(error), seconds=seconds))
    work.count(row, "retried")


async def is_exhausted(work: Work, row: Row, error: DeliveryError, attempts: int) -> bool:
    """A platform that is away, or answers nothing but errors of its own, must not turn the queue into dead letters."""
    if attempts < work.settings.max_attempts:
        return False
    is_away = isinstance(error, NotSent) or work.gates.is_out(row.connection)
    return await is_old(work, row) if is_away else True


async def is_old(work: Work, row: Row) -> bool:
    """Whether even a platform that is away was waited for long enough."""
    age = await work.store.read(lanes.real_now) - row.created_at
    return age.total_seconds() >= work.settings.patience_seconds


async def pause(work: Work, row: Row, error: Revoked, unit: Callable[[Tx], object]) -> None:
    """The connection's credentials are refused: nothing goes out on it until the operator has acted."""

    def both(tx: Tx) -> bool:
        unit(tx)
        return lanes.pause(tx, row.connection, str(error))

    if await persist(work, both):
        log.error("connection %s is paused, its credentials are refused: %s", row.connection, error)
    work.gates.pause(row.connection, str(error))


async def resume(work: Work, connection: str) -> None:
    """A paused connection has answered."""
    work.gates.resume(connection)
    await persist(work, lambda tx: lanes.resume(tx, connection))
    log.info("connection %s works again", connection)


def as_delivery_error(error: Exception) -> DeliveryError:
    """What a platform raised, as one of the port's errors; anything else is a defect and means that nobody knows."""
    match error:
        case DeliveryError():
            return error
        case TimeoutError():
            return OutcomeUnknown("timeout")
        case _:
            return OutcomeUnknown("defect", repr(error))
