"""A real chat, read from an XML file of `<message><ts/><user/><text/></message>` elements in time order."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from xml.etree.ElementTree import ParseError, iterparse

from core.language.errors import BadConfig

AGENTS = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One message. `at` is epoch seconds."""

    at: float
    user: str
    text: str


def read(path: Path) -> list[Line]:
    """Messages in time order. Raises BadConfig for a file that is not such a chat."""
    try:
        found = sorted(_lines(path), key=lambda line: line.at)
    except OSError as error:
        raise BadConfig([f"{path}: cannot be read ({error.strerror}); give a chat with FILE=…"]) from None
    except ParseError as error:
        raise BadConfig([f"{path}: is not XML ({error})"]) from None
    except (ValueError, TypeError) as error:
        raise BadConfig([f"{path}: a message has no usable ts, user or text ({error})"]) from None
    if not found:
        raise BadConfig([f"{path}: holds no <message> elements"])
    return found


def _lines(path: Path) -> Iterator[Line]:
    for _, element in iterparse(path):  # noqa: S314 the operator's own file
        if element.tag != "message":
            continue
        at = datetime.fromisoformat(element.findtext("ts", "").strip())
        user = element.findtext("user", "").strip()
        if not user:
            raise ValueError(f"message {element.findtext('ts')} has no user")
        yield Line(at.replace(tzinfo=at.tzinfo or UTC).timestamp(), user, element.findtext("text", "").strip() or "…")
        element.clear()


def agents(lines: list[Line]) -> list[str]:
    """The people who write most; ties by name."""
    counted = Counter(line.user for line in lines)
    return [user for user, _ in sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:AGENTS]]
