"""`Desk.handle`: one event, one transaction. The receipt goes in first; everything else follows or nothing does."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from typing import Any, assert_never

import structlog

from core.cards import answers
from core.desk import aside, commands, editing, footing, intake, late, overtaking, pressing, reacting
from core.desk.unit import Cause, Unit
from core.failpoints import failpoint
from core.language.answers import Answer, FormErrors
from core.language.codec import dump_answer, load_answer
from core.language.effects import EffectKind
from core.language.errors import Refused
from core.language.events import (
    ActionPressed,
    ChannelChanged,
    ChoicesAsked,
    CommandTyped,
    ConnectionRevoked,
    FormSubmitted,
    GroupChanged,
    HomeOpened,
    Inbound,
    Interaction,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    PersonChanged,
    ReactionAdded,
    ReactionRemoved,
    ShortcutUsed,
    Unreadable,
    ordering_channel,
    receipt_key,
)
from core.language.places import Identity
from core.language.policy import Policy
from core.language.text import clean
from core.ports import Clock, NotSent
from core.rules.splitting import Rooms
from core.store import receipts
from core.store.directory import Directory
from core.store.engine import DatabaseDown, Store, Tx

log = structlog.get_logger(__name__)

Normalise = Callable[[Mapping[str, Any]], Inbound | None]

# A quarantined event is tried again after these waits (real time), then kept for a person to look at.
RETRY_AFTER = (timedelta(seconds=30), timedelta(minutes=5), timedelta(hours=1))


class _StillEarly(Exception):
    """What a stored event is about is still not known."""


class Desk:
    """The desk's front door. For each connection, `normalise` makes an event of a stored payload again, and `lacks`
    says which effects its platform has no place for; `rooms` says what a message of each holds. `asks_model`: new
    tickets are shown to a language model."""

    def __init__(
        self,
        store: Store,
        policy: Policy,
        clock: Clock,
        directory: Directory,
        normalise: Mapping[str, Normalise],
        lacks: Mapping[str, Collection[EffectKind]] | None = None,
        *,
        rooms: Rooms | None = None,
        asks_model: bool = False,
    ) -> None:
        self.store = store
        self.policy = policy
        self.clock = clock
        self.directory = directory
        self.normalise = normalise
        self.lacks = lacks or {}
        self.rooms = rooms or Rooms({})
        self.asks_model = asks_model
        # Events since the start, by kind and by what became of them.
        self.counts: Counter[tuple[str, str]] = Counter()

    async def handle(self, event: Inbound, *, caught_up: bool = False) -> Answer | None:
        """Take in one event; when this returns, it is committed and may be acknowledged. `caught_up`: it was read from
        the history, where nobody waits; what it is answered goes out as an effect.

        A known event gets the answer it got the first time; a message or reaction only in the delivery that got it,
        since a platform may tell of one in several. An event whose handling fails is set aside with its
        error and counts as taken in. Raises DatabaseDown alone: then nothing is committed and nothing may be
        acknowledged.
        """
        overflow = (lambda tx: self._store(tx, event)) if _may_wait(event) else None
        kind = type(event).__name__
        try:
            answer = await self.store.transact(lambda tx: self._take(tx, event, caught_up=caught_up), overflow=overflow)
        except DatabaseDown:
            self.counts[kind, "not_taken"] += 1
            raise
        except Exception as error:
            log.exception("event_set_aside", connection=event.connection, correlation_id=receipt_key(event))
            answer = await self._quarantine(event, error)
            self.counts[kind, "quarantined"] += 1
            return answer
        self.counts[kind, "taken"] += 1
        return answer

    # --- one transaction --------------------------------------------------------------------------------------

    def _take(self, tx: Tx, event: Inbound, *, caught_up: bool) -> Answer | None:
        key = receipt_key(event)
        waited = timedelta() if caught_up else None
        _lock(tx, event)
        if key is None:
            return self.dispatch(tx, event, waited=waited)
        taken = self._receipt(tx, event, key)
        known = not taken.won and not _is_open_still(taken, event)
        if known or taken.stored or aside.is_early(tx, event, self.policy.reactions, tx.real_now()):
            return self._keep(tx, taken, event)
        failpoint("handling")
        answer = self.dispatch(tx, event, overtaken=taken.overtaken, waited=waited)
        if answer is not None:
            receipts.keep_answer(tx, taken.id, dump_answer(answer) or "")
        return answer

    def _receipt(self, tx: Tx, event: Inbound, key: str) -> receipts.Taken:
        return receipts.take(
            tx,
            connection=event.connection,
            key=key,
            event_id=event.event_id,
            received_at=tx.real_now(),
            channel=ordering_channel(event),
            overtaking=overtaking.receipt_name(event.ref) if isinstance(event, MessagePosted) else "",
        )

    def _store(self, tx: Tx, event: Inbound) -> Answer | None:
        """The cheap variant for an overflow: only the raw event, to be handled in order a little later."""
        return self._keep(tx, self._receipt(tx, event, receipt_key(event) or ""), event)

    def _keep(self, tx: Tx, taken: receipts.Taken, event: Inbound) -> Answer | None:
        if not taken.won:
            if taken.state == "quarantined" and isinstance(event, Interaction):
                return answers.failed(self.policy.voice)
            return load_answer(taken.answer) if taken.redelivered or isinstance(event, Interaction) else None
        aside.keep_raw(tx, taken.id, event, state="stored")
        tx.wake("stored")
        return None

    def unit(self, tx: Tx, cause: Cause) -> Unit:
        return Unit(
            tx=tx,
            policy=self.policy,
            directory=self.directory,
            now=self.clock.now(),
            cause=cause,
            lacks=self.lacks,
            rooms=self.rooms,
            asks_model=self.asks_model,
        )

    def dispatch(
        self, tx: Tx, event: Inbound, *, overtaken: bool = False, waited: timedelta | None = None
    ) -> Answer | None:
        """Do what an event means, and those that overtook it. A refusal undoes what was begun, and is said to the
        person. `waited`: the event is done so much later than it came in (real time), and its answer goes out as an
        effect."""
        unit = self.unit(tx, Cause(None, "message"))
        answer: Answer | None
        if isinstance(event, Interaction):
            try:
                with unit.undoable():
                    answer = self._do(unit, event)
            except Refused as refusal:
                if isinstance(event, FormSubmitted):
                    answer = pressing.form_refused(unit, event, refusal)
                else:
                    answer = answers.refused(self.policy.voice, refusal)
        else:
            answer = self._do(unit, event)
        if waited is not None:
            late.tell(unit, event, answer, waited=waited)
            # What comes again is waited for again only if it was pressed, typed or sent.
            answer = answer if isinstance(event, Interaction) else None
        if overtaken and isinstance(event, MessagePosted):
            self._do_overtaking(unit, event)
        unit.flush()
        return answer

    def _do_overtaking(self, unit: Unit, event: MessagePosted) -> None:
        """What has waited for a message, and for those that waited themselves."""
        normalise = self.normalise[event.connection]
        waiting = [later for raw in overtaking.take(unit, event.ref) if (later := normalise(json.loads(raw)))]
        for later in sorted(waiting, key=lambda each: each.at):
            late.tell(unit, later, self._do(unit, later), waited=timedelta())
            if isinstance(later, MessagePosted):
                self._do_overtaking(unit, later)

    def _do(self, unit: Unit, event: Inbound) -> Answer | None:
        match event:
            case MessagePosted():
                return intake.message_posted(unit, event)
            case MessageEdited():
                editing.message_edited(unit, event)
            case MessageDeleted():
                editing.message_deleted(unit, event)
            case ReactionAdded():
                return reacting.reaction_added(unit, event)
            case ReactionRemoved():
                reacting.reaction_removed(unit, event)
            case ActionPressed():
                return pressing.action_pressed(unit, event)
            case CommandTyped():
                return commands.typed(unit, event)
            case ShortcutUsed():
                return pressing.shortcut_used(unit, event)
            case FormSubmitted():
                return pressing.form_submitted(unit, event)
            case ChoicesAsked():
                return pressing.choices_asked(unit, event)
            case HomeOpened():
                footing.home_opened(unit, event)
            case ChannelChanged():
                footing.channel_changed(unit, event)
            case PersonChanged():
                footing.person_changed(unit, event)
            case GroupChanged():
                footing.group_changed(unit, event)
            case ConnectionRevoked():
                footing.connection_revoked(unit, event)
            case Unreadable():
                raise ValueError(event.problem)
            case _:
                assert_never(event)
        return None

    # --- events set aside -------------------------------------------------------------------------------------

    async def _quarantine(self, event: Inbound, error: Exception) -> Answer | None:
        said = answers.failed(self.policy.voice) if isinstance(event, Interaction) else None
        key = receipt_key(event)
        if key is None:
            return said

        def keep(tx: Tx) -> None:
            taken = self._receipt(tx, event, key)
            if taken.won:
                aside.keep_raw(
                    tx,
                    taken.id,
                    event,
                    state="quarantined",
                    error=_reason(error),
                    # Whoever acted was told that it failed, and acts again.
                    next_attempt_at=None if said else tx.real_now() + RETRY_AFTER[0],
                )
                tx.wake("quarantine")

        await self.store.transact(keep)
        return said

    async def handle_aside(self, receipt_id: int) -> bool:
        """Handle one event that was set aside; False when somebody else did or when it failed again."""
        try:
            return await self.store.transact(lambda tx: self._again(tx, receipt_id))
        except DatabaseDown:
            raise
        except (_StillEarly, NotSent):
            return False
        except Exception as error:
            log.exception("event_failed_again", receipt=receipt_id)
            reason = _reason(error)
            await self.store.transact(lambda tx: aside.failed_again(tx, receipt_id, reason, RETRY_AFTER))
            return False

    def _again(self, tx: Tx, receipt_id: int) -> bool:
        waiting = receipts.lock_aside(tx, receipt_id)
        if waiting is None or waiting.raw is None or receipts.waits_for_earlier(tx, waiting):
            return False
        normalise = self.normalise.get(waiting.connection)
        if normalise is None:
            raise Refused("no_connection", connection=waiting.connection)
        event = normalise(json.loads(waiting.raw))
        receipts.settle(tx, receipt_id, state="handled" if event else "discarded")
        if event is None:
            return True
        young = tx.real_now() - waiting.received_at < aside.EARLY
        if young and aside.is_early(tx, event, self.policy.reactions, waiting.received_at):
            raise _StillEarly
        _lock(tx, event)
        answer = self.dispatch(tx, event, overtaken=True, waited=tx.real_now() - waiting.received_at)
        if answer is not None:
            receipts.keep_answer(tx, receipt_id, dump_answer(answer) or "")
        return True


def _reason(error: Exception) -> str:
    return clean(f"{type(error).__name__}: {error}", 2000)


def _is_open_still(taken: receipts.Taken, event: Inbound) -> bool:
    """Whether this is a form that was refused: nothing came of it, and it may be sent again as it is when what was in
    its way is gone."""
    return isinstance(event, FormSubmitted) and isinstance(load_answer(taken.answer), FormErrors)


def _may_wait(event: Inbound) -> bool:
    """Whether an event may be stored and handled later: nobody waits for its answer, and it has a receipt."""
    return receipt_key(event) is not None and isinstance(
        event, MessagePosted | MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved
    )


def _lock(tx: Tx, event: Inbound) -> None:
    """Messages of one author in one channel are decided one after the other: whether two belong together cannot
    be seen while neither is committed. So are a message and what is said about it: what comes before it is kept for
    it, and neither would see the other."""
    if not isinstance(event, MessagePosted | MessageEdited | MessageDeleted | ReactionAdded | ReactionRemoved):
        return
    on, ref = event.connection, event.ref
    things = [("message", on, ref.channel, ref.message)]
    match event:
        case MessagePosted(author=Identity(user=user)) | MessageEdited(author=Identity(user=user)):
            things.append(("author", on, ref.channel, user))
    if isinstance(event, MessagePosted) and ref.thread:
        things.append(("message", on, ref.channel, ref.thread))
    tx.lock(*things)
