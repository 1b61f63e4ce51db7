"""T06: forged, replayed and malformed requests to Slack's door are turned away; none makes the desk fail."""

import io
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import aiohttp
import pytest
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from support.gate import sized
from support.slack_payloads import command, message, press, samples, submission
from support.slack_stage import SECRET, Stage, stage
from support.soak import Slice, slices

from adapters.web import guard
from core.language.events import CommandTyped, MessagePosted
from sandbox.slack.http_events import sign

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class Door:
    def __init__(self, slack: Stage, session: aiohttp.ClientSession) -> None:
        self.slack = slack
        self._session = session
        self._url = slack.sandbox.settings.slack_events_url

    async def knock(self, body: bytes, kind: str | None = JSON, **headers: str | None) -> tuple[int, str]:
        """Signed now, unless the headers say otherwise (None leaves one out)."""
        stamp = headers.pop("timestamp", str(int(time.time())))
        signature = headers.pop("signature", sign(SECRET, stamp or "", body))
        given = {"content-type": kind, "x-slack-request-timestamp": stamp, "x-slack-signature": signature, **headers}
        sent = {name: value for name, value in given.items() if value is not None}
        async with self._session.post(self._url, data=io.BytesIO(body), headers=sent) as answer:
            return answer.status, await answer.text()


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with stage(tmp_path, http=True) as slack, aiohttp.ClientSession() as session:
        yield Door(slack, session)


def as_json(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def as_form(payload: Any) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


async def test_T06_what_slack_signed_is_taken(door: Door) -> None:
    assert await door.knock(as_json(message())) == (200, "")
    assert (await door.knock(urlencode(command()).encode(), FORM))[0] == 200
    assert (await door.knock(as_form(press()), FORM))[0] == 200
    await door.slack.desk.next(MessagePosted)
    await door.slack.desk.next(CommandTyped)
    assert len(door.slack.desk.events) == 3


async def test_T06_slack_may_look_whether_we_are_there(door: Door) -> None:
    body = as_json({"type": "url_verification", "challenge": "abc", "token": "x"})
    status, answer = await door.knock(body)
    assert (status, json.loads(answer)) == (200, {"challenge": "abc"})
    assert (await door.knock(body, signature="v0=00"))[0] == 401
    assert await door.knock(b"ssl_check=1&token=abc", FORM, signature=None) == (200, "")


@pytest.mark.parametrize(
    "headers",
    [
        {"signature": None},
        {"signature": ""},
        {"signature": "v0=" + "0" * 64},
        {"signature": "v0=ü"},
        {"signature": "v1=" + "0" * 64},
        {"timestamp": None},
        {"timestamp": ""},
        {"timestamp": "yesterday"},
        {"timestamp": "1" * 400},
        {"timestamp": "-5"},
        {"timestamp": "１２３"},
        {"timestamp": "1e9"},
    ],
)
async def test_T06_what_slack_did_not_sign_now_is_turned_away(door: Door, headers: dict[str, Any]) -> None:
    encoded = {name: value and value.encode().decode("latin-1") for name, value in headers.items()}
    assert (await door.knock(as_json(message()), **encoded))[0] == 401
    assert door.slack.desk.events == []


@pytest.mark.parametrize("seconds", [-301, 330, -86_400])
async def test_T06_what_slack_signed_at_another_time_is_turned_away(door: Door, seconds: int) -> None:
    stamp = str(int(time.time()) + seconds)
    assert (await door.knock(as_json(message()), timestamp=stamp))[0] == 401
    assert door.slack.desk.events == []


async def test_T06_a_signature_is_of_this_body_and_secret(door: Door) -> None:
    stamp = str(int(time.time()))
    other = sign(SECRET, stamp, as_json(message(text="other")))
    assert (await door.knock(as_json(message()), timestamp=stamp, signature=other))[0] == 401
    foreign = sign("another secret", stamp, as_json(message()))
    assert (await door.knock(as_json(message()), timestamp=stamp, signature=foreign))[0] == 401


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", JSON),
        (b"[]", JSON),
        (b"null", JSON),
        (b'"text"', JSON),
        (b"7", JSON),
        (b"{", JSON),
        (b'{"a": ' * 2000 + b"1" + b"}" * 2000, JSON),
        (b"[" * 100_000, JSON),
        (b'{"a": "\xff\xfe"}', JSON),
        (b'{"n": ' + b"1" * 5000 + b"}", JSON),
        (as_json(message()), "text/plain"),
        (as_json(message()), "multipart/form-data"),
        (b"payload=[]", FORM),
        (b"payload=null", FORM),
        (b"payload=" + b"%5B" * 3000, FORM),
        (b"payload={", FORM),
        (b"{broken", FORM),
    ],
)
async def test_T06_what_is_no_object_is_turned_away(door: Door, body: bytes, kind: str) -> None:
    assert (await door.knock(body, kind))[0] == 400


