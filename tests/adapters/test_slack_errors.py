"""What each refusal of Slack's means, by itself and over the wire."""

from pathlib import Path
from typing import Any

import aiohttp
import pytest
from support.slack_stage import CUSTOMERS, Stage, stage

from adapters.slack.errors import from_exception, from_response, is_missing_method, retry_after
from core.language.effects import Delete, FetchGroup, FetchPerson, Post, React, Update
from core.language.places import Identity, MessageRef, Place
from core.language.text import words
from core.language.views import Card, Paragraph
from core.ports import NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked

POST = Post(Place("main", CUSTOMERS), Card("hello", blocks=(Paragraph(words("hello")),)), "k1")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (200, "invalid_auth", Revoked),
        (200, "token_revoked", Revoked),
        (403, "account_inactive", Revoked),
        (200, "channel_not_found", RefusedByPlatform),
        (200, "thread_not_found", RefusedByPlatform),
        (200, "invalid_blocks", RefusedByPlatform),
        (200, "msg_too_long", RefusedByPlatform),
        (200, "missing_scope", RefusedByPlatform),
        (200, "some_word_of_tomorrow", RefusedByPlatform),
        (200, "ratelimited", RateLimited),
        (429, None, RateLimited),
        (200, "fatal_error", OutcomeUnknown),
        (200, "internal_error", OutcomeUnknown),
        (200, "service_unavailable", OutcomeUnknown),
        (200, "request_timeout", OutcomeUnknown),
        (500, "channel_not_found", OutcomeUnknown),
        (502, None, OutcomeUnknown),
        (200, None, OutcomeUnknown),
        (408, None, OutcomeUnknown),
        (404, None, RefusedByPlatform),
        (403, None, NotSent),
        (407, None, NotSent),
    ],
)
def test_each_answer_means_one_thing(status: int, code: str | None, kind: type) -> None:
    error = from_response(status, {}, {"ok": False, "error": code} if code else "<html>")
    assert type(error) is kind


@pytest.mark.parametrize(
    ("status", "data", "missing"),
    [
        (404, {"error": "not_found"}, True),
        (404, {"detail": "Not Found"}, True),
        (501, {}, True),
        (200, {"ok": False, "error": "unknown_method"}, True),
        (404, {"ok": False, "error": "channel_not_found"}, False),
    ],
)
def test_a_method_can_be_missing_in_several_ways(status: int, data: Any, missing: bool) -> None:
    assert is_missing_method(from_response(status, {}, data)) is missing


@pytest.mark.parametrize(("code", "gone"), [("is_archived", True), ("not_in_channel", True), ("msg_too_long", False)])
def test_a_place_that_is_closed_is_told_apart(code: str, gone: bool) -> None:
    error = from_response(200, {}, {"error": code})
    assert isinstance(error, RefusedByPlatform)
    assert error.gone is gone


def test_what_is_missing_is_said() -> None:
    assert "chat:write" in str(from_response(200, {}, {"error": "missing_scope", "needed": "chat:write"}))
    details = {"error": "invalid_blocks", "response_metadata": {"messages": ["[ERROR] too long [/blocks/0]"]}}
    assert "/blocks/0" in str(from_response(200, {}, details))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("7", 7), ("0.5", 0.5), ("-3", 0.1), ("1e9", 3600), ("nan", 30), ("soon", 30), (None, 30)],
)
def test_how_long_to_wait(header: str | None, seconds: float) -> None:
    assert retry_after({} if header is None else {"Retry-After": header}) == seconds


def test_only_what_never_left_is_surely_not_sent() -> None:
    assert type(from_exception(aiohttp.ConnectionTimeoutError())) is NotSent
    assert type(from_exception(aiohttp.ServerDisconnectedError())) is OutcomeUnknown
    assert type(from_exception(TimeoutError())) is OutcomeUnknown
    assert type(from_exception(AttributeError("str has no get"))) is OutcomeUnknown
    assert type(from_exception(aiohttp.InvalidURL("x"))) is RefusedByPlatform


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"kind": "error", "status": 500}, OutcomeUnknown),
        ({"kind": "error", "status": 500, "body": "html"}, OutcomeUnknown),
        ({"kind": "error", "status": 200, "body": "broken"}, OutcomeUnknown),
        ({"kind": "error", "status": 200, "body": "empty"}, OutcomeUnknown),
        ({"kind": "error", "status": 200, "error": "fatal_error"}, OutcomeUnknown),
        ({"kind": "error_after", "status": 503, "body": "html"}, OutcomeUnknown),
        ({"kind": "reset"}, OutcomeUnknown),
        ({"kind": "ratelimit", "retry_after": 4}, RateLimited),
        ({"kind": "ratelimit", "retry_after": 4, "body": "html"}, RateLimited),
    ],
)
async def test_each_failure_of_a_real_call(slack: Stage, fault: dict[str, Any], kind: type) -> None:
    standing = slack.sandbox.faults.add({"method": "chat.postMessage", "count": None, **fault})
    with pytest.raises(kind) as raised:
        await slack.adapter.deliver(POST)
    if isinstance(raised.value, RateLimited):
        assert (raised.value.retry_after, raised.value.scope) == (4, "lane")
    # Nothing is ever repeated by itself.
    assert standing.hits == 1


async def test_no_answer_in_time_is_an_unknown_outcome(tmp_path: Path) -> None:
    async with stage(tmp_path, timeout=0.4) as slack:
        slack.fault("late", "chat.postMessage", seconds=9, hang=9)
        with pytest.raises(OutcomeUnknown) as raised:
            await slack.adapter.deliver(POST)
        assert raised.value.code == "timeout"


async def test_a_limit_of_a_method_is_for_all_channels_and_for_no_other_method(slack: Stage) -> None:
    slack.fault("ratelimit", "users.info")
    with pytest.raises(RateLimited) as limited:
        await slack.adapter.deliver(FetchPerson(Identity("main", "U0ANN")))
    assert limited.value.scope == "kind"


async def test_a_method_that_a_server_lacks_is_a_missing_ability(slack: Stage) -> None:
    ref = slack.say("U0ANN", CUSTOMERS, "Hello")
    for method in ("usergroups.users.list", "users.info", "reactions.add", "chat.delete"):
        slack.fault("error", method, status=404, body="html", count=None)
    assert (await slack.adapter.deliver(FetchGroup("main", "S0AGENTS"))).members is None
    profile = (await slack.adapter.deliver(FetchPerson(Identity("main", "U0ANN")))).profile
    assert profile is not None
    assert profile.name == ""
    await slack.adapter.deliver(React(ref, "eyes"))
    await slack.adapter.deliver(Delete(ref))


async def test_what_is_gone_cannot_be_changed(slack: Stage) -> None:
    with pytest.raises(RefusedByPlatform) as refused:
        await slack.adapter.deliver(Update(MessageRef("main", CUSTOMERS, "1795178400.000001"), Card("x")))
    assert refused.value.code == "message_not_found"
    assert not refused.value.gone
