"""What must not be read in logs and error messages: tokens, passwords, and what customers wrote.

Two nets: the secrets of this process, by value; and whatever looks like a secret, by its form. Errors of databases
and of checks quote the values that they complain about, and those can be customers' words, so the quotations go too.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "[hidden]"
# A secret of fewer characters would blot out ordinary words.
SHORTEST = 8
_DEEPEST = 12

_NAME = r"[\w-]*(?:token|secret|password|passwd|api_?key|authorization|signature)"
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = (
    # Slack's tokens (xoxb-, xoxp-, xoxe.xoxb-, xapp-), https://docs.slack.dev/authentication/tokens
    (re.compile(r"\b(?:xox[a-z]|xapp|xwfp)(?:\.xox[a-z])?-[A-Za-z0-9-]+"), HIDDEN),
    (re.compile(r"\b(Bearer)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (re.compile(r"(Authorization[\"']?\s*[:=]\s*[\"']?(?:Basic|Bot))\s+[^\s\"',]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    # Discord's tokens: an id in base64, a time, a signature.
    (re.compile(r"\b[A-Za-z0-9_-]{23,28}\.[A-Za-z0-9_-]{6,7}\.[A-Za-z0-9_-]{27,}"), HIDDEN),
    # Keys of model services and of GitHub.
    (re.compile(r"\b(?:sk-[A-Za-z0-9_-]{16,}|gh[a-z]_[A-Za-z0-9]{20,})"), HIDDEN),
    (re.compile(r"-----BEGIN [A-Z ]+-----.*?(?:-----END [A-Z ]+-----|\Z)", re.DOTALL), HIDDEN),
    # A password in an address. Up to the last @, because passwords hold some too.
    (re.compile(r"(\b[a-z][a-z0-9+.-]*://[^\s:/@\"']*):[^\s/\"']*@", re.IGNORECASE), rf"\1:{HIDDEN}@"),
    # Who has a response_url or a socket's address can post, or listen, as the desk.
    (re.compile(r"https://hooks\.slack\.com/[^\s\"'<>]+"), HIDDEN),
    (
        re.compile(
            r"([?&](?:access_token|api_key|client_secret|code|key|password|secret|sig|signature|state|ticket|token)=)"
            r"[^&\s\"'<>]+",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(r"\bv0=[0-9a-f]{64}\b"), HIDDEN),
    # name=value and "name": "value", in what programs print of their settings; in prose only what holds a digit.
    (
        re.compile(
            rf"({_NAME}[\"']?\s*(?:=\s*[\"']?|:\s*[\"']))(?!\[hidden\]|None\b|SecretStr)[^\s\"',;&)}}\]]{{4,}}",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    (re.compile(rf"({_NAME}:\s+)(?=\S*\d)[^\s\"',;)]{{8,}}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # SQLAlchemy quotes the parameters, PostgreSQL the row, pydantic the input.
    (re.compile(r"\[parameters: .*?\](?=\n\(Background|\n*\Z|\n(?=Traceback|The above|During))", re.DOTALL), ""),
    (re.compile(r"^(\s*(?:DETAIL|CONTEXT):).*$", re.MULTILINE), rf"\1 {HIDDEN}"),
    (re.compile(r"input_value=.*?(?=, input_type=)", re.DOTALL), f"input_value={HIDDEN}"),
)
# Not "key": the desk's own events have keys that are no secrets.
_NAMES = re.compile(r"token|secret|passw|authorization|api_?key|cookie|signature|credential", re.IGNORECASE)


class Redactor:
    """Knows the secrets of this process."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({s for s in secrets if len(s) >= SHORTEST}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def text(self, value: str) -> str:
        if self._known is not None:
            value = self._known.sub(HIDDEN, value)
        for form, instead in _FORMS:
            value = form.sub(instead, value)
        return value

    def value(self, value: Any, depth: int = 0) -> Any:
        """The same in any value, also inside of mappings and lists. What is neither becomes its text, because only
        text can be looked through."""
        match value:
            case None | bool() | int() | float():
                return value
            case str():
                return self.text(value)
            case Mapping() if depth < _DEEPEST:
                return {self.text(str(k)): self.entry(str(k), v, depth) for k, v in value.items()}
            case list() | tuple() | set() | frozenset() if depth < _DEEPEST:
                return [self.value(each, depth + 1) for each in value]
            case bytes() | bytearray() | memoryview():
                return f"{len(value)} bytes"
            case _:
                return self.text(str(value))

    def entry(self, name: str, value: Any, depth: int = 0) -> Any:
        """The value behind a name; the name alone can say that it is a secret."""
        if isinstance(value, str | bytes) and value and _NAMES.search(name):
            return HIDDEN
        return self.value(value, depth + 1)


def secrets_of(settings: Any) -> set[str]:
    """Every value that the settings mark as secret, and the password inside of the database's address."""
    from pydantic import SecretStr

    found: set[str] = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, SecretStr):
                found.add(each.get_secret_value())
    found.discard(settings.database_url.get_secret_value())
    password = settings.sqlalchemy_url.password
    return found | ({str(password)} if password else set())
