"""Asks the language model about new tickets. The delivery hands the `model` effects over; nobody waits for them.

Whatever the model does, the ticket's card stays as it is unless there is a suggestion to show. How it went is counted.
"""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from core.desk import suggesting
from core.language.effects import AskModel, Delivered
from core.language.facts import Suggestion
from core.language.policy import Policy
from core.ports import Failure, LanguageModel, ModelError, OutcomeUnknown, RateLimited
from core.rules import suggesting as rules
from core.store import suggestions
from core.store.directory import Directory
from core.store.engine import DatabaseDown, Store, Tx

log = logging.getLogger(__name__)

# These may be over in a moment.
_PASSING: tuple[Failure, ...] = ("unreachable", "failed", "limited")
# Nobody waits longer than this (seconds) because a model said so.
_LONGEST_WAIT = 60.0


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """All times in seconds of real time. A request is given up after `timeout`; what may be over in a moment is tried
    up to `tries` times. After `breaker_after` failures in a row nobody is asked for `breaker_wait`, which doubles with
    each further failure up to `longest_breaker`. A ticket that is older than `too_late` is not asked about any more:
    somebody has read it."""

    timeout: float = 25.0
    tries: int = 3
    breaker_after: int = 5
    breaker_wait: float = 60.0
    longest_breaker: float = 900.0
    too_late: float = 600.0


class Breaker:
    """Lets nobody ask for a while after several failures in a row; then one at a time, until one of them works."""

    def __init__(self, settings: ModelSettings, now: Callable[[], float] = monotonic) -> None:
        self._settings = settings
        self._now = now
        self._failures = 0
        self._until = 0.0
        self._trying = False

    @property
    def is_open(self) -> bool:
        return self._failures >= self._settings.breaker_after

    def lets_through(self) -> bool:
        """Whether somebody may ask now, who then tells `worked`, `failed` or `left`."""
        if not self.is_open:
            return True
        if self._trying or self._now() < self._until:
            return False
        self._trying = True
        return True

    def worked(self) -> None:
        self._failures, self._trying = 0, False

    def failed(self) -> None:
        self._failures, self._trying = self._failures + 1, False
        over = self._failures - self._settings.breaker_after
        if over >= 0:
            wait = min(self._settings.breaker_wait * 2.0 ** min(over, 20), self._settings.longest_breaker)
            self._until = self._now() + wait

    def left(self) -> None:
        """It says nothing about the model."""
        self._trying = False


class Suggesting:
    """`outcomes` counts what came of each effect since the start: `answered`, a `Failure`, or why nobody was asked
    (`stale`, `late`, `over_budget`, `breaker`, `off`), and `defect`. Without a `model` effects that were left from
    when there was one are done with."""

    def __init__(
        self,
        store: Store,
        model: LanguageModel | None,
        *,
        policy: Policy,
        directory: Directory,
        settings: ModelSettings,
    ) -> None:
        self.outcomes: Counter[str] = Counter()
        self.breaker = Breaker(settings)
        self._store = store
        self._model = model
        self._policy = policy
        self._directory = directory
        self._settings = settings

    async def __call__(self, effect: AskModel) -> Delivered:
        """Raises RateLimited or OutcomeUnknown for what is to be tried again."""
        try:
            return Delivered(suggestion=await self._ask(effect))
        except DatabaseDown as error:
            raise OutcomeUnknown("database", str(error)) from error

    async def _ask(self, effect: AskModel) -> Suggestion | None:
        if self._model is None:
            return self._nothing("off")
        if effect.waited > timedelta(seconds=self._settings.too_late):
            return self._nothing("late")
        asked = await self._store.read(lambda c: suggesting.asked(c, self._directory, effect.ticket))
        if asked is None:
            return self._nothing("stale")
        if not self.breaker.lets_through():
            return self._nothing("breaker")
        try:
            if not await self._store.transact(self._take_request):
                self.breaker.left()
                return self._nothing("over_budget")
            answer = await self._model.answer(asked.question, seconds=self._settings.timeout)
            found = rules.read(answer, asked.said, self._policy.categories)
        except ModelError as error:
            return self._failed(effect, error)
        except DatabaseDown:
            self.breaker.left()
            raise
        except Exception:
            log.exception("a defect while asking the model about a ticket")
            self.breaker.failed()
            return self._nothing("defect")
        except BaseException:  # the desk stops
            self.breaker.left()
            raise
        self.breaker.worked()
        self.outcomes["answered"] += 1
        return found

    def _failed(self, effect: AskModel, error: ModelError) -> None:
        """Raises what makes the delivery come back with it, when that may help."""
        self.outcomes[error.failure] += 1
        log.warning("the model has no suggestion for T-%s: %s", effect.ticket, error)
        if error.failure == "refused":  # this text; the model works
            self.breaker.worked()
            return
        self.breaker.failed()
        if error.failure not in _PASSING or effect.attempt >= self._settings.tries or self.breaker.is_open:
            return
        if error.failure == "limited" and error.retry_after is not None:
            raise RateLimited(min(error.retry_after, _LONGEST_WAIT))
        raise OutcomeUnknown(error.failure)

    def _nothing(self, why: str) -> None:
        self.outcomes[why] += 1

    def _take_request(self, tx: Tx) -> bool:
        day = tx.real_now().astimezone(ZoneInfo(self._policy.timezone)).date()
        return suggestions.take_request(tx, day, self._policy.model_daily_budget)
