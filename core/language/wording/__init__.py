"""The one catalogue of what people read in chat, by topic, English first.

A desk can word any entry anew under `wording:` in desk.yaml, with the same names in braces or fewer. The words that
people type (verbs, priorities, types) and the causes on a timeline are data, the same in every language, and not here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from typing import Final

from core.language.text import Span, Text, Words
from core.language.wording import answers, customer, digest, forms, refusals, team, terms

TOPICS: Final[Mapping[str, Mapping[str, str]]] = {
    "to the customer": customer.ENTRIES,
    "to the team": team.ENTRIES,
    "answers to one person": answers.ENTRIES,
    "what cannot be done": refusals.ENTRIES,
    "forms": forms.ENTRIES,
    "the digest": digest.ENTRIES,
    "terms": terms.ENTRIES,
}
ENGLISH: Final[Mapping[str, str]] = {key: text for topic in TOPICS.values() for key, text in topic.items()}

# Whole posts, sentences of their own and buttons that a desk may leave out by wording them as "".
MAY_BE_SILENT: Final = frozenset(customer.FIRST) | frozenset(customer.MORE) | frozenset(team.POSTS)

# Entries that are a list: how many words they have.
LISTS: Final[Mapping[str, int]] = {"weekdays": 7, "months": 12, "months_short": 12}


@dataclass(frozen=True, slots=True)
class Voice:
    """How one desk speaks: its own words, else the catalogue's. Raises KeyError for an entry that is not there, or a
    name in braces that is not given."""

    own: Mapping[str, str] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        return key in ENGLISH

    def is_silent(self, key: str) -> bool:
        return not self._template(key)

    def say(self, key: str, /, **values: object) -> str:
        return self._template(key).format(**values)

    def text(self, key: str, /, **values: Span | Text | str) -> Text:
        """An entry with spans (names in bold, times in the reader's zone) in its braces; the words around them stay
        words. Empty when the desk turned it off."""
        out: list[Span] = []
        for literal, name in _parts(self._template(key)):
            if literal:
                out.append(Words(literal))
            match values[name] if name else None:
                case None | "":
                    pass
                case str() as value:
                    out.append(Words(value))
                case tuple() as several:
                    out.extend(several)
                case span:
                    out.append(span)
        return tuple(out)

    def count(self, key: str, count: int) -> str:
        """`count_messages` and 2: the entry `count_messages_many`."""
        return self.say(f"{key}_one" if count == 1 else f"{key}_many", count=count)

    def _template(self, key: str) -> str:
        own = self.own.get(key)
        return ENGLISH[key] if own is None else own


ENGLISH_VOICE: Final = Voice()


@lru_cache(maxsize=2048)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(template))


def headed(term: str) -> str:
    """A term where it stands alone, as a label."""
    return term[:1].upper() + term[1:]
