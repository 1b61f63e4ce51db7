"""What an endpoint of the control interface is: a row of a table that also makes its documentation."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.clock import OutOfRange
from sandbox.discord.commands import BadTyping
from sandbox.discord.errors import DiscordError
from sandbox.dump import BadWorld
from sandbox.faults import BadFault
from sandbox.slack.errors import SlackError
from sandbox.slack.interact import Refused
from sandbox.slack.values import BadChoice
from sandbox.wire import parse_json
from sandbox.world import Missing

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]


class BadRequest(ValueError):
    """The request is not as documented; the text says how."""


class Given:
    """The fields of a request: of its JSON body, its form, its query or its path."""

    def __init__(self, values: Json, files: list[UploadFile]) -> None:
        self.values = values
        self.files = files

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise BadRequest(f"{name} must be text")
        return value

    def needed(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise BadRequest(f"{name} is missing")
        return value

    def number(self, name: str, default: float) -> float:
        value = self.values.get(name)
        if value is None or value == "":
            return default
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not math.isfinite(number):
            raise BadRequest(f"{name} must be a number")
        return number

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        return value is True or value in ("1", "true", "yes")

    def items(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise BadRequest(f"{name} must be a list")
        return value

    def record(self, name: str) -> Json:
        value = self.values.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise BadRequest(f"{name} must be an object")
        return value


Answer = Json | Response
Handler = Callable[["Sandbox", Given], Answer | Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`fields` maps a field's name to what it means; a request with any other field is refused."""

    method: str
    path: str
    summary: str
    handler: Handler
    fields: dict[str, str] = field(default_factory=dict)
    answer: str = ""


async def answer(sandbox: Sandbox, endpoint: Endpoint, request: Request) -> Response:
    """Run an endpoint; everything that a person or script did wrong becomes a worded error."""
    try:
        given = await _read(endpoint, request)
        result = endpoint.handler(sandbox, given)
        if isinstance(result, Awaitable):
            result = await result
    except (BadRequest, BadFault, BadWorld, BadChoice, BadTyping, OutOfRange) as error:
        return _error(400, "bad_request", str(error))
    except Missing as error:
        return _error(404, f"no_such_{error.what}", str(error))
    except Refused as error:
        return _error(409, error.code, str(error))
    except DiscordError as error:
        return _error(409, str(error.code), json.dumps(error.body()))
    except SlackError as error:
        return _error(409, error.code, json.dumps({"error": error.code, **error.more}))
    finally:
        await request.close()
    if isinstance(result, Response):
        return result
    return JSONResponse({"ok": True, **result}, headers={"x-content-type-options": "nosniff"})


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"ok": False, "error": {"code": code, "message": message}}, status_code=status)


async def _read(endpoint: Endpoint, request: Request) -> Given:
    values: Json = {**request.query_params, **request.path_params}
    files: list[UploadFile] = []
    kind = request.headers.get("content-type", "").partition(";")[0]
    if kind == "multipart/form-data":
        form = await request.form()
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                files.append(value)
            else:
                values[name] = value
    elif request.method in ("POST", "DELETE"):
        raw = await request.body()
        try:
            body = parse_json(raw) if raw.strip() else {}
        except ValueError:
            raise BadRequest("the body is no JSON") from None
        if not isinstance(body, dict):
            raise BadRequest("the body must be a JSON object")
        values |= body
    unknown = set(values) - set(endpoint.fields)
    if unknown:
        known = ", ".join(endpoint.fields) or "none"
        raise BadRequest(f"unknown: {', '.join(sorted(unknown))}; known fields: {known}")
    return Given(values, files)
