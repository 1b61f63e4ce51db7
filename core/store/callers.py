"""Coroutines that wait for what a thread does in groups: those of a group are told together.

Waking an event loop is a system call, in which the thread would lose the interpreter to it, once for each of a group.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Any


class StrayStopIteration(RuntimeError):
    """A defect: a StopIteration left the function that was to be run. No future takes one, so that whoever waits would
    wait for ever."""

    def __init__(self, cause: StopIteration) -> None:
        super().__init__("StopIteration was raised")
        self.__cause__ = cause


class Caller:
    """Made in the coroutine, which then awaits `future`. The thread says what came of it as it would to a
    `concurrent.futures.Future`, and then calls `tell`."""

    __slots__ = ("_error", "_value", "future", "loop")

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.future: asyncio.Future[Any] = self.loop.create_future()
        self._value: Any = None
        self._error: BaseException | None = None

    def set_running_or_notify_cancel(self) -> bool:
        """False when nobody waits any more."""
        return not self.future.cancelled()

    def set_result(self, value: Any) -> None:
        self._value = value

    def set_exception(self, error: BaseException) -> None:
        self._error = StrayStopIteration(error) if isinstance(error, StopIteration) else error

    def hear(self) -> None:
        """In the event loop."""
        if self.future.done():  # cancelled meanwhile
            return
        if self._error is not None:
            self.future.set_exception(self._error)
        else:
            self.future.set_result(self._value)


def tell(callers: Iterable[Caller | Future[Any]]) -> None:
    """Wakes each event loop once; a `concurrent.futures.Future` has told already."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Caller]] = {}
    for caller in callers:
        if isinstance(caller, Caller):
            by_loop.setdefault(caller.loop, []).append(caller)
    for loop, waiting in by_loop.items():
        with contextlib.suppress(RuntimeError):  # it has ended
            loop.call_soon_threadsafe(_hear, waiting)


def _hear(callers: Iterable[Caller]) -> None:
    for caller in callers:
        caller.hear()
