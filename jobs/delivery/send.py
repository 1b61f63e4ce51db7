"""One row of the outbox, carried out: claim, send, settle. And one whose outcome is not known, looked up."""

import asyncio
import logging
from datetime import timedelta
from typing import assert_never

from core.desk.live import NotYet
from core.failpoints import failpoint
from core.ports import DeliveryError, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked
from core.store import claims
from core.store.claims import Claimed, Gone, Hopeless, Lost, Row, Taken
from core.store.engine import DatabaseDown
from core.store.heads import Head
from core.store.lanes import Hold
from jobs.delivery import work as w
from jobs.delivery.work import Result, Work

log = logging.getLogger(__name__)

# Seconds until a view is asked for again that could not be drawn yet.
_NOT_YET = 0.25

# What is found again on the platform by its key; the other kinds may be repeated.
READ_BACK = ("post", "dm", "upload")
# Of these it does not even matter when an earlier attempt takes effect.
FETCHING = ("fetch_person", "fetch_group", "fetch_file", "backfill_thread", "model")


async def carry_out(work: Work, hold: Hold, head: Head) -> Result:
    """Raises DatabaseDown; the row is then as it was, or waits to be looked up."""
    if head.state == "pending":
        return await _send(work, hold, head)
    return await _look_up(work, hold, head)


async def _send(work: Work, hold: Hold, head: Head) -> Result:
    settings = work.settings
    loop = asyncio.get_running_loop()
    began = loop.time()
    taken = await work.store.transact(
        lambda tx: claims.claim(
            tx,
            hold,
            head.id,
            lease=settings.lease_seconds,
            settle=settings.settle_seconds,
            wait=settings.base_retry,
        )
    )
    if not isinstance(taken, Claimed):
        return await _not_taken(work, hold, taken)
    failpoint("claimed")
    row = taken.row
    try:
        effect = await work.prepare(row, taken.address)
    except DatabaseDown:
        raise
    except NotYet as reason:
        why = str(reason)
        await w.persist(work, lambda tx: claims.again(tx, hold, row, why=why, seconds=_NOT_YET, counted=False))
        return "ok"
    except Exception as error:
        log.exception("outbox row %s cannot be made into an effect", row.id)
        work.count(row, "defect")
        await w.retry(work, hold, row, DeliveryError("defect", repr(error)))
        return "ok"
    if loop.time() - began > settings.timeout:
        # This process was stopped or starved: by the time the request arrives, somebody else may have the lane.
        return "lost"
    try:
        outcome = await w.hand_over(work, row, effect)
    except Exception as error:
        await _not_delivered(work, hold, taken, error)
        return "ok"
    failpoint("delivered")
    await _reached(work, row)
    await w.settle(work, hold, row, outcome, adopted=False)
    failpoint("settled")
    return "ok"


async def _not_taken(work: Work, hold: Hold, taken: Lost | Gone | Hopeless) -> Result:
    match taken:
        case Lost():
            return "lost"
        case Gone():
            return "ok"
        case Hopeless(row, why):
            code, _, detail = why.partition(": ")
            await w.give_up(work, hold, row, DeliveryError(code, detail))
            return "ok"
        case _:
            assert_never(taken)


async def _reached(work: Work, row: Row) -> None:
    work.gates.answered(row.connection)
    if work.gates.is_paused(row.connection):
        await w.resume(work, row.connection)


