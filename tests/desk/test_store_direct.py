"""The short way to the driver gives what SQLAlchemy's own gives: the same rows, kinds of values and errors."""

import gc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, bindparam, func, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError, MultipleResultsFound, NoResultFound, ResourceClosedError, StatementError
from support.units import PUT, heard_statements

from core.store import direct
from core.store import tables as t
from core.store.columns import Utc
from core.store.engine import Store, Tx

AT = datetime(2026, 3, 1, 12, 30, 15, 250, tzinfo=UTC)

ADD_TICKET = insert(t.ticket).returning(t.ticket.c.number)
ADD_PERSON = insert(t.person)
ADD_RUN = insert(t.job_run)
TICKETS = select(t.ticket).order_by(t.ticket.c.number)
COUNTED = select(t.ticket.c.status, func.count(), func.max(t.ticket.c.created_at, type_=Utc)).group_by(
    t.ticket.c.status
)
WRITTEN_OUT = text(
    "SELECT number, status, created_at AS made, wants_person FROM ticket WHERE priority = :priority"
).columns(made=Utc)
OF_KIND = (
    select(t.ticket.c.number, t.ticket.c.tags)
    .where(
        t.ticket.c.priority == bindparam("priority"),
        t.ticket.c.type == "question",
        t.ticket.c.status != bindparam("not"),
    )
    .order_by(t.ticket.c.number)
)
CHANGE = update(t.ticket).where(t.ticket.c.number == bindparam("key")).values(tags=bindparam("tags"))
LISTED = select(t.ticket.c.number).where(t.ticket.c.number.in_(bindparam("numbers", expanding=True)))


def ticket(**more: Any) -> dict[str, Any]:
    return {
        "status": "open",
        "priority": "normal",
        "type": "question",
        "tags": ["a", {"b": "ü\u202e"}],
        "fields": {},
        "subject": "x",
        "description": 'It\'s 100 % "quoted" :name ?',
        "requester": 1,
        "created_at": AT.astimezone(timezone(timedelta(hours=5, minutes=30))),
        "updated_at": AT + timedelta(days=1),
        **more,
    }


@pytest.fixture
async def filled(store: Store) -> Store:
    def unit(tx: Tx) -> None:
        tx.execute(ADD_PERSON, {"name": "Ann", "created_at": AT})
        for more in ({}, {"priority": "high", "resolved_at": AT}, {"wants_person": True, "status": "new", "tags": []}):
            tx.execute(ADD_TICKET, ticket(**more))

    await store.transact(unit)
    return store


def plan_of(store: Store, statement: Any, *names: str) -> Any:
    return direct._plans[store.dialect].get(statement, {}).get(names, "none yet")


READS: dict[str, tuple[Any, dict[str, Any]]] = {
    "whole rows": (TICKETS, {}),
    "functions": (COUNTED, {}),
    "text": (WRITTEN_OUT, {"priority": "normal"}),
    "values of its own": (OF_KIND, {"priority": "high", "not": "closed"}),
}


@pytest.mark.parametrize("what", READS)
async def test_rows_are_the_same_either_way(filled: Store, what: str) -> None:
    statement, parameters = READS[what]

    def rows(connection: Connection) -> list[Any]:
        return list(connection.execute(statement, parameters))

    with heard_statements() as seen:
        long_way = await filled.read(rows)
    assert len(seen) == 1
    short_way = [await filled.read(rows) for _ in range(3)][-1]
    assert plan_of(filled, statement, *parameters).text == seen[0]
    assert [tuple(row) for row in short_way] == [tuple(row) for row in long_way]
    assert [row._mapping for row in short_way] == [row._mapping for row in long_way]
    assert repr(short_way) == repr(long_way), "the same kinds of values"


ASKED: dict[str, Callable[[Any], Any]] = {
    "all": lambda found: found.all(),
    "each": list,
    "first": lambda found: found.first(),
    "the only value": lambda found: found.scalar_one(),
    "the only value or none": lambda found: found.scalar_one_or_none(),
    "the only row": lambda found: found.one(),
    "the first value": lambda found: found.scalar(),
    "values": lambda found: found.scalars().all(),
    "mappings": lambda found: found.mappings().all(),
}


@pytest.mark.parametrize("priority", ["normal", "high", "low"], ids=["two rows", "one row", "no row"])
@pytest.mark.parametrize("what", ASKED)
async def test_what_is_asked_of_a_result_is_the_same_either_way(filled: Store, what: str, priority: str) -> None:
    def answer(connection: Connection) -> str:
        try:
            return repr(ASKED[what](connection.execute(OF_KIND, {"priority": priority, "not": "x"})))
        except (NoResultFound, MultipleResultsFound) as error:
            return repr(error)

    with heard_statements():
        long_way = await filled.read(answer)
    assert [await filled.read(answer) for _ in range(3)] == [long_way] * 3


async def test_times_come_back_as_the_instant_that_they_were(filled: Store) -> None:
    for _ in range(3):
        first = await filled.read(lambda connection: connection.execute(TICKETS).all()[0])
    assert (first.created_at, first.created_at.tzinfo) == (AT, UTC)
    assert (first.tags, first.resolved_at, first.wants_person) == (["a", {"b": "ü\u202e"}], None, False)


