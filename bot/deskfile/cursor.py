"""A place in the policy file: a node, the key that leads there, and where to complain.

The reading functions return None for what is not as it should be and have told why; the caller goes on, so that a
person sees all problems at once.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from bot.deskfile.document import Mapping, Node, Scalar, Sequence
from bot.deskfile.problems import Problems, looks_secret, near, shown
from core.language.text import clean

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")
_PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]{1,20}")


def one_of(options: Collection[str]) -> str:
    return f"one of {', '.join(options)}" if len(options) > 1 else "".join(options)


@dataclass(frozen=True, slots=True)
class Cursor:
    node: Node
    path: str
    problems: Problems

    def wrong(self, message: str) -> None:
        self.problems.add(self.node.line, self.path, message)

    @property
    def is_nothing(self) -> bool:
        return isinstance(self.node, Scalar) and self.node.is_nothing

    @property
    def is_text(self) -> bool:
        return isinstance(self.node, Scalar)

    @property
    def is_list(self) -> bool:
        return isinstance(self.node, Sequence)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.node, Mapping)

    @property
    def is_empty(self) -> bool:
        """A list or mapping with nothing in it."""
        match self.node:
            case Sequence(items=()) | Mapping(entries=()):
                return True
            case _:
                return False

    def fields(self, *known: str) -> "Fields | None":
        """The entries of a mapping with a closed set of keys."""
        if not isinstance(self.node, Mapping):
            self._expected(f"keys and values ({', '.join(known)})")
            return None
        entries: dict[str, Cursor] = {}
        for key, value in self.node.entries:
            if key.value in known:
                entries[key.value] = self._child(key, value)
            else:
                place = f"{self.path}.{key.value}" if self.path and _PLAIN_KEY.fullmatch(key.value) else self.path
                self.problems.add(
                    key.line,
                    place,
                    f"{shown(key.value)} is not a setting here; use {one_of(known)}{near(key.value, known)}",
                )
        return Fields(self, entries)

    def entries(self) -> Iterator[tuple["Cursor", "Cursor"]]:
        """Key and value of a mapping whose keys are the operator's own."""
        if not isinstance(self.node, Mapping):
            self._expected("keys and values")
            return
        for key, value in self.node.entries:
            child = self._child(key, value)
            yield Cursor(key, child.path, self.problems), child

    def items(self, *, or_one: bool = False) -> tuple["Cursor", ...]:
        """A list's items. `or_one` takes a single value as a list of one."""
        if isinstance(self.node, Sequence):
            return tuple(
                Cursor(item, f"{self.path}[{index}]", self.problems) for index, item in enumerate(self.node.items)
            )
        if or_one and not self.is_nothing:
            return (self,)
        if not self.is_nothing:
            self.wrong("is not a list; start each of its entries with a dash, or write [ … ]")
        return ()

    def text(self, what: str = "text", longest: int = 100, *, empty: bool = False) -> str | None:
        """`what` says what is expected, "a name"."""
        if not isinstance(self.node, Scalar) or self.node.is_nothing:
            self._expected(what)
            return None
        value = self.node.value.strip()
        if not value and not empty:
            self.wrong(f"is empty; write {what}")
        elif len(value) > longest:
            self.wrong(f"has {len(value)} characters; at most {longest}")
        elif clean(value) != value:
            self.wrong("holds control or text direction characters; delete them")
        else:
            return value
        return None

    def choice(self, options: Collection[str], what: str) -> str | None:
        """One of a closed list of words; `what` with its article, "an intake mode"."""
        value = self.text(what)
        if value is None or value in options:
            return value
        self.wrong(f"{shown(value)} is not {what}; use {one_of(options)}{near(value, options)}")
        return None

    def identifier(self) -> str | None:
        value = self.text("an id")
        if value is None or (_ID.fullmatch(value) and not looks_secret(value)):
            return value
        if value[0] in "#@":
            own = value[1:] or "globex"
            self.wrong(f"{shown(value)} looks like a channel or a person; write an id of your own, such as {own}")
        else:
            self.wrong(f"{shown(value)} is not an id; use up to 40 letters, digits, dots, dashes and underscores")
        return None

    def refer(self, known: Collection[str] | None, what: str) -> str | None:
        """What has to be defined elsewhere in the file, as `what` ("the id of a team"). `known` is None when that
        could not be read, which was told there."""
        value = self.text(what)
        if value is None or known is None or value in known:
            return value
        known = sorted(each for each in known if not looks_secret(each))
        listed = f"; there is {one_of(known)}" if 0 < len(known) <= 12 else "" if known else "; there is none"
        self.wrong(f"{shown(value)} is not {what}{listed}{near(value, known)}")
        return None

    def integer(self, low: int, high: int) -> int | None:
        value = self.text("a whole number")
        if value is None:
            return None
        if not re.fullmatch(r"\d{1,9}", value, re.ASCII):
            self.wrong(f"{shown(value)} is not a whole number; write one from {low} to {high}")
        elif not low <= int(value) <= high:
            self.wrong(f"{value} is out of range; write a number from {low} to {high}")
        else:
            return int(value)
        return None

    def _child(self, key: Scalar, value: Node) -> "Cursor":
        name = key.value if _PLAIN_KEY.fullmatch(key.value) else shown(key.value)
        # A value that is missing has no line of its own worth telling; its key has.
        if isinstance(value, Scalar) and value.is_nothing:
            value = Scalar(key.line, value.value)
        return Cursor(value, f"{self.path}.{name}" if self.path else name, self.problems)

    def _expected(self, what: str) -> None:
        if self.is_nothing:
            self.wrong(f"is empty; write {what} (what follows a # is a comment in YAML, unless in quotes)")
        else:
            has = "a list" if self.is_list else "keys and values" if self.is_mapping else "a single value"
            self.wrong(f"is {has}; write {what}")


@dataclass(frozen=True, slots=True)
class Fields:
    """The known keys of a mapping."""

    of: Cursor
    found: dict[str, Cursor]

    def required(self, key: str, example: str) -> Cursor | None:
        """Complains when the key is missing, with what could be written."""
        if key not in self.found:
            self.of.wrong(f"{key} is missing; write {key}: {example}")
        return self.found.get(key)

    def optional(self, key: str) -> Cursor | None:
        """None too when the key is there with nothing behind it."""
        cursor = self.found.get(key)
        return None if cursor is None or cursor.is_nothing else cursor

    def __contains__(self, key: str) -> bool:
        return key in self.found
