"""The one table of commands. Slash commands, mentions, buttons, reactions, forms and shortcuts all become a
`Command`; parsing, help, completion and docs are generated from `VERBS`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from core.language.errors import Refused
from core.language.wording import ENGLISH_VOICE
from core.language.words import PRIORITIES, TYPES, Role, parse_number

Who = Literal["anyone", "requester", "agent"]
Param = Literal["agent", "priority", "type", "category", "text", "words"]
# What `list` can be narrowed to.
LISTS = ("mine", "unowned", "late")


@dataclass(frozen=True, slots=True)
class Verb:
    """`who`: anyone; the ticket's requester or somebody of the same account (and agents); agents and leads only.
    `ticket` says whether the verb works on a ticket. `param` is what follows the ticket's number."""

    name: str
    who: Who
    ticket: bool = True
    param: Param | None = None
    param_optional: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def summary(self) -> str:
        """In English, for where the platform's menus are registered."""
        return ENGLISH_VOICE.say(f"verb_{self.name}")

    @property
    def label(self) -> str:
        """What the argument is called for people."""
        return {"text": "text …", "words": " | ".join(LISTS)}.get(self.param or "", self.param or "")

    @property
    def usage(self) -> str:
        parts = [self.name]
        if self.ticket:
            parts.append("[number]")
        if self.param:
            parts.append(f"[{self.label}]" if self.param_optional else f"<{self.label}>")
        return " ".join(parts)


VERBS: tuple[Verb, ...] = (
    Verb("open", "anyone", ticket=False, param="text", param_optional=True, aliases=("new",)),
    Verb("mine", "anyone", ticket=False),
    Verb("show", "requester"),
    Verb("solved", "requester", aliases=("done",)),
    Verb("person", "requester", aliases=("human",)),
    Verb("urgent", "requester"),
    Verb("list", "agent", ticket=False, param="words", param_optional=True),
    Verb("claim", "agent", aliases=("take",)),
    Verb("release", "agent", aliases=("unclaim", "drop")),
    Verb("assign", "agent", param="agent"),
    Verb("reply", "agent", param="text", aliases=("answer",)),
    Verb("note", "agent", param="text"),
    Verb("priority", "agent", param="priority", aliases=("prio",)),
    Verb("type", "agent", param="type"),
    Verb("category", "agent", param="category"),
    Verb("subject", "agent", param="text"),
    Verb("pending", "agent", aliases=("wait",)),
    Verb("hold", "agent", aliases=("on_hold",)),
    Verb("resolve", "agent", aliases=("solve",)),
    Verb("close", "agent"),
    Verb("reopen", "requester"),
    Verb("why", "agent"),
    Verb("help", "anyone", ticket=False),
)

_BY_NAME: Mapping[str, Verb] = {name: v for v in VERBS for name in (v.name, *v.aliases)}

# What a reaction may be mapped to in desk.yaml beside the verbs: shorthands for a verb with its argument.
REACTION_ACTIONS: Mapping[str, tuple[str, str]] = {
    **{v.name: (v.name, "") for v in VERBS if v.ticket and v.param is None},
    "open": ("open", ""),
    **{p: ("priority", p) for p in PRIORITIES},
}


_QUESTIONS = frozenset({"help", "list", "mine", "show", "why"})

OPEN, REPLY = _BY_NAME["open"], _BY_NAME["reply"]


def verb(name: str) -> Verb | None:
    return _BY_NAME.get(name.lower())


@dataclass(frozen=True, slots=True)
class Command:
    """One wish, whatever surface it came from. `ticket` is None when the surface implies it (a thread, a card);
    `args` holds the parameter under its kind's name."""

    verb: str
    ticket: int | None = None
    args: Mapping[str, str] = field(default_factory=dict)


def parse_command(text: str) -> Command:
    """`claim 12`, `reply T-12 We are on it`, `list mine`, … as a Command.

    Raises Refused("unknown_command" | "bad_argument") with what to type instead. A number is taken as the
    ticket only in the word right after the verb.
    """
    head, rest = split_word(text)
    if not head:
        return Command("help")
    found = verb(head)
    if not found:
        raise unknown_command(head)
    number: int | None = None
    if found.ticket and rest:
        word, after = split_word(rest)
        number = parse_number(word)
        if number is not None:
            rest = after
        elif found.param is None:
            raise Refused("bad_argument", "no_number", word=word[:40], usage=found.usage)
    if found.param is None:
        return Command(found.name, number)
    if not rest:
        if found.param_optional:
            return Command(found.name, number)
        raise needs_more(found)
    return Command(found.name, number, {found.param: argument(found.param, rest)})


def unknown_command(word: str) -> Refused:
    return Refused("unknown_command", word=word[:40])


def needs_more(found: Verb) -> Refused:
    return Refused("bad_argument", "needs_more", verb=found.name, usage=found.usage)


def split_word(text: str) -> tuple[str, str]:
    """The first word and what stands after it, which may be on another line."""
    head, *rest = text.split(maxsplit=1) or [""]
    return head, rest[0].strip() if rest else ""


def is_question(text: str) -> bool:
    """Whether a command changes nothing, so that it may be answered anew as often as it is asked."""
    head, _ = split_word(text)
    found = verb(head)
    return not head or (found is not None and found.name in _QUESTIONS)


def argument(param: Param, value: str) -> str:
    """The value in its canonical spelling. Raises Refused("bad_argument") for a word outside a closed list."""
    value = value.strip()
    if param in ("priority", "type"):
        allowed: tuple[str, ...] = PRIORITIES if param == "priority" else TYPES
        if value.lower() not in allowed:
            raise Refused("bad_argument", f"no_{param}", word=value[:40], allowed=", ".join(allowed))
        return value.lower()
    return value


def allowed(who: Who, role: Role) -> bool:
    """Whether a role may use a verb at all; whether the ticket is theirs is asked where the ticket is known."""
    return who != "agent" or role in ("agent", "lead", "manager")


def help_for(role: Role) -> tuple[Verb, ...]:
    return tuple(v for v in VERBS if allowed(v.who, role))
