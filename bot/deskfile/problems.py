"""What is wrong with a policy file, gathered to be told all at once, without telling secrets."""

import difflib
from collections.abc import Iterable

import regex

from core.language.text import clean

# Tokens and keys by their known beginnings, passwords in addresses, and long runs that mix letters and digits. A
# policy file holds none of them; when one was pasted into it, its error must not carry it into a log.
_SECRET = regex.compile(
    r"xox[a-z]-|xapp-|\bsk-|\bgh[a-z]_|-----BEGIN|://[^/\s@]*:[^/\s@]+@"
    r"|(?=[\w+/=.-]*\d)(?=[\w+/=.-]*\p{L})[\w+/=.-]{24,}"
)
_LONGEST = 60


def looks_secret(value: str) -> bool:
    return _SECRET.search(value[:4096]) is not None


def shown(value: str) -> str:
    """A value from the file as it may be shown: in quotes, without controls, cut, and never a secret."""
    if looks_secret(value):
        return "a value that looks like a secret (not shown; tokens belong in the environment)"
    one_line = " ".join(clean(value, _LONGEST * 2).split())
    return f'"{one_line[:_LONGEST]}…"' if len(one_line) > _LONGEST else f'"{one_line}"'


def near(word: str, known: Iterable[str]) -> str:
    """“ (did you mean every?)” when a known word is spelled much like this one, else nothing."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.strip().lower()[:80], by_lower, n=1, cutoff=0.6)
    return f" (did you mean {by_lower[found[0]]}?)" if found else ""


class TooMany(Exception):
    """There are so many problems that the rest is not worth looking for."""


class Problems:
    """In the order of the file's lines when told. Raises TooMany when there are `LIMIT` of them."""

    LIMIT = 100

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: list[tuple[int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, line: int, key: str, message: str) -> None:
        """`key` as a path, `accounts[0].name`; empty when the problem is not a key's."""
        text = f"{self.name}:{line}: {key}: {message}" if key else f"{self.name}:{line}: {message}"
        if (line, text) not in self._found:
            self._found.append((line, text))
            if len(self._found) >= self.LIMIT:
                raise TooMany

    def told(self) -> list[str]:
        return [text for _, text in sorted(self._found, key=lambda found: found[0])]
