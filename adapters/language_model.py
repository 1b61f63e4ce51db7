"""`ports.LanguageModel` by the openai client: OpenAI itself, and every endpoint that speaks its chat completions.

Chat completions and not the newer responses, because that is what compatible servers know. Which of the ways to ask for
JSON an endpoint takes is found out by asking: the strictest first, and the next when it answers 400 or 422.

openai takes longer to import than most of the desk together, so it is imported with the first question, in a thread.
"""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, ValidationError

from core.ports import ModelError, Question

if TYPE_CHECKING:
    from openai import APIStatusError, AsyncOpenAI

BASE_URL = "https://api.openai.com/v1"
MODEL = "gpt-5-mini"

# Far more than an answer needs; a model that thinks aloud counts that too.
_MOST_TOKENS = 2000
_WORD = re.compile(r"[\w.-]{1,60}", re.ASCII)


class OpenAiModel:
    """One endpoint, one model. `close` it at the end."""

    def __init__(self, *, api_key: str, base_url: str | None = None, model: str | None = None) -> None:
        self._api_key = api_key
        self._base_url = base_url or BASE_URL
        self._model = model or MODEL
        self._client: AsyncOpenAI | None = None
        self._loading = asyncio.Lock()
        # Which of `_shapes` the endpoint takes, as far as is known.
        self._shape = 0

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()

    async def answer(self, question: Question, *, seconds: float) -> Mapping[str, Any]:
        async with self._loading:
            if self._client is None:
                self._client = await asyncio.to_thread(_client, self._api_key, self._base_url)
        try:
            async with asyncio.timeout(seconds):
                return _read(await self._ask(self._client, question))
        except TimeoutError:
            raise ModelError("timeout", f"after {seconds:g} s") from None

    async def _ask(self, client: "AsyncOpenAI", question: Question) -> Any:
        """The body of the endpoint's answer, decoded."""
        import openai

        messages = [
            {"role": "system", "content": question.instructions},
            {"role": "user", "content": question.material},
        ]
        shapes = _shapes(question)
        for shape in range(self._shape, len(shapes)):
            try:
                answer: Any = await client.chat.completions.with_raw_response.create(
                    model=self._model,
                    messages=messages,  # type: ignore[arg-type]  # plain dicts, as the API documents them
                    **shapes[shape],
                )
            except openai.APITimeoutError:
                raise ModelError("timeout") from None
            except openai.APIConnectionError as error:
                raise ModelError("unreachable", type(error.__cause__ or error).__name__) from None
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if shape + 1 == len(shapes) or error.code == "content_filter":
                    raise _refused(error) from None
                continue
            except openai.APIStatusError as error:
                raise _refused(error) from None
            except openai.OpenAIError as error:
                raise ModelError("failed", type(error).__name__) from None
            self._shape = shape
            try:
                return answer.http_response.json()
            except (ValueError, RecursionError):
                raise ModelError("unreadable", "the endpoint answers with something else than JSON") from None
        raise AssertionError("there is no way to ask that was not tried")


def _client(api_key: str, base_url: str) -> "AsyncOpenAI":
    import httpx2
    import openai

    # What customers wrote goes to the address that the operator gave, and wherever that one points to it does not.
    http = httpx2.AsyncClient(follow_redirects=False)
    return openai.AsyncOpenAI(api_key=api_key, base_url=base_url, max_retries=0, http_client=http)


def _shapes(question: Question) -> list[dict[str, Any]]:
    """Ways to ask for JSON: what OpenAI wants now; the same with the older name of the limit, as most servers have it;
    JSON without a schema, which the instructions describe as well."""
    schema = {"name": question.name, "schema": dict(question.schema), "strict": True}
    strict = {"response_format": {"type": "json_schema", "json_schema": schema}}
    return [
        {**strict, "max_completion_tokens": _MOST_TOKENS},
        {**strict, "max_tokens": _MOST_TOKENS},
        {"response_format": {"type": "json_object"}, "max_tokens": _MOST_TOKENS},
    ]


def _refused(error: "APIStatusError") -> ModelError:
    """By status and the endpoint's own word for it; its sentences are not repeated, they may quote what was sent."""
    code = error.code if isinstance(error.code, str) and _WORD.fullmatch(error.code) else ""
    detail = f"{error.status_code} {code}".strip()
    if code == "content_filter":
        return ModelError("refused", detail)
    if error.status_code == 429 and code != "insufficient_quota":
        return ModelError("limited", detail, retry_after=_seconds(error.response.headers.get("retry-after", "")))
    return ModelError("failed" if error.status_code >= 500 else "rejected", detail)


def _seconds(header: str) -> float | None:
    """Of Retry-After; as a date it is not worth reading, the desk then waits as it would anyway."""
    return float(header) if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", header.strip(), re.ASCII) else None


# --- reading the answer --------------------------------------------------------------------------------------


class _Message(BaseModel):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[Any] | None = None
    function_call: Any = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    choices: list[_Choice] = Field(min_length=1)


def _read(body: Any) -> Mapping[str, Any]:
    """The object that the model answered. Raises ModelError."""
    try:
        choice = _Completion.model_validate(body).choices[0]
    except ValidationError:
        raise ModelError("unreadable", "the endpoint's answer is no chat completion") from None
    message = choice.message
    if message.tool_calls or message.function_call:
        raise ModelError("tool")
    if message.refusal or choice.finish_reason == "content_filter":
        raise ModelError("refused")
    if choice.finish_reason == "length":
        raise ModelError("truncated")
    try:
        found = json.loads(message.content or "")
    except (ValueError, RecursionError):
        raise ModelError("unreadable", "the model answers with something else than JSON") from None
    if not isinstance(found, dict):
        raise ModelError("invalid", "the model's answer is no object")
    return found
