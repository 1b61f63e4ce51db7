"""Reading JSON from outside: what comes out can be stored, sent on and walked through without surprises."""

from __future__ import annotations

import json
import re
from typing import Any, Final

DEEPEST: Final = 100
_LONE: Final = re.compile("[\ud800-\udfff]")


def parse_json(raw: bytes | str) -> Any:
    """Raises `ValueError` for what is no JSON or nested deeper than 100 levels. Lone surrogates, which JSON's escapes
    can spell and UTF-8 cannot, become U+FFFD; infinite and undefined numbers are refused."""
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    try:
        value = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("nested too deep") from None
    if "\\u" in text or text.count("[") + text.count("{") > DEEPEST:
        return _clean(value, 0)
    return value


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _clean(value: Any, depth: int) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deep")
    if isinstance(value, str):
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_clean(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_LONE.sub("\ufffd", name): _clean(one, depth + 1) for name, one in value.items()}
    return value
