"""Dataclasses from JSON, with their types held to."""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")


def build(kind: type[T], raw: Any) -> T:
    """Raises `ValueError` that names what is missing, unknown or of another type."""
    if not isinstance(raw, dict):
        raise ValueError(f"a {kind.__name__} must be an object")
    hints, needed = _shape(kind)  # type: ignore[arg-type]  # classes are hashable
    unknown = set(raw) - set(hints)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(map(str, unknown)))}")
    missing = needed - set(raw)
    if missing:
        raise ValueError(f"missing: {', '.join(sorted(missing))}")
    return kind(**{name: _read(hints[name], value, name) for name, value in raw.items()})


@cache
def _shape(kind: type[Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """The types of its fields, and the names of those without a default."""
    assert is_dataclass(kind)  # noqa: S101 only our own dataclasses come here
    needed = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    return get_type_hints(kind), frozenset(needed)


def _read(hint: Any, value: Any, name: str) -> Any:
    origin, inside = get_origin(hint), get_args(hint)
    if hint is Any:
        return value
    if origin in (Union, types.UnionType):
        if value is None and type(None) in inside:
            return None
        return _read(next(one for one in inside if one is not type(None)), value, name)
    if origin is Literal:
        if value in inside:
            return value
        raise ValueError(f"{name} is none of {', '.join(map(str, inside))}")
    if origin is list and isinstance(value, list):
        return [_read(inside[0], one, name) for one in value]
    if origin is dict and isinstance(value, dict):
        return {str(key): _read(inside[1], one, name) for key, one in value.items()}
    if isinstance(hint, type) and is_dataclass(hint):
        return build(hint, value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if origin is None and isinstance(value, hint) and (hint is bool or not isinstance(value, bool)):
        return value
    raise ValueError(f"{name} is of another type")
