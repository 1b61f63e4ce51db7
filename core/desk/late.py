"""Answers to what is handled later than it was done: nobody waits for them where they acted, so they go out as effects,
for the person alone."""

from datetime import timedelta

from core.cards import answers
from core.desk.unit import Unit
from core.language.answers import Answer, Choices, FormErrors, OpenForm, Say
from core.language.events import (
    ActionPressed,
    CommandTyped,
    FormSubmitted,
    Inbound,
    Interaction,
    MessagePosted,
    ReactionAdded,
    ShortcutUsed,
)
from core.language.places import Identity, Place
from core.language.text import words
from core.language.views import Card
from core.store import finding
from core.store.outbox import Effect

# An event that fails is tried for the last time after a good hour, and whoever did it has not been told anything until
# then. What is older comes from an absence of hours: its answer would be read in another conversation.
OF_USE = timedelta(hours=2)


def tell(unit: Unit, event: Inbound, answer: Answer | None, *, waited: timedelta) -> None:
    """`waited`: real time since the event came in."""
    card = _card(unit, answer)
    if card is None or max(waited, _age(unit, event)) > OF_USE:
        return
    person, place = _where(unit, event)
    if person is None:
        return
    alone = place if place and "ephemeral" not in unit.lacks.get(person.connection, ()) else None
    unit.effects.append(
        Effect(
            kind="ephemeral" if alone else "dm",
            connection=person.connection,
            channel=alone.channel if alone else "",
            thread=alone.thread if alone else None,
            urgency="reply",
            purpose="nothing" if alone else "dm",
            person=person.user,
            shown=card,
        )
    )


def _age(unit: Unit, event: Inbound) -> timedelta:
    """By the platform, where it says when something was done; it does not of what is made again from a payload that
    has no time, and of a reaction that is seen to be there."""
    match event:
        case Interaction() | ReactionAdded(event_time=""):
            return timedelta()
        case _:
            return unit.now - event.at


def _card(unit: Unit, answer: Answer | None) -> Card | None:
    match answer:
        case Say(card=card):
            return card
        case OpenForm():
            return answers.done(unit.voice, "answer_too_late").card
        case FormErrors(errors=errors):
            return answers.said(words(" ".join(dict.fromkeys(errors.values())))).card
        case Choices() | None:
            return None


def _where(unit: Unit, event: Inbound) -> tuple[Identity | None, Place | None]:
    """Who did it, and in which place; None where it was done in none that others see."""
    match event:
        case MessagePosted(author=person, ref=ref):
            return person, ref.place
        case ReactionAdded(person=person, ref=ref):
            # Not each platform says in which thread.
            return person, Place(ref.connection, ref.channel, ref.thread or finding.thread_of(unit.tx.connection, ref))
        case ActionPressed(person=person, ref=ref):
            return person, ref.place if ref else None
        case ShortcutUsed(person=person, message=message):
            return person, message.ref.place
        case CommandTyped(person=person, place=place):
            return person, place
        case FormSubmitted(person=person):
            return person, None
        case _:
            return None, None
