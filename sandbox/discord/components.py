"""Components as strict as Discord has them, in messages (old and V2) and modals.

Source: docs.discord.com, Components, Component Reference. What comes out has a numeric `id` on each component.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from sandbox.discord.errors import Problems

Json = dict[str, Any]
Path = tuple[str | int, ...]

ROW, BUTTON, STRING, INPUT, USER, ROLE, MENTIONABLE, CHANNEL = range(1, 9)
SECTION, TEXT, THUMBNAIL, GALLERY, FILE, SEPARATOR = range(9, 15)
CONTAINER, LABEL, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX = 17, 18, 19, 21, 22, 23
SELECTS: Final = frozenset({STRING, USER, ROLE, MENTIONABLE, CHANNEL})
LINK_STYLE: Final = 5
MOST_COMPONENTS: Final = 40
MOST_TEXT: Final = 4000

_TOP_OLD: Final = frozenset({ROW})
_TOP_V2: Final = frozenset({ROW, SECTION, TEXT, GALLERY, FILE, SEPARATOR, CONTAINER})
_IN_CONTAINER: Final = _TOP_V2 - {CONTAINER}
_TOP_MODAL: Final = frozenset({ROW, TEXT, LABEL})
_IN_LABEL: Final = SELECTS | {INPUT, UPLOAD, RADIOS, CHECKBOXES, CHECKBOX}


def walk(components: list[Json]) -> Iterator[Json]:
    """Every component, outer before inner."""
    for one in components:
        yield one
        yield from walk(one.get("components") or [])
        for inner in (one.get("component"), one.get("accessory")):
            if isinstance(inner, dict):
                yield from walk([inner])


def find(components: list[Json], custom_id: str) -> Json | None:
    return next((one for one in walk(components) if one.get("custom_id") == custom_id), None)


class _Check:
    def __init__(self, problems: Problems, attached: set[str]) -> None:
        self.problems = problems
        self.attached = attached
        self.custom_ids: set[str] = set()
        self.ids: set[int] = set()
        self.text = 0
        self.total = 0

    def many(self, given: Any, allowed: frozenset[int], path: Path, most: int, least: int = 1) -> list[Json]:
        if not isinstance(given, list):
            self.problems.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        self.problems.count(path, given, most, least)
        return [self.one(value, allowed, (*path, place)) for place, value in enumerate(given)]

    def one(self, given: Any, allowed: frozenset[int], path: Path) -> Json:
        if not isinstance(given, dict):
            self.problems.add(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
            return {}
        kind = given.get("type")
        if kind not in allowed:
            values = ", ".join(map(str, sorted(allowed)))
            self.problems.add((*path, "type"), "BASE_TYPE_CHOICES", f"Value must be one of {{{values}}}.")
            return {}
        self.total += 1
        made = dict(given)
        number = given.get("id")
        if isinstance(number, int) and number > 0:
            if number in self.ids:
                self.problems.add((*path, "id"), "COMPONENT_ID_DUPLICATED", "Component id cannot be duplicated")
            self.ids.add(number)
        else:
            made.pop("id", None)
        self._inside(kind, made, path)
        return made

    def _inside(self, kind: int, made: Json, path: Path) -> None:
        match kind:
            case 1:
                self._row(made, path)
            case 2:
                self._button(made, path)
            case 3 | 5 | 6 | 7 | 8:
                self._select(kind, made, path)
            case 4:
                self._input(made, path)
            case 9:
                made["components"] = self.many(made.get("components"), frozenset({TEXT}), (*path, "components"), 3)
                accessory = frozenset({BUTTON, THUMBNAIL})
                made["accessory"] = self.one(made.get("accessory"), accessory, (*path, "accessory"))
            case 10:
                self.problems.length((*path, "content"), made.get("content"), MOST_TEXT, 1)
                self.text += len(str(made.get("content", "")))
            case 11:
                self._media(made.get("media"), (*path, "media"))
            case 12:
                items = made.get("items")
                self.problems.count((*path, "items"), items if isinstance(items, list) else [], 10, 1)
                for place, item in enumerate(items if isinstance(items, list) else []):
                    media = item.get("media") if isinstance(item, dict) else None
                    self._media(media, (*path, "items", place, "media"))
            case 13:
                self._media(made.get("file"), (*path, "file"), attached=True)
            case 14:
                made.setdefault("divider", True)
                made.setdefault("spacing", 1)
            case 17:
                inside = self.many(made.get("components"), _IN_CONTAINER, (*path, "components"), MOST_COMPONENTS)
                made["components"] = inside
            case 18:
                self.problems.length((*path, "label"), made.get("label"), 45, 1)
                if made.get("description") is not None:
                    self.problems.length((*path, "description"), made["description"], 100)
                made["component"] = self.one(made.get("component"), _IN_LABEL, (*path, "component"))
            case 19:
                self._custom_id(made, path)
            case 21 | 22:
                self._custom_id(made, path)
                self._options(made, path, 10, 2 if kind == RADIOS else 1)
            case _:
                self._custom_id(made, path)

    def _row(self, made: Json, path: Path) -> None:
        given = made.get("components")
        first = given[0].get("type") if isinstance(given, list) and given and isinstance(given[0], dict) else BUTTON
        if first == BUTTON:
            made["components"] = self.many(given, frozenset({BUTTON}), (*path, "components"), 5)
        else:
            made["components"] = self.many(given, SELECTS | {INPUT}, (*path, "components"), 1)

    def _button(self, made: Json, path: Path) -> None:
        style = made.get("style")
        if style not in (1, 2, 3, 4, 5, 6):
            self.problems.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2, 3, 4, 5, 6}.")
        if made.get("label") is not None:
            self.problems.length((*path, "label"), made["label"], 80)
        if style == LINK_STYLE:
            self.problems.length((*path, "url"), made.get("url"), 512, 1)
            if made.get("custom_id"):
                self.problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_LINK", "A link has no custom id")
        elif style != 6:
            self._custom_id(made, path)
        if style not in (5, 6) and not made.get("label") and not made.get("emoji"):
            self.problems.add(path, "BUTTON_COMPONENT_INVALID", "A button needs a label or an emoji")

    def _custom_id(self, made: Json, path: Path) -> None:
        custom_id = made.get("custom_id")
        self.problems.length((*path, "custom_id"), custom_id, 100, 1)
        if isinstance(custom_id, str):
            if custom_id in self.custom_ids:
                text = "Component custom id cannot be duplicated"
                self.problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", text)
            self.custom_ids.add(custom_id)

    def _select(self, kind: int, made: Json, path: Path) -> None:
        self._custom_id(made, path)
        if made.get("placeholder") is not None:
            self.problems.length((*path, "placeholder"), made["placeholder"], 150)
        least, most = made.setdefault("min_values", 1), made.setdefault("max_values", 1)
        whole = isinstance(least, int) and isinstance(most, int)
        if not (whole and 0 <= least <= 25 and 1 <= most <= 25 and least <= most):
            self.problems.add((*path, "max_values"), "NUMBER_TYPE_MAX", "int value should be between 1 and 25.")
        if kind == STRING:
            self._options(made, path, 25, 1)

    def _options(self, made: Json, path: Path, most: int, least: int) -> None:
        options = made.get("options")
        rows = options if isinstance(options, list) else []
        self.problems.count((*path, "options"), rows, most, least)
        values: set[str] = set()
        for place, option in enumerate(rows):
            here = (*path, "options", place)
            if not isinstance(option, dict):
                self.problems.add(here, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType")
                continue
            self.problems.length((*here, "label"), option.get("label"), 100, 1)
            self.problems.length((*here, "value"), option.get("value"), 100, 1)
            if option.get("description") is not None:
                self.problems.length((*here, "description"), option["description"], 100)
            if option.get("value") in values:
                text = "The specified option value is already used"
                self.problems.add((*here, "value"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
            values.add(str(option.get("value")))

    def _input(self, made: Json, path: Path) -> None:
        self._custom_id(made, path)
        if made.get("style") not in (1, 2):
            self.problems.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
        for name, most in (("label", 45), ("placeholder", 100), ("value", 4000)):
            if made.get(name) is not None:
                self.problems.length((*path, name), made[name], most)
        for name, low in (("min_length", 0), ("max_length", 1)):
            number = made.get(name)
            if number is not None and not (isinstance(number, int) and low <= number <= 4000):
                text = f"int value should be between {low} and 4000."
                self.problems.add((*path, name), "NUMBER_TYPE_RANGE", text)

    def _media(self, media: Any, path: Path, *, attached: bool = False) -> None:
        url = media.get("url") if isinstance(media, dict) else None
        self.problems.length((*path, "url"), url, 2048, 1)
        if not isinstance(url, str):
            return
        if url.startswith("attachment://"):
            if url.removeprefix("attachment://") not in self.attached:
                text = "The attachment is not part of this message"
                self.problems.add((*path, "url"), "UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", text)
        elif attached or not url.startswith(("http://", "https://")):
            text = "Scheme must be one of ('http', 'https', 'attachment')."
            self.problems.add((*path, "url"), "URL_TYPE_INVALID_SCHEME", text)

    def number(self, components: list[Json]) -> None:
        """Give an id to each that has none, in the order of the tree, as Discord does."""
        following = 1
        for one in walk(components):
            if one and "id" not in one:
                while following in self.ids:
                    following += 1
                one["id"] = following
                self.ids.add(following)


def of_message(given: Any, problems: Problems, attached: set[str], *, v2: bool) -> list[Json]:
    """A message's components; `attached` are the names of its files."""
    if given is None:
        return []
    check = _Check(problems, attached)
    made = check.many(given, _TOP_V2 if v2 else _TOP_OLD, ("components",), MOST_COMPONENTS if v2 else 5, 0)
    if check.total > MOST_COMPONENTS:
        problems.add(("components",), "BASE_TYPE_MAX_LENGTH", f"Must be {MOST_COMPONENTS} or fewer in length.")
    if check.text > MOST_TEXT:
        text = f"Total text must be {MOST_TEXT} or fewer in length."
        problems.add(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", text)
    check.number(made)
    return made


def of_modal(given: Json) -> Json:
    """A modal's data. Raises 50035."""
    problems = Problems()
    problems.length(("custom_id",), given.get("custom_id"), 100, 1)
    problems.length(("title",), given.get("title"), 45, 1)
    check = _Check(problems, set())
    made = check.many(given.get("components"), _TOP_MODAL, ("components",), 5)
    for place, one in enumerate(made):
        inside = one.get("components") or []
        if one.get("type") == ROW and any(inner.get("type") == BUTTON for inner in inside):
            problems.add(("components", place), "BASE_TYPE_CHOICES", "A modal has no buttons")
        for inner in inside:
            if inner.get("type") == INPUT and not inner.get("label"):
                path = ("components", place, "components", 0, "label")
                problems.add(path, "BASE_TYPE_REQUIRED", "This field is required")
    problems.raise_any()
    check.number(made)
    return {"custom_id": given["custom_id"], "title": given["title"], "components": made}
