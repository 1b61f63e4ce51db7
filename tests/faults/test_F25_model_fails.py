"""F25: however the model fails, the card stays as it is, people go on working, and it is counted. Over HTTP, against a
server that speaks as compatible endpoints do."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select
from starlette.responses import Response
from support.deliveries import running
from support.desk import DeskDriver, buttons, policy
from support.model_server import (
    KEY,
    NAME,
    Answer,
    Json,
    ModelServer,
    body,
    completion,
    fails,
    model_server,
    page,
    says,
)

from adapters.language_model import OpenAiModel
from core.store import tables as t
from core.store.engine import Store
from jobs.suggesting import ModelSettings


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as found:
        yield found


@pytest.fixture
async def model(server: ModelServer) -> AsyncIterator[OpenAiModel]:
    found = OpenAiModel(api_key=KEY, base_url=server.url, model=NAME)
    yield found
    await found.close()


async def asking(store: Store, model: OpenAiModel, **settings: float) -> DeskDriver:
    return await DeskDriver(store, policy(), model=model, model_settings=ModelSettings(**settings)).start()


async def suggested(desk: DeskDriver, number: int = 1) -> list[str]:
    return [token for token in buttons(await desk.card(number)).values() if token.startswith("accept:")]


async def never(_: Json) -> Response:
    await asyncio.Event().wait()
    raise AssertionError("somebody waited for ever")


FAILURES: dict[str, tuple[Answer, str, int]] = {
    "timeout": (never, "timeout", 1),
    "429": (fails(429), "limited", 3),
    "429, and when to come back": (fails(429, retry_after="0.01"), "limited", 5),
    "no money left": (fails(429, "insufficient_quota"), "rejected", 1),
    "its own error": (fails(500), "failed", 3),
    "no such model": (fails(404, "model_not_found"), "rejected", 1),
    "refusal": (body(completion(None, refusal="I cannot")), "refused", 1),
    "truncated": (body(completion('{"summary": "Nig', finish="length")), "truncated", 1),
    "wrong JSON": (body(completion("{'summary': 1}")), "unreadable", 1),
    "another JSON": (body(completion('{"answer": 42}')), "invalid", 1),
    "HTML with 200": (page, "unreadable", 1),
    "wrong tool": (body(completion(None, tool_calls=[{"id": "1", "function": {"name": "resolve"}}])), "tool", 1),
    "unknown priority": (says(priority="critical"), "invalid", 1),
    "unknown category": (says(category="Billing"), "invalid", 1),
}


@pytest.mark.parametrize("case", FAILURES)
async def test_F25_the_card_stays_as_it_is_and_it_is_counted(
    sqlite_url: str, server: ModelServer, model: OpenAiModel, case: str
) -> None:
    server.otherwise, outcome, times = FAILURES[case]
    store = await Store.open(sqlite_url)
    # A time-out is a failure in any case; the others have all the time that they need.
    desk = await asking(store, model, timeout=0.2 if case == "timeout" else 5.0)
    await desk.says("ann", "The export fails.")
    card, before = await desk.card(), await desk.ticket()
    await desk.deliver()
    assert (await desk.card(), await desk.ticket()) == (card, before)
    assert await desk.count(t.suggestion) == 0
    assert desk.suggesting.outcomes == {outcome: times}
    assert len(server.requests) == times
    dead = await desk.read(lambda c: c.execute(select(t.outbox.c.id).where(t.outbox.c.state == "dead")).all())
    assert dead == []
    assert "delivery_failed" not in await desk.events_of()
    await store.close()


async def test_F25_people_do_not_wait_for_the_model(store: Store, server: ModelServer, model: OpenAiModel) -> None:
    """While the model says nothing, the receipt and the card go out, and the ticket is worked on to its end."""
    asked, release = asyncio.Event(), asyncio.Event()

    async def held(request: Json) -> Response:
        asked.set()
        await release.wait()
        answer = says()(request)
        assert isinstance(answer, Response)
        return answer

    server.otherwise = held
    desk = await asking(store, model)
    root = await desk.says("ann", "The export fails.")
    delivering = asyncio.create_task(desk.deliver())
    await asyncio.wait_for(asked.wait(), 10)
    await desk.chat.until(lambda: desk.chat.sends(lambda effect: effect.kind == "post") >= 3)
    await desk.types("bo", "claim 1")
    await desk.types("bo", "reply 1 We look.")
    await desk.chat.until(lambda: "We look." in str(desk.chat.said(root.channel)))
    await desk.types("bo", "resolve 1")
    assert not delivering.done()
    release.set()
    await delivering
    assert (await desk.ticket()).status == "resolved"
    assert await suggested(desk) == []


async def test_F25_what_passes_is_tried_again(store: Store, server: ModelServer, model: OpenAiModel) -> None:
    server.script = [fails(503), fails(429, retry_after="0.01")]
    desk = await asking(store, model)
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    assert len(await suggested(desk)) == 4
    assert desk.suggesting.outcomes == {"failed": 1, "limited": 1, "answered": 1}


async def test_F25_after_failures_in_a_row_the_model_is_left_alone(
    store: Store, server: ModelServer, model: OpenAiModel
) -> None:
    server.otherwise = page
    desk = await asking(store, model, breaker_after=3, breaker_wait=3600.0, longest_breaker=3600.0)
    for number in range(6):
        await desk.says("ann", f"The export {number} fails.")
        desk.clock.move(hours=1)
        await desk.deliver()
    assert len(server.requests) == 3
    assert desk.suggesting.outcomes == {"unreadable": 3, "breaker": 3}
    assert desk.suggesting.breaker.is_open
    assert len(await desk.sent("card")) == 6
    assert len(await desk.sent("receipt")) == 6


async def test_F25_nobody_answers_at_the_address(store: Store) -> None:
    model = OpenAiModel(api_key=KEY, base_url="http://127.0.0.1:9/v1")
    desk = await asking(store, model)
    await desk.says("ann", "The export fails.")
    await desk.deliver()
    await model.close()
    assert desk.suggesting.outcomes == {"unreachable": 3}
    assert await suggested(desk) == []


async def test_F25_a_desk_that_is_killed_while_it_asks_asks_again(
    store: Store, server: ModelServer, model: OpenAiModel
) -> None:
    desk = await asking(store, model)
    await desk.says("ann", "The export fails.")
    # As a process leaves it that was killed in the middle of its request.
    await desk.store.transact(
        lambda tx: tx.execute(
            t.outbox.update()
            .where(t.outbox.c.kind == "model")
            .values(state="sending", attempts=1, sent_at=tx.real_now(), next_attempt_at=tx.real_now())
        )
    )
    await desk.deliver()
    assert len(await suggested(desk)) == 4
    assert len(server.requests) == 1


async def test_F25_a_desk_that_stops_does_not_wait_for_the_model(
    store: Store, server: ModelServer, model: OpenAiModel
) -> None:
    asked = asyncio.Event()

    async def held(request: Json) -> Response:
        asked.set()
        return await never(request)

    server.script = [held]
    desk = await asking(store, model)
    await desk.says("ann", "The export fails.")
    async with asyncio.timeout(20):
        async with running(desk.delivery(stop_seconds=3600.0)):
            await asked.wait()
    assert desk.suggesting.outcomes == {}
    await desk.deliver()
    assert len(await suggested(desk)) == 4, "the next start asks again"
