"""What every test can ask for: a current, empty database on each engine, and a store on it."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from support.databases import (
    KINDS,
    empty_postgres,
    fresh_postgres,
    fresh_sqlite,
    postgres_or_skip,
    prepare_postgres,
    prepare_sqlite,
)
from support.desk import DeskDriver, policy
from support.gate import GATE
from support.postgres import Postgres
from support.soak import Resumed

from core.store.engine import Store


def pytest_collection_finish() -> None:
    # Tests, modules and their libraries stay: the collector need not look through them again and again.
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    if GATE == "soak":
        config.pluginmanager.register(Resumed())


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A PostgreSQL server that all tests share, with a current database in it."""
    with postgres_or_skip() as server:
        prepare_postgres(server)
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepare_sqlite(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return fresh_sqlite(sqlite_template, tmp_path)


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> str:
    return fresh_postgres(postgres_server)


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """A test that asks for this runs on both databases."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture(params=KINDS)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """For tests of migrations: a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
    else:
        with empty_postgres(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """An open store on `database_url`, in which nothing is put aside because the machine is slow."""
    store = await Store.open(database_url, threads=2, overflow_after=60)
    yield store
    await store.close()


@pytest.fixture
async def desk(store: Store) -> DeskDriver:
    """A desk with named people, on each database."""
    return await DeskDriver(store, policy()).start()