async def test_an_hour_that_comes_twice_is_two_instants(store: Store) -> None:
    """Equal to each other, as Python compares times of one zone."""
    first, second = (datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=fold) for fold in (0, 1))
    runs = [{"job": "x", "slot": str(n), "at": at} for n, at in enumerate((first, second))]
    await store.transact(lambda tx: [tx.execute(ADD_RUN, run) for run in runs])
    found = await store.read(lambda c: c.execute(select(t.job_run.c.at).order_by(t.job_run.c.slot)).scalars().all())
    assert found[1] - found[0] == timedelta(hours=1)


async def test_many_rows_at_once(store: Store) -> None:
    def unit(tx: Tx) -> None:
        for job in "abc":
            tx.execute(ADD_RUN, [{"job": job, "slot": str(n), "at": AT} for n in range(3)])

    await store.transact(unit)
    assert plan_of(store, ADD_RUN, "job", "slot", "at").text.startswith("INSERT INTO job_run")
    assert await store.read(lambda c: c.execute(select(func.count()).select_from(t.job_run)).scalar_one()) == 9


async def test_a_statement_is_planned_for_the_names_it_is_given(filled: Store) -> None:
    for more in ({}, {"category": "billing"}, {}, {"category": "login"}):
        await filled.transact(lambda tx, more=more: tx.execute(ADD_TICKET, ticket(**more)).scalar_one())
    found = await filled.read(lambda c: c.execute(select(t.ticket.c.category).order_by(t.ticket.c.number)).scalars())
    assert list(found) == [None, None, None, None, "billing", None, "login"]


async def test_what_a_statement_gives_back(filled: Store) -> None:
    def unit(tx: Tx) -> list[Any]:
        with pytest.raises(ResourceClosedError):
            tx.execute(CHANGE, {"key": 1, "tags": ["b"]}).all()
        none, all_ = {"priority": "low", "not": "x"}, {"priority": "normal", "not": "x"}
        with pytest.raises(NoResultFound):
            tx.execute(OF_KIND, none).one()
        with pytest.raises(MultipleResultsFound):
            tx.execute(OF_KIND, all_).one()
        assert tx.execute(OF_KIND, none).first() is None
        assert tx.execute(OF_KIND, none).scalar_one_or_none() is None
        return [tx.execute(OF_KIND, all_).scalar(), *tx.execute(OF_KIND, all_).scalars()]

    for _ in range(3):
        assert await filled.transact(unit) == [1, 1, 3]


async def test_what_has_to_go_the_long_way_does(filled: Store) -> None:
    for numbers in ([1], [1, 2, 3], []):
        found = await filled.read(lambda c, n=numbers: c.execute(LISTED, {"numbers": n}).scalars().all())
        assert sorted(found) == numbers
    assert plan_of(filled, LISTED, "numbers") is None
    several = insert(t.ticket).returning(t.ticket.c.number)
    for _ in range(3):
        made = await filled.transact(lambda tx: tx.execute(several, [ticket(), ticket()]).scalars().all())
        assert len(made) == 2


async def test_a_statement_for_a_single_use_is_forgotten(store: Store) -> None:
    for n in range(20):
        assert await store.read(lambda c, n=n: c.execute(select(literal(n))).scalar_one()) == n
    gc.collect()
    # SQLAlchemy keeps the first one of a shape.
    assert len([one for one in direct._plans[store.dialect] if one.compare(select(literal(0)))]) <= 1


WRONG: dict[str, tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Tx], Any]]] = {
    "a broken constraint": (IntegrityError, lambda tx: tx.execute(PUT, {"key": "a", "value": ""})),
    "a time without a zone": (
        StatementError,
        lambda tx: tx.execute(ADD_RUN, {"job": "x", "slot": "x", "at": datetime(2026, 1, 1)}),  # noqa: DTZ001 (refused)
    ),
    "a parameter that is missing": (StatementError, lambda tx: tx.execute(PUT, {"key": "b"})),
    "something that is not JSON": (
        (StatementError, TypeError),
        lambda tx: tx.execute(CHANGE, {"key": 1, "tags": {1}}),
    ),
}


@pytest.mark.parametrize("what", WRONG)
async def test_errors_are_the_same_either_way(store: Store, what: str) -> None:
    kind, wrong = WRONG[what]
    await store.transact(lambda tx: tx.execute(PUT, {"key": "a", "value": ""}))
    with heard_statements(), pytest.raises(kind) as long_way:
        await store.transact(wrong)
    for _ in range(3):
        with pytest.raises(kind) as short_way:
            await store.transact(wrong)
    assert type(short_way.value) is type(long_way.value)
    assert type(getattr(short_way.value, "orig", None)) is type(getattr(long_way.value, "orig", None))
    assert "2026" not in str(short_way.value).partition("[SQL")[2], "values are not shown"
    assert store.healthy
    await store.transact(lambda tx: tx.execute(PUT, {"key": "c", "value": ""}))
