"""One call of the REST interface, read: path, query, JSON body, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from sandbox.discord.errors import DiscordError
from sandbox.wire import parse_json

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a multipart body; `place` is the number in `files[0]`."""

    place: int
    name: str
    mimetype: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Call:
    """`path` holds the route's parts, `body` the JSON (of a multipart body its `payload_json`), {} without one. `host`
    is where the caller believes the server to be."""

    path: dict[str, str]
    query: dict[str, str]
    body: Any = None
    files: list[Part] = field(default_factory=list)
    host: str = ""

    @property
    def record(self) -> Json:
        """The body, which must be an object."""
        if not isinstance(self.body, dict):
            raise DiscordError(50109)
        return self.body

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """From the query, held within bounds as Discord refuses others."""
        raw = self.query.get(name, "")
        return min(high, max(low, int(raw))) if raw.isdigit() else default

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")


async def read_call(request: Request, path: dict[str, str]) -> Call:
    """Raises `DiscordError` 50109 for a body that is no JSON."""
    query, host = dict(request.query_params), request.headers.get("host", "")
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        files: list[Part] = []
        body: Any = {}
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    place = int("".join(one for one in name if one.isdigit()) or len(files))
                    kind = value.content_type or "application/octet-stream"
                    files.append(Part(place, value.filename or "file", kind, await value.read()))
                elif name == "payload_json":
                    body = _parsed(value)
        return Call(path, query, body, files, host)
    raw = await request.body()
    return Call(path, query, _parsed(raw) if raw.strip() else {}, host=host)


def _parsed(raw: str | bytes) -> Any:
    try:
        return parse_json(raw)
    except ValueError:
        raise DiscordError(50109) from None
