"""YAML text as plain nodes that know their line.

Only what a policy needs is taken: mappings, lists and text. Every scalar stays the text that was written, so
`08:30` is no number of seconds and `no` is no boolean, with or without quotes, and ids of twenty digits stay whole.
Tags, merge keys (`<<`), two values for one key, several documents, and files made to explode are refused.
"""

from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from bot.deskfile.problems import Problems, shown

MAX_BYTES = 1024 * 1024
# Reading goes at some 50,000 nodes a second, and has to end within a second or so.
MAX_NODES = 40_000
MAX_DEPTH = 16
MAX_LINES = 50_000
# Some of the reader's work grows with the square of a line's length.
MAX_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Scalar:
    """`quoted` tells an empty text from nothing at all."""

    line: int
    value: str
    quoted: bool = False

    @property
    def is_nothing(self) -> bool:
        return not self.quoted and self.value in ("", "~", "null", "Null", "NULL")


@dataclass(frozen=True, slots=True)
class Sequence:
    line: int
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys are unique."""

    line: int
    entries: "tuple[tuple[Scalar, Node], ...]"


Node = Scalar | Sequence | Mapping


class _Stop(Exception):
    """The rest cannot be read."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


def parse(data: bytes, problems: Problems) -> Node | None:
    """The document's root. Adds what is wrong to `problems`; None when nothing could be made of it."""
    builder = _Builder(problems)
    try:
        return builder.build(_text(data))
    except _Stop as stop:
        problems.add(stop.line, "", stop.message)
    except MarkedYAMLError as error:
        problems.add(*_told(error, builder.innermost))
    except YAMLError as error:
        # A character that YAML forbids; the reader knows where it stands.
        position = getattr(error, "position", 0)
        line = _text(data).count("\n", 0, position if isinstance(position, int) else 0) + 1
        problems.add(line, "", "has a control character, which YAML does not allow; delete it")
    return None


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Stop(1, f"has {len(data):,} bytes; a policy file has at most {MAX_BYTES:,}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _Stop(data.count(b"\n", 0, error.start) + 1, "is not UTF-8 text; save the file as UTF-8") from None
    for number, line in enumerate(text.split("\n"), 1):
        if number > MAX_LINES:
            raise _Stop(number, f"has more than {MAX_LINES:,} lines")
        if len(line) > MAX_LINE:
            raise _Stop(number, f"has {len(line):,} characters in one line; at most {MAX_LINE:,} are read")
    return text


def _told(error: MarkedYAMLError, innermost: int | None) -> tuple[int, str, str]:
    """The reader's complaint as line, key and message, where `innermost` is the line of what is open. Its own
    message is not used: it quotes the file."""
    problem = str(error.problem or error.context or "")
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    match problem:
        case "mapping values are not allowed here":
            said = 'a second ":" here; put text that holds a colon in quotes'
        case _ if "\\t" in problem:
            said = "a tab here; indent with spaces"
        case _ if ("end" in problem and "stream" in problem) or problem.startswith("expected ',' or"):
            quote = error.context_mark if "scanning" in str(error.context) else None
            line = quote.line + 1 if quote else innermost or line
            said = "what opens here is never closed; look for a missing ], } or quote"
        case _ if problem.startswith("expected <block end>"):
            said = "this does not belong here; check indentation, dashes and quotes"
        case _ if "cannot start any token" in problem:
            said = "text cannot start with this character; put it in quotes"
        case _:
            said = f"the YAML reader says {shown(problem)}; check indentation and quotes"
    return line, "", f"is not valid YAML: {said}"


class _Builder:
    """Builds nodes from the reader's events, without recursion, and stops it early."""

    def __init__(self, problems: Problems) -> None:
        self.problems = problems
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.nodes = 0
        # One frame for each open collection: its event, its children so far, and where its count began.
        self.open: list[tuple[Any, list[Node], int]] = []

    @property
    def innermost(self) -> int | None:
        return self.open[-1][0].start_mark.line + 1 if self.open else None

    def build(self, text: str) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in YAML(typ="safe", pure=True).parse(text):
            line = event.start_mark.line + 1 if event.start_mark else 1
            node: Node
            before = self.nodes
            match event:
                case DocumentStartEvent():
                    documents += 1
                    if documents > 1:
                        raise _Stop(line, 'has a second document after "---"; keep everything in one')
                    continue
                case MappingStartEvent() | SequenceStartEvent():
                    self._count(line, 1)
                    self._refuse_tag(event, line)
                    if len(self.open) == MAX_DEPTH:
                        raise _Stop(line, f"is nested more than {MAX_DEPTH} levels deep; no setting is")
                    self.open.append((event, [], before))
                    continue
                case ScalarEvent():
                    self._count(line, 1)
                    self._refuse_tag(event, line)
                    node = Scalar(line, event.value, quoted=event.style is not None)
                case AliasEvent():
                    node = self._alias(event.anchor, line)
                case MappingEndEvent() | SequenceEndEvent():
                    event, children, before = self.open.pop()
                    line = event.start_mark.line + 1
                    node = (
                        Sequence(line, tuple(children))
                        if isinstance(event, SequenceStartEvent)
                        else self._mapping(line, children)
                    )
                case _:
                    continue
            if event.anchor is not None and not isinstance(event, AliasEvent):
                self.anchors[event.anchor] = node, self.nodes - before
            if self.open:
                self.open[-1][1].append(node)
            else:
                root = node
        return root

    def _count(self, line: int, nodes: int) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            raise _Stop(line, f"has more than {MAX_NODES:,} values (aliases count for what they stand for)")

    def _alias(self, name: str, line: int) -> Node:
        if name not in self.anchors:
            raise _Stop(line, f"the alias {shown(name)} stands for nothing; an alias needs an &anchor before it")
        node, size = self.anchors[name]
        self._count(line, size)
        return node

    def _refuse_tag(self, event: Any, line: int) -> None:
        if event.tag is not None:
            raise _Stop(line, f"the tag {shown(event.tag)} is not allowed; write the value without it")

    def _mapping(self, line: int, children: list[Node]) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        for key, value in zip(children[::2], children[1::2], strict=True):
            if not isinstance(key, Scalar):
                raise _Stop(key.line, "a key is a list or a mapping; keys are words")
            if key.value == "<<" and not key.quoted:
                raise _Stop(key.line, "the merge key << is not supported; write the values out")
            if key.value in entries:
                first = entries[key.value][0].line
                self.problems.add(key.line, key.value, f"is there twice, first in line {first}; keep one of them")
            else:
                entries[key.value] = key, value
        return Mapping(line, tuple(entries.values()))
