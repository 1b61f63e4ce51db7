"""Getting events, commands and interactions to the app: attempts, acks, Slack's retries, faults on the way.

An event is tried at once, then when it is not acked in time again at once, after one minute and after five (times
scaled by the sandbox's speed). Commands and interactions are tried once; the person sees when that fails.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from sandbox.faults import Fault, Faults
from sandbox.outcome import Outcome as Outcome
from sandbox.traffic import Kind, Traffic

RETRY_SECONDS: Final = (0.0, 60.0, 300.0)
Json = dict[str, Any]


@dataclass(eq=False, slots=True)
class Delivery:
    """`key` names what it is about for whoever measures (channel/ts); `channel` and `text` are what faults match."""

    kind: Literal["event", "command", "interaction"]
    name: str
    payload: Json
    key: str
    channel: str
    text: str
    envelope_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: asyncio.Future[Outcome] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    acked: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when an ack for this envelope arrives, also between two attempts."""


class Transport(Protocol):
    """Socket Mode or signed HTTP."""

    async def attempt(self, delivery: Delivery, number: int, reason: str) -> Outcome:
        """Send it and wait for the ack, no longer than the ack's limit; `number` counts from 0."""
        ...


class Dispatcher:
    def __init__(
        self, transport: Transport, faults: Faults, traffic: Traffic, speed: float, ack_seconds: float
    ) -> None:
        self._transport = transport
        self._ack_seconds = ack_seconds
        self._faults = faults
        self._traffic = traffic
        self._speed = speed
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent = 0
        self._one_more = asyncio.Event()
        self.collecting: list[list[Delivery]] = []
        """Every open list gets each new event; for callers that want the acks of what they cause."""

    def send(self, delivery: Delivery) -> None:
        """Deliver an event in the background; `delivery.done` tells the end of it."""
        for collected in self.collecting:
            collected.append(delivery)
        fault = self._faults.for_delivery(delivery.name, delivery.channel, delivery.text)
        if fault is not None:
            self._note_fault(fault, delivery)
        self._start(self._deliver(delivery, fault))

    async def ask(self, delivery: Delivery) -> Outcome:
        """Deliver a command or interaction and return its ack."""
        fault = self._faults.for_delivery(delivery.name, delivery.channel, delivery.text)
        if fault is not None:
            self._note_fault(fault, delivery)
            match fault.kind:
                case "drop":
                    return Outcome(ok=False, reason="operation_timeout")
                case "hold" | "reorder":
                    await asyncio.sleep(fault.seconds)
                case "double":
                    for _ in range(fault.copies - 1):
                        self._start(self._again(delivery))
        outcome = await self._attempt(delivery, 0, "")
        if fault is not None and fault.kind == "delay_ack":
            await asyncio.sleep(min(fault.seconds, self._ack_seconds))
        if fault is not None and self._loses_ack(fault):
            outcome = Outcome(ok=False, reason="operation_timeout", ms=outcome.ms)
        return outcome

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def forget(self) -> None:
        """Give up all that is on its way or waits for another attempt."""
        for task in self._tasks:
            task.cancel()

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _note_fault(self, fault: Fault, delivery: Delivery) -> None:
        self._traffic.note(
            "fault", fault.kind, ok=True, detail=f"{fault.id} on {delivery.name}", channel=delivery.channel
        )

    async def _deliver(self, delivery: Delivery, fault: Fault | None) -> None:
        try:
            outcome = await self._with_fault(delivery, fault)
            if not delivery.done.done():
                delivery.done.set_result(outcome)
        finally:
            delivery.done.cancel()

    async def _with_fault(self, delivery: Delivery, fault: Fault | None) -> Outcome:
        match fault.kind if fault is not None else "":
            case "drop":
                return Outcome(ok=False, reason="dropped")
            case "hold" if fault is not None:
                with self._traffic.busy():
                    await asyncio.sleep(fault.seconds)
            case "reorder" if fault is not None:
                with self._traffic.busy():
                    await self._overtaken(fault)
            case "double" if fault is not None:
                for _ in range(fault.copies - 1):
                    copy = self._copy(delivery) if fault.new_event_id else delivery
                    self._start(self._again(copy))
        return await self._until_acked(delivery, fault)

    async def _overtaken(self, fault: Fault) -> None:
        """Wait until `copies` later deliveries went out, at most the fault's seconds (0: ten)."""
        target = self._sent + fault.copies
        try:
            async with asyncio.timeout(fault.seconds or 10.0):
                while self._sent < target:
                    self._one_more.clear()
                    await self._one_more.wait()
        except TimeoutError:
            return

    def _copy(self, delivery: Delivery) -> Delivery:
        payload = {**delivery.payload, "event_id": f"Ev{uuid.uuid4().hex[:10].upper()}"}
        return Delivery(delivery.kind, delivery.name, payload, delivery.key, delivery.channel, delivery.text)

    async def _again(self, delivery: Delivery) -> None:
        await self._attempt(delivery, 0, "")

    async def _until_acked(self, delivery: Delivery, fault: Fault | None) -> Outcome:
        outcome = await self._attempt(delivery, 0, "")
        if fault is not None and fault.kind == "delay_ack":
            with self._traffic.busy():
                await asyncio.sleep(min(fault.seconds, self._ack_seconds))
        lost_ack = fault is not None and self._loses_ack(fault)
        for number, seconds in enumerate(RETRY_SECONDS, start=1):
            if outcome.ok and not lost_ack:
                return outcome
            if lost_ack:
                outcome = Outcome(ok=False, reason="timeout")
                delivery.acked.clear()
            lost_ack = False
            if await self._acked_within(delivery, seconds / self._speed):
                return Outcome(ok=True, reason="late")
            outcome = await self._attempt(delivery, number, outcome.reason)
        return outcome

    def _loses_ack(self, fault: Fault) -> bool:
        return fault.kind == "ignore_ack" or (fault.kind == "delay_ack" and fault.seconds >= self._ack_seconds)

    async def _acked_within(self, delivery: Delivery, seconds: float) -> bool:
        """Whether a late ack comes while Slack waits for its next attempt."""
        if delivery.acked.is_set():
            return True
        if not seconds:
            return False
        try:
            async with asyncio.timeout(seconds):
                await delivery.acked.wait()
        except TimeoutError:
            return False
        return True

    async def _attempt(self, delivery: Delivery, number: int, reason: str) -> Outcome:
        self._sent += 1
        self._one_more.set()
        kind: Kind = delivery.kind
        started = time.perf_counter()
        with self._traffic.busy():
            outcome = await self._transport.attempt(delivery, number, reason)
            ms = (time.perf_counter() - started) * 1000
            if outcome.ok:
                self._traffic.note_ack(kind, delivery.name, delivery.key, number, ms)
            self._traffic.note(
                kind,
                delivery.name,
                ok=outcome.ok,
                detail=outcome.reason,
                ms=ms,
                channel=delivery.channel,
                request=delivery.payload,
                response=outcome.body,
            )
        return Outcome(outcome.ok, outcome.body, outcome.reason, ms)