async def _not_delivered(work: Work, hold: Hold, taken: Claimed, raised: Exception) -> None:
    row, error = taken.row, w.as_delivery_error(raised)
    if not isinstance(raised, DeliveryError | TimeoutError):
        log.error("a defect while carrying out outbox row %s", row.id, exc_info=raised)
        work.count(row, "defect")
    match error:
        case RateLimited():
            await _reached(work, row)
            _wait_as_told(work, row, error)
            seconds = error.retry_after
            await w.persist(
                work, lambda tx: claims.again(tx, hold, row, why=str(error), seconds=seconds, counted=False)
            )
            work.count(row, "limited")
        case Revoked():
            await w.pause(
                work, row, error, lambda tx: claims.again(tx, hold, row, why=str(error), seconds=0, counted=False)
            )
        case RefusedByPlatform():
            await _reached(work, row)
            await w.give_up(work, hold, row, error)
        case NotSent():
            work.gates.unreachable(row.connection)
            await w.retry(work, hold, row, error)
        case _ if row.kind in FETCHING:
            work.gates.unreachable(row.connection)
            await w.retry(work, hold, row, error)
        case _:
            work.gates.unreachable(row.connection)
            until = (row.sent_at or taken.now) + timedelta(seconds=work.settings.settle_seconds)
            await w.persist(work, lambda tx: claims.unknown(tx, hold, row, why=str(error), until=until))
            work.count(row, "unknown")


def _wait_as_told(work: Work, row: Row, error: RateLimited) -> None:
    match error.scope:
        case "connection":
            work.gates.limit_connection(row.connection, error.retry_after)
        case "kind":
            work.limits.rest(row.connection, row.kind, error.retry_after)
        case "lane":
            work.gates.limit_lane((row.connection, row.channel), error.retry_after)
        case _:
            assert_never(error.scope)


# --- looking up an outcome -----------------------------------------------------------------------------------


async def _look_up(work: Work, hold: Hold, head: Head) -> Result:
    """Its settle time is over: adopt what is found on the platform, send again only what is not there."""
    taken: Taken = await work.store.transact(
        lambda tx: claims.revisit(tx, hold, head, lease=work.settings.lease_seconds)
    )
    if not isinstance(taken, Claimed):
        return await _not_taken(work, hold, taken)
    row, settings = taken.row, work.settings
    found = None
    if row.kind in READ_BACK:
        since = (row.sent_at or row.created_at) - timedelta(seconds=settings.margin_seconds * max(1, row.attempts))
        try:
            effect = await work.prepare(row, taken.address)
            async with asyncio.timeout(settings.timeout):
                found = await work.platforms[row.connection].read_back(effect, since=since)
        except DatabaseDown:
            raise
        except Exception as error:
            await _not_looked_up(work, hold, taken, error)
            return "ok"
        await _reached(work, row)
    if found is not None:
        await w.settle(work, hold, row, found, adopted=True)
    elif row.attempts >= settings.max_attempts:
        await w.give_up(work, hold, row, OutcomeUnknown("attempts", "tried often, and each time it did not appear"))
    else:
        await w.persist(work, lambda tx: claims.again(tx, hold, row, why="absent: sent again", seconds=0))
        work.count(row, "absent")
    return "ok"


async def _not_looked_up(work: Work, hold: Hold, taken: Claimed, raised: Exception) -> None:
    row, error = taken.row, w.as_delivery_error(raised)
    if not isinstance(raised, DeliveryError | TimeoutError):
        log.error("a defect while looking up outbox row %s", row.id, exc_info=raised)
        work.count(row, "defect")
    match error:
        case RateLimited():
            await _reached(work, row)
            _wait_as_told(work, row, error)
            until = taken.now + timedelta(seconds=error.retry_after)
            await w.persist(work, lambda tx: claims.unknown(tx, hold, row, why=str(error), until=until))
            work.count(row, "limited")
        case Revoked():
            now = taken.now
            await w.pause(work, row, error, lambda tx: claims.unknown(tx, hold, row, why=str(error), until=now))
        case RefusedByPlatform():
            await _reached(work, row)
            await w.give_up(work, hold, row, error)
        case _:
            work.gates.unreachable(row.connection)
            # What cannot be looked up while the platform is away says nothing against this row.
            is_out, attempts = work.gates.is_out(row.connection), row.attempts + 1
            if await (w.is_old(work, row) if is_out else w.is_exhausted(work, row, error, attempts)):
                await w.give_up(work, hold, row, error)
                return
            until = taken.now + timedelta(seconds=work.backoff(attempts))
            await w.persist(
                work, lambda tx: claims.unknown(tx, hold, row, why=str(error), until=until, counted=not is_out)
            )
            work.count(row, "unknown")
