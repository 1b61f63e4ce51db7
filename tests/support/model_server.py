"""A server that speaks OpenAI's chat completions, as much as compatible servers have in common. What it answers is
scripted; without a script it sorts as a small model might."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.server import bind, serving

Json = dict[str, Any]
# What is answered to a request's body.
Answer = Callable[[Json], Awaitable[Response] | Response]

KEY, NAME = "sk-a-key-of-the-tests", "small-model"
SORTED = {"summary": "Nightly export fails with 502", "type": "incident", "priority": "urgent", "category": "Export"}


def completion(content: str | None, *, finish: str = "stop", **message: Any) -> Json:
    """The body of an answer."""
    said = {"role": "assistant", "content": content, **message}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": NAME,
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }


def body(found: Any) -> Answer:
    return lambda _: JSONResponse(found)


def says(**fields: Any) -> Answer:
    """An object; what is not given is as in `SORTED`."""
    return body(completion(json.dumps({**SORTED, **fields})))


def fails(status: int, code: str | None = None, **headers: str) -> Answer:
    error = {"error": {"message": "no", "type": "error", "param": None, "code": code}}
    return lambda _: JSONResponse(error, status, {name.replace("_", "-"): value for name, value in headers.items()})


def page(_: Json) -> Response:
    """What a proxy or a login page answers."""
    return Response("<!doctype html><title>Welcome</title>", media_type="text/html")


def echo(request: Json) -> Response:
    """A model that gives away all that it was told, and does as it was bid."""
    everything = " ".join(message["content"] for message in request["messages"])
    return JSONResponse(completion(json.dumps({**SORTED, "summary": everything})))


@dataclass
class ModelServer:
    """`requests` are the bodies of all questions, `script` the next answers, `otherwise` the one after them."""

    url: str = ""
    requests: list[Json] = field(default_factory=list)
    script: list[Answer] = field(default_factory=list)
    otherwise: Answer = field(default_factory=says)
    models: tuple[str, ...] = (NAME,)

    @property
    def environment(self) -> dict[str, str]:
        return {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": self.url, "OPENAI_MODEL": NAME}

    def seen(self) -> str:
        """Everything that was ever sent."""
        return json.dumps(self.requests, ensure_ascii=False)

    async def complete(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401)
        asked = await request.json()
        self.requests.append(asked)
        answer = self.script.pop(0) if self.script else self.otherwise
        found = answer(asked)
        return found if isinstance(found, Response) else await found

    async def listed(self, request: Request) -> Response:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return JSONResponse({"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}, 401)
        return JSONResponse({"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]})


@contextlib.asynccontextmanager
async def model_server() -> AsyncIterator[ModelServer]:
    server = ModelServer()
    app = Starlette(
        routes=[
            Route("/v1/chat/completions", server.complete, methods=["POST"]),
            Route("/v1/models", server.listed),
        ]
    )
    listener = bind("127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
    async with serving(app, listener):
        yield server
