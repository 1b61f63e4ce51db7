"""Discord's refusals. Source of codes and texts: docs.discord.com, Topics, Opcodes and Status Codes."""

from __future__ import annotations

from typing import Any, Final

_KNOWN: Final[dict[int, tuple[int, str]]] = {
    0: (404, "404: Not Found"),
    10002: (404, "Unknown Application"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10011: (404, "Unknown Role"),
    10013: (404, "Unknown User"),
    10014: (400, "Unknown Emoji"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    10063: (404, "Unknown application command"),
    30010: (400, "Maximum number of reactions reached (20)"),
    30032: (400, "Maximum number of application commands reached"),
    40005: (413, "Request entity too large"),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50021: (403, "Cannot execute action on a system message"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50083: (400, "Thread is archived"),
    50109: (400, "The request body contains invalid JSON."),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160002: (400, "Cannot reply without permission to read message history"),
    160004: (400, "A thread has already been created for this message"),
    160005: (403, "Thread is locked"),
    160006: (400, "Maximum number of active threads reached"),
}


class DiscordError(Exception):
    """`code` is Discord's; 50035 carries `errors`, the tree of what is wrong with which field."""

    def __init__(self, code: int, errors: dict[str, Any] | None = None) -> None:
        status, text = (400, "Invalid Form Body") if errors is not None else _KNOWN[code]
        super().__init__(text)
        self.code = code
        self.status = status
        self.errors = errors

    def body(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"message": str(self), "code": self.code}
        return shown | ({"errors": self.errors} if self.errors is not None else {})


class Unauthorized(DiscordError):
    def __init__(self) -> None:
        super().__init__(0)
        self.status = 401

    def body(self) -> dict[str, Any]:
        return {"message": "401: Unauthorized", "code": 0}


class Problems:
    """Collects what is wrong with a body, field by field; `raise_any` ends the call when something is."""

    def __init__(self) -> None:
        self._tree: dict[str, Any] = {}

    def add(self, path: tuple[str | int, ...], code: str, message: str) -> None:
        branch = self._tree
        for part in path:
            branch = branch.setdefault(str(part), {})
        branch.setdefault("_errors", []).append({"code": code, "message": message})

    def length(self, path: tuple[str | int, ...], value: Any, most: int, least: int = 0) -> None:
        """Text of `least` to `most` characters."""
        if not isinstance(value, str):
            self.add(path, "BASE_TYPE_REQUIRED" if value is None else "STRING_TYPE_CONVERT", "This field is required")
        elif len(value) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")
        elif len(value) < least:
            self.add(path, "BASE_TYPE_MIN_LENGTH", f"Must be {least} or more in length.")

    def count(self, path: tuple[str | int, ...], values: list[Any], most: int, least: int = 0) -> None:
        if not least <= len(values) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")

    def raise_any(self) -> None:
        if self._tree:
            raise DiscordError(50035, self._tree)


def invalid(*path: str | int, code: str = "BASE_TYPE_INVALID", message: str = "Invalid value") -> DiscordError:
    """One wrong field."""
    problems = Problems()
    problems.add(path, code, message)
    try:
        problems.raise_any()
    except DiscordError as error:
        return error
    raise AssertionError("a problem was added")
