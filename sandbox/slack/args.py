"""The arguments of a call: query, form or JSON body, with Slack's own idea of truth and of JSON within a form."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.slack.errors import SlackError
from sandbox.wire import parse_json


class Args:
    """Arguments by name. Values are text from a form or query, anything from a JSON body."""

    def __init__(self, values: dict[str, Any], token: str) -> None:
        self.values = values
        self.token = token

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"
        return value if isinstance(value, str) else str(value)

    def needed(self, name: str, code: str = "") -> str:
        """A text that must be there; else the error `code` (default: invalid_arguments)."""
        value = self.text(name)
        if not value:
            if code:
                raise SlackError(code)
            raise SlackError("invalid_arguments", messages=[f"[ERROR] missing required field: {name}"])
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        if self.values.get(name) is None:
            return default
        return self.text(name).lower() in ("1", "true")

    def number(self, name: str, default: int, most: int) -> int:
        raw = self.text(name)
        if not raw:
            return default
        try:
            value = int(float(raw))
        except (ValueError, OverflowError):
            raise SlackError("invalid_limit") from None
        if value < 1:
            return default
        return min(value, most)

    def names(self, name: str) -> list[str]:
        """A list, or text separated by commas."""
        value = self.values.get(name)
        if isinstance(value, list):
            return [str(one) for one in value]
        return [part.strip() for part in self.text(name).split(",") if part.strip()]

    def structure(self, name: str, code: str) -> Any:
        """JSON, given as such or as text; None when absent; the error `code` when it is no JSON."""
        value = self.values.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            return value
        try:
            return parse_json(value)
        except ValueError:
            raise SlackError(code) from None

    def has(self, name: str) -> bool:
        return self.values.get(name) is not None


async def read_args(request: Request) -> Args:
    """Raises `SlackError` for a body that is not what its content type says."""
    values: dict[str, Any] = dict(request.query_params)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json":
        body = await request.body()
        try:
            parsed = parse_json(body) if body.strip() else {}
        except ValueError:
            raise SlackError("invalid_json") from None
        if not isinstance(parsed, dict):
            raise SlackError("json_not_object")
        values |= parsed
    elif kind == "multipart/form-data":
        async with request.form() as form:
            values |= {name: value for name, value in form.items() if not isinstance(value, UploadFile)}
    else:
        body = await request.body()
        values |= dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else str(values.get("token", ""))
    values.pop("token", None)
    return Args(values, token)
