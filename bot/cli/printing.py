"""What commands print: JSON as docs/command-line.md describes it, or tables and lines for people."""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer import Option

AsJson = Annotated[bool, Option("--json", help="Print JSON instead of text.")]

# Where nobody looks on, nothing is cut or wrapped.
_WIDE = 400


def dumps(value: Any) -> str:
    # A terminal that cannot show every character gets escapes, which mean the same.
    ascii_only = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    return json.dumps(value, indent=2, ensure_ascii=ascii_only)


def print_json(value: Any) -> None:
    print(dumps(value))


def print_json_array(items: Iterable[Any]) -> None:
    """Item by item, so that a long list needs no memory."""
    first = True
    for item in items:
        print("[" if first else ",")
        print(_indented(dumps(item)), end="")
        first = False
    print("[]" if first else "\n]")


def _indented(text: str) -> str:
    return "  " + text.replace("\n", "\n  ")


def instant(at: datetime | None) -> str | None:
    """`2026-11-21T20:41:00Z`; what is less than a second is left out."""
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def local(at: datetime | None, *, empty: str = "") -> str:
    """In the machine's time zone."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M") if at else empty


def say(*lines: str) -> None:
    for line in lines:
        print(safe(line))


def note(line: str) -> None:
    """Beside the result, for a person: not part of what the next program reads."""
    print(safe(line), file=sys.stderr)


def safe(text: str) -> str:
    """What others wrote, without the characters that steer a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def table(columns: Iterable[str], rows: Iterable[Iterable[str]], *, wrap: str) -> None:
    """`wrap` names the column that gives way where the terminal is too narrow."""
    shown = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, header_style="bold")
    for name in columns:
        shown.add_column(name, no_wrap=name != wrap)
    for row in rows:
        shown.add_row(*(Text(" ".join(safe(cell).split())) for cell in row))
    console = Console(file=sys.stdout)
    if not console.is_terminal:
        console.width = _WIDE
    console.print(shown)
