"""The openai client behind the port: what it sends, and what it makes of every kind of answer."""

import json
from typing import Any

import httpx2
import pytest
import respx
from support.model_server import SORTED, completion

from adapters.language_model import BASE_URL, OpenAiModel
from core.ports import ModelError, Question

QUESTION = Question("sorting", "Sort this.", '{"messages": ["It fails"]}', {"type": "object", "properties": {}})
ANSWER = completion(json.dumps(SORTED))


async def ask(**model: Any) -> Any:
    made = OpenAiModel(**{"api_key": "sk-1", **model})
    try:
        return await made.answer(QUESTION, seconds=5)
    finally:
        await made.close()


def sent(httpx2_mock: respx.Router) -> list[dict[str, Any]]:
    return [json.loads(call.request.content) for call in httpx2_mock.calls]


async def test_asks_once_for_json_of_a_schema_without_tools(httpx2_mock: respx.Router) -> None:
    httpx2_mock.post(f"{BASE_URL}/chat/completions").respond(json=ANSWER)
    assert await ask() == SORTED
    (asked,) = sent(httpx2_mock)
    assert asked == {
        "model": "gpt-5-mini",
        "messages": [
            {"role": "system", "content": QUESTION.instructions},
            {"role": "user", "content": QUESTION.material},
        ],
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "sorting", "schema": dict(QUESTION.schema), "strict": True},
        },
        "max_completion_tokens": 2000,
    }
    assert httpx2_mock.calls[0].request.headers["authorization"] == "Bearer sk-1"


async def test_an_endpoint_of_ones_own(httpx2_mock: respx.Router) -> None:
    httpx2_mock.post("http://localhost:11434/v1/chat/completions").respond(json=ANSWER)
    assert await ask(base_url="http://localhost:11434/v1", model="qwen3") == SORTED
    assert sent(httpx2_mock)[0]["model"] == "qwen3"


async def test_what_an_endpoint_takes_is_learned(httpx2_mock: respx.Router) -> None:
    no = respx.MockResponse(400, json={"error": {"message": "This response_format is unavailable now"}})
    worse = respx.MockResponse(422, json={"detail": [{"type": "extra_forbidden"}]})
    route = httpx2_mock.post(f"{BASE_URL}/chat/completions")
    route.side_effect = [worse, no, respx.MockResponse(200, json=ANSWER), respx.MockResponse(200, json=ANSWER)]
    made = OpenAiModel(api_key="sk-1")
    assert await made.answer(QUESTION, seconds=5) == SORTED
    assert await made.answer(QUESTION, seconds=5) == SORTED
    await made.close()
    asked = [(one["response_format"]["type"], "max_tokens" in one) for one in sent(httpx2_mock)]
    assert asked == [("json_schema", False), ("json_schema", True), ("json_object", True), ("json_object", True)]


DEEP = '{"a":' * 100_000


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        pytest.param({"status_code": 401, "json": {"error": {"code": "invalid_api_key"}}}, "rejected", id="wrong key"),
        pytest.param({"status_code": 404, "json": {"error": {"code": "model_not_found"}}}, "rejected", id="no model"),
        pytest.param({"status_code": 400, "json": {"error": {"message": "no"}}}, "rejected", id="bad request"),
        pytest.param({"status_code": 400, "json": {"error": {"code": "content_filter"}}}, "refused", id="filtered"),
        pytest.param(
            {"status_code": 307, "headers": {"location": "https://elsewhere"}}, "rejected", id="sent elsewhere"
        ),
        pytest.param(
            {"status_code": 429, "json": {"error": {"code": "insufficient_quota"}}}, "rejected", id="no money"
        ),
        pytest.param({"status_code": 429, "text": "slow down"}, "limited", id="too often"),
        pytest.param({"status_code": 500, "text": "oops"}, "failed", id="its error"),
        pytest.param({"status_code": 503, "html": "<h1>busy</h1>"}, "failed", id="a proxy's error"),
        pytest.param({"html": "<!doctype html><title>Login</title>"}, "unreadable", id="HTML with 200"),
        pytest.param({"text": "fine", "headers": {"content-type": "application/json"}}, "unreadable", id="no JSON"),
        pytest.param({"text": DEEP, "headers": {"content-type": "application/json"}}, "unreadable", id="deep JSON"),
        pytest.param({"json": []}, "unreadable", id="a list"),
        pytest.param({"json": {"choices": []}}, "unreadable", id="no choices"),
        pytest.param({"json": {"choices": [{"message": None}]}}, "unreadable", id="no message"),
        pytest.param({"json": {"object": "response", "output": []}}, "unreadable", id="another protocol"),
        pytest.param({"json": completion(None, refusal="I cannot help with that")}, "refused", id="refusal"),
        pytest.param({"json": completion('{"type"', finish="content_filter")}, "refused", id="stopped by a filter"),
        pytest.param({"json": completion('{"summary": "Nig', finish="length")}, "truncated", id="truncated"),
        pytest.param({"json": completion('{"summary": "Nig')}, "unreadable", id="half of its JSON"),
        pytest.param({"json": completion("Sure. It is urgent.")}, "unreadable", id="prose"),
        pytest.param({"json": completion(DEEP)}, "unreadable", id="deep JSON inside"),
        pytest.param({"json": completion("")}, "unreadable", id="nothing"),
        pytest.param({"json": completion(None)}, "unreadable", id="no content"),
        pytest.param({"json": completion("[1]")}, "invalid", id="no object"),
        pytest.param(
            {"json": completion(None, tool_calls=[{"id": "1", "type": "function", "function": {"name": "resolve"}}])},
            "tool",
            id="a tool",
        ),
        pytest.param({"json": completion(None, function_call={"name": "resolve"})}, "tool", id="an old tool"),
    ],
)
async def test_F25_every_failure_has_its_name(httpx2_mock: respx.Router, answer: dict[str, Any], failure: str) -> None:
    httpx2_mock.post(f"{BASE_URL}/chat/completions").respond(**answer)
    with pytest.raises(ModelError) as raised:
        await ask()
    assert raised.value.failure == failure
    assert "cannot help" not in str(raised.value)


@pytest.mark.parametrize(
    ("error", "failure"),
    [
        (httpx2.ConnectError("refused"), "unreachable"),
        (httpx2.RemoteProtocolError("reset"), "unreachable"),
        (httpx2.ReadTimeout("slow"), "timeout"),
    ],
)
async def test_F25_the_network_fails(httpx2_mock: respx.Router, error: Exception, failure: str) -> None:
    httpx2_mock.post(f"{BASE_URL}/chat/completions").mock(side_effect=error)
    with pytest.raises(ModelError) as raised:
        await ask()
    assert raised.value.failure == failure


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("0.5", 0.5), ("Wed, 21 Oct 2026 07:28:00 GMT", None)])
async def test_F25_when_it_may_be_asked_again(httpx2_mock: respx.Router, header: str, seconds: float | None) -> None:
    httpx2_mock.post(f"{BASE_URL}/chat/completions").respond(429, headers={"retry-after": header})
    with pytest.raises(ModelError) as raised:
        await ask()
    assert raised.value.retry_after == seconds
    assert len(httpx2_mock.calls) == 1, "the client does not try by itself"
