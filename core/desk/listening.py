"""Commands inside ordinary messages: `@desk claim`, or a direct message to the desk."""

from core.cards import answers
from core.desk import commands
from core.desk.unit import Cause, Unit
from core.language.answers import Answer
from core.language.commands import Command, help_for, parse_command, split_word, unknown_command, verb
from core.language.errors import Refused
from core.language.events import MessagePosted
from core.language.facts import Person
from core.language.text import Named, Text, plain
from core.language.words import parse_number
from core.rules import permissions

# What a customer may ask in a direct message without addressing the desk: these change nothing.
_QUESTIONS = frozenset({"mine", "show", "help"})


def command_in(text: Text, author: Person, *, addressed: bool, among_team: bool) -> Command | Refused | None:
    """The command that a message is, or None when it is ordinary talk. `addressed`: it mentions the desk;
    `among_team`: no customer reads it.

    It is one when its words after the mention begin with a verb that the author may use; for a verb that takes no
    argument, nothing but a ticket number may follow, so that "@desk help, it is broken" stays a request. An agent who
    speaks to the desk among the team can only mean a command, whatever follows.
    What can only be meant as a command and is none comes back as the refusal to show.
    """
    head, rest = split_word(_after_mention(text))
    found = verb(head.strip(",:"))
    alone = not rest or parse_number(rest) is not None
    meant = author.is_agent and addressed and among_team and _is_to_desk(text)
    if found is None:
        slipped = author.is_agent and addressed and (alone or meant) and head.isalpha()
        return unknown_command(head) if slipped else None
    if found.param is None and rest and not (found.ticket and alone) and not meant:
        return None
    if not author.is_agent and not addressed and found.name not in _QUESTIONS:
        return None
    if found not in help_for(author.role):
        return permissions.not_allowed(found, author) if alone else None
    try:
        return parse_command(f"{found.name} {rest}")
    except Refused as refusal:
        # A customer's sentence that merely begins like a command is a request, not a mistake.
        return refusal if author.is_agent else None


def _is_to_desk(text: Text) -> bool:
    """Whether a message begins with the desk's name, which is nobody's, and with no other beside it."""
    first, second, *_ = *(span for span in text if plain((span,)).strip()), None, None
    return isinstance(first, Named) and first.identity is None and not isinstance(second, Named)


def _after_mention(text: Text) -> str:
    spans = list(text)
    while spans and (isinstance(spans[0], Named) or not plain((spans[0],)).strip()):
        spans.pop(0)
    return plain(spans)


def mentioned(
    unit: Unit, event: MessagePosted, author: Person, command: Command | Refused, ticket: int | None
) -> Answer | None:
    """`ticket` is the one in whose thread it was said. What cannot be done is answered, and undone."""
    if isinstance(command, Refused):
        return answers.refused(unit.voice, command)
    unit.cause = Cause(author, "mention")
    here = commands.Here(place=event.ref.place, person=event.author, ticket=ticket, message=event, direct=event.direct)
    try:
        with unit.undoable():
            return commands.run(unit, command, author, here)
    except Refused as refusal:
        return answers.refused(unit.voice, refusal)
