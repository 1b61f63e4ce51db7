"""The guard by itself: what stands behind it would turn some of these away too."""

import json

import pytest

from adapters.web.guard import LARGEST_BODY, check
from sandbox.slack.http_events import sign

NOW = 1_795_178_400.0
BODY = b'{"type": "event_callback"}'


def answer(body: bytes | None = BODY, at: float = NOW, method: str = "POST", **changed: str) -> int | None:
    stamp = str(int(at))
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": sign("secret", stamp, body or b""),
        **changed,
    }
    rejected = check(method, headers, body, "secret", NOW)
    return rejected.status if rejected else None


def test_what_slack_signed_passes() -> None:
    assert answer() is None
    assert answer(b"command=%2Fticket&text=mine", **{"content-type": "application/x-www-form-urlencoded"}) is None


@pytest.mark.parametrize(("seconds", "status"), [(-299, None), (299, None), (-301, 401), (301, 401), (-(10**9), 401)])
def test_a_signature_lasts_five_minutes(seconds: float, status: int | None) -> None:
    assert answer(at=NOW + seconds) == status


def test_other_methods_and_floods() -> None:
    assert answer(method="GET") == 405
    assert answer(None) == 413
    assert LARGEST_BODY >= 40_000 * 2 * 8


@pytest.mark.parametrize(("depth", "status"), [(10, None), (59, None), (61, 400), (5000, 400)])
def test_depth_has_an_end(depth: int, status: int | None) -> None:
    assert answer(b'{"a":' * depth + b"1" + b"}" * depth) == status


def test_brackets_in_text_are_no_depth() -> None:
    assert answer(json.dumps({"text": '[{"' * 5000}).encode()) is None