async def test_T06_a_flood_is_cut_off(door: Door) -> None:
    assert (await door.knock(b"x" * (guard.LARGEST_BODY + 1)))[0] == 413
    assert (await door.knock(as_json(message())))[0] == 200


async def test_T06_deep_text_is_no_depth(door: Door) -> None:
    assert (await door.knock(as_json(message(text='[[[ "{{{ \\" ' * 500))))[0] == 200


async def test_T06_no_readiness_no_ack(door: Door) -> None:
    """The one case for a 5xx: what cannot be kept is not accepted."""

    async def down(event: Any) -> None:
        raise ConnectionError("the database is down")

    door.slack.desk.answer = down
    assert await door.knock(as_json(message())) == (503, "")


_values: SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(["message", "U0DESK", "event_callback", "\x00", "1795178400.000100", "form"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*message(), *press(), *submission(), *message()["event"], "id"]), inner, max_size=4
        ),
    ),
    max_leaves=8,
)


def _damaged(payload: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    inside = payload.get("event") if isinstance(payload.get("event"), dict) else payload
    return (
        {**payload, key: value} if key in payload or inside is payload else {**payload, "event": {**inside, key: value}}
    )


_payloads = st.one_of(
    _values.filter(lambda value: isinstance(value, dict)),
    st.builds(
        _damaged,
        st.sampled_from(samples()),
        st.sampled_from(
            ["type", "event", "user", "team", "channel", "ts", "view", "actions", "text", "message", "command"]
        ),
        _values,
    ),
)
_bodies: SearchStrategy[tuple[bytes, str]] = st.one_of(
    st.tuples(st.binary(max_size=60), st.sampled_from([JSON, FORM, "text/plain", ""])),
    st.tuples(_payloads.map(as_json), st.sampled_from([JSON, FORM])),
    st.tuples(_payloads.map(as_form), st.just(FORM)),
    st.tuples(_values.map(lambda value: b"payload=" + quote(json.dumps(value)).encode()), st.just(FORM)),
    st.tuples(
        st.dictionaries(st.sampled_from([*command(), "payload", "ssl_check"]), st.text(max_size=6)).map(
            lambda fields: urlencode(fields).encode()
        ),
        st.just(FORM),
    ),
)


@pytest.mark.timeout(sized(120, 900, 900))
@pytest.mark.parametrize("part", slices(test=1000, gates=20_000, soak=200_000, of=5000), ids=str)
async def test_T06_whatever_is_signed_nothing_fails(door: Door, part: Slice) -> None:
    from hypothesis import HealthCheck, Phase, given, settings

    found: list[tuple[bytes, str]] = []

    @settings(
        max_examples=part.times,
        # Each slice has other examples.
        derandomize=False,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(_bodies)
    def collect(one: tuple[bytes, str]) -> None:
        found.append(one)

    collect()
    assert len(found) >= part.times * 0.9
    answers: dict[int, int] = {}
    for body, kind in found:
        status, _ = await door.knock(body, kind or None)
        assert status < 500, (status, body)
        answers[status] = answers.get(status, 0) + 1
    # The fuzz reaches past the guard.
    assert answers[200] > len(found) / 10
