"""Small combinators that check a piece of JSON the way Slack does and word the problems the way it does.

A check takes a value and the JSON pointer to it and yields problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def problem(text: str, at: str) -> str:
    return f"[ERROR] {text} [json-pointer:{at}]"


def string(longest: int, shortest: int = 1, pattern: str | None = None) -> Check:
    expression = re.compile(pattern) if pattern else None

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must provide a string", at)
        elif len(value) > longest:
            yield problem(f"must be less than {longest + 1} characters", at)
        elif len(value) < shortest:
            yield problem(f"must be more than {shortest - 1} characters", at)
        elif expression is not None and not expression.fullmatch(value):
            yield problem("invalid format", at)

    return check


def one_of(*allowed: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield problem(f"must be one of: {', '.join(allowed)}", at)

    return check


def boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield problem("must provide a boolean", at)


def integer(low: int, high: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must provide a number", at)
        elif not low <= value <= high:
            yield problem(f"must be between {low} and {high}", at)

    return check


def array(item: Check, most: int, least: int = 1) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must provide an array", at)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield problem(f"no fewer than {least} items allowed", at)
        for place, one in enumerate(value):
            yield from item(one, f"{at}/{place}")

    return check


def anything(value: Any, at: str) -> Iterator[str]:
    yield from ()


def record(
    required: Mapping[str, Check] | None = None, optional: Mapping[str, Check] | None = None, *extra: Check
) -> Check:
    """An object with exactly these keys; `extra` checks see the whole object and run only when the rest is right."""
    must = dict(required or {})
    may = dict(optional or {})

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        wrong = False
        for name in must:
            if value.get(name) is None:
                wrong = True
                yield problem(f"missing required field: {name}", at)
        for name, one in value.items():
            inner = must.get(name) or may.get(name)
            if name == "type" and inner is None:
                continue
            if inner is None:
                wrong = True
                yield problem(f"invalid additional property: {name}", at)
            elif one is not None:
                for text in inner(one, f"{at}/{name}"):
                    wrong = True
                    yield text
        if not wrong:
            for more in extra:
                yield from more(value, at)

    return check


def typed(kinds: Mapping[str, Check], allowed: Collection[str] | None = None) -> Check:
    """An object whose `type` says which check holds, of `allowed` kinds only."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        kind = value.get("type")
        if not isinstance(kind, str) or kind not in kinds or (allowed is not None and kind not in allowed):
            yield problem(f"unsupported type: {kind}", f"{at}/type")
            return
        yield from kinds[kind](value, at)

    return check


def text(longest: int, *kinds: str, shortest: int = 1) -> Check:
    """A text object of one of these kinds (`plain_text`, `mrkdwn`)."""
    inside = string(longest, shortest)
    checks = {
        "plain_text": record({"text": inside}, {"emoji": boolean}),
        "mrkdwn": record({"text": inside}, {"verbatim": boolean}),
    }
    return typed(checks, kinds)


def plain(longest: int) -> Check:
    return text(longest, "plain_text")


def any_text(longest: int) -> Check:
    return text(longest, "plain_text", "mrkdwn")
