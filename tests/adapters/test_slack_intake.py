"""When a payload is acked, and when not."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.blobs import MemoryBlobs
from support.slack_payloads import ME, NOW, command, message, press
from support.slack_stage import Desk

from adapters.slack import inbound
from adapters.slack.api import Api
from adapters.slack.gateway import Gateway
from adapters.slack.intake import Ack, Intake
from core.language.answers import Choices, Say
from core.language.events import Unreadable, receipt_key
from core.language.views import Card

TAKEN, REFUSED = Ack(True, {}), Ack(False, {})


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    """Of a server that is not there."""
    api = Api("http://127.0.0.1:9/api/", "xoxb-1", timeout=1.0)
    yield Gateway("main", api, MemoryBlobs())
    await api.close()


def intake(desk: Desk, gateway: Gateway, most: int = 10) -> Intake:
    made = Intake(desk.handle, gateway, lambda: NOW, most)
    made.me = ME
    return made


async def test_what_the_desk_took_is_acked(gateway: Gateway) -> None:
    desk = Desk()
    assert await intake(desk, gateway).take(message()) == TAKEN
    assert len(desk.events) == 1


async def test_noise_is_acked_and_goes_no_further(gateway: Gateway) -> None:
    desk = Desk()
    assert await intake(desk, gateway).take(message(user="U0DESK")) == TAKEN
    assert desk.events == []


async def test_what_cannot_be_read_is_kept_acked_and_logged(gateway: Gateway, caplog: Any) -> None:
    desk = Desk()
    taking = intake(desk, gateway)
    assert await taking.take(message(ts="never")) == TAKEN
    assert await taking.take(message(ts="never")) == TAKEN
    first, again = desk.events
    assert isinstance(first, Unreadable) and first.raw["event"]["text"] == "Our export fails"
    assert receipt_key(first) == receipt_key(again)
    with pytest.raises(ValueError):
        inbound.read(first.raw, ME, NOW)
    assert "unreadable payload" in caplog.text
    assert "Our export fails" not in caplog.text
    # Without an id of the event it is known by what it holds, and what is no payload at all is kept too.
    for nonsense in ({"event": {"type": "message"}}, {"event": {"type": "message"}}, {"event": {"type": 1}}):
        assert await taking.take(nonsense) == TAKEN
    keys = [receipt_key(event) for event in desk.events[2:]]
    assert keys[0] == keys[1] != keys[2]


async def test_what_the_desk_could_not_take_is_not_acked(gateway: Gateway) -> None:
    desk = Desk()

    async def down(event: Any) -> None:
        raise ConnectionError("the database is down")

    desk.answer = down
    assert await intake(desk, gateway).take(message()) == REFUSED


async def test_nothing_is_taken_before_we_know_who_we_are_or_after_the_end(gateway: Gateway) -> None:
    desk = Desk()
    early = Intake(desk.handle, gateway, lambda: NOW)
    assert await early.take(message()) == REFUSED
    late = intake(desk, gateway)
    await late.close(within=1.0)
    assert await late.take(message()) == REFUSED
    assert desk.events == []


async def test_an_answer_that_fits_nowhere_loses_nothing(gateway: Gateway, caplog: Any) -> None:
    desk = Desk()
    desk.replies(Choices(()))
    taking = intake(desk, gateway)
    assert await taking.take(command()) == TAKEN
    desk.replies(Say(Card("x")))
    assert await taking.take(press()) == TAKEN
    await taking.close(within=5.0)
    assert caplog.text.count("the answer was not shown") == 2


async def test_only_so_many_are_handled_at_once(gateway: Gateway) -> None:
    desk, leave = Desk(), asyncio.Event()

    async def slow(event: Any) -> None:
        await leave.wait()

    desk.answer = slow
    taking = intake(desk, gateway, most=2)
    acks = [asyncio.create_task(taking.take(message(ts=f"1795178400.00010{n}"))) for n in range(3)]
    await desk.until(2)
    assert taking.full
    assert taking.in_flight == 3
    assert len(desk.events) == 2
    leave.set()
    assert await asyncio.gather(*acks) == [TAKEN] * 3
    assert not taking.full
    assert taking.in_flight == 0
