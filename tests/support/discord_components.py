"""Whether Discord would take components, by its documented limits and discord.py's own models."""

from collections.abc import Iterator
from typing import Any

from discord.components import _component_factory

Json = dict[str, Any]
_ROW, _BUTTON, _SELECT, _INPUT, _TEXT, _SEPARATOR, _CONTAINER, _LABEL = 1, 2, 3, 4, 10, 14, 17, 18


def check_message(components: list[Json]) -> None:
    every = list(walk(components))
    assert len(components) >= 1
    assert len(every) <= 40
    assert sum(_units(one["content"]) for one in every if one["type"] == _TEXT) <= 4000
    _check(every)
    for one in components:
        assert one["type"] in (_ROW, _TEXT, _CONTAINER)
        assert _component_factory(one) is not None


def check_modal(modal: Json) -> None:
    assert 1 <= _units(modal["title"]) <= 45
    assert 1 <= _units(modal["custom_id"]) <= 100
    assert 1 <= len(modal["components"]) <= 5
    for one in modal["components"]:
        assert one["type"] in (_LABEL, _TEXT)
        if one["type"] == _LABEL:
            assert 1 <= _units(one["label"]) <= 45
            assert _units(one.get("description", "")) <= 100
            assert one["component"]["type"] in (_SELECT, _INPUT)
    _check(list(walk(modal["components"])))


def walk(value: Any) -> Iterator[Json]:
    for one in value:
        yield one
        yield from walk(one.get("components", ()))
        if "component" in one:
            yield from walk([one["component"]])


def _check(every: list[Json]) -> None:
    ids = [one["custom_id"] for one in every if "custom_id" in one]
    assert len(ids) == len(set(ids))
    assert all(1 <= _units(one) <= 100 and one.strip() for one in ids)
    for one in every:
        match one["type"]:
            case 1:
                kinds = [inner["type"] for inner in one["components"]]
                assert kinds == [_SELECT] or (set(kinds) == {_BUTTON} and len(kinds) <= 5)
            case 2:
                assert 1 <= _units(one["label"]) <= 80
                assert ("url" in one) is (one["style"] == 5)
                assert _units(one.get("url", "")) <= 512
            case 3:
                values = [option["value"] for option in one["options"]]
                assert 1 <= len(values) <= 25
                assert len(values) == len(set(values))
                assert all(1 <= _units(option[key]) <= 100 for option in one["options"] for key in ("label", "value"))
                assert _units(one.get("placeholder", "")) <= 150
            case 4:
                assert 1 <= one["max_length"] <= 4000
                assert _units(one.get("value", "")) <= one["max_length"]
                assert _units(one.get("placeholder", "")) <= 100
            case 10:
                assert one["content"].strip()


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
