"""Migrations make what `tables.py` says, on both databases, and a database tells what it is."""

import ast
import multiprocessing
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from support.schema import described

from core.store import migrate
from core.store.engine import DatabaseDown, Store, parse_url
from core.store.tables import metadata


@contextmanager
def connected(url: str) -> Iterator[Connection]:
    engine = create_engine(parse_url(url))
    try:
        with engine.begin() as connection:
            yield connection
    finally:
        engine.dispose()


def test_migrations_make_exactly_the_tables(empty_database_url: str) -> None:
    with connected(empty_database_url) as connection:
        metadata.create_all(connection)
        wanted = described(connection)
        metadata.drop_all(connection)
    migrate.upgrade(empty_database_url)
    with connected(empty_database_url) as connection:
        assert described(connection) == wanted, "write a revision: see migrations/env.py"
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_history_imports_nothing_of_ours() -> None:
    files = sorted((migrate.FOLDER / "versions").glob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert {name.split(".")[0] for name in names} <= {"sqlalchemy", "alembic"}, file.name


def test_history_is_one_line_counted_upwards() -> None:
    revisions = list(ScriptDirectory.from_config(migrate.configuration()).walk_revisions())
    ids = [revision.revision for revision in reversed(revisions)]
    assert ids == [f"{n:04}" for n in range(1, len(ids) + 1)]
    assert ids[-1] == migrate.head()
    assert [revision.down_revision for revision in reversed(revisions)] == [None, *ids[:-1]]


def test_what_tests_run_on_counts_as_migrated(database_url: str) -> None:
    migrate.check(database_url)


def test_an_empty_database_becomes_current_and_stays_so(empty_database_url: str) -> None:
    assert migrate.state(empty_database_url) == "empty"
    with pytest.raises(migrate.WrongSchema, match="deskhand migrate"):
        migrate.check(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.state(empty_database_url) == "current"
    migrate.check(empty_database_url)
    migrate.upgrade(empty_database_url)
    assert migrate.state(empty_database_url) == "current"


def test_a_file_that_is_not_there_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/var/desk.db"
    assert migrate.state(url) == "empty"
    assert not (tmp_path / "var").exists(), "looking makes nothing"
    migrate.upgrade(url)
    assert migrate.state(url) == "current"
    assert stat.S_IMODE((tmp_path / "var/desk.db").stat().st_mode) == 0o600


def test_a_database_of_somebody_else_is_left_alone(empty_database_url: str) -> None:
    with connected(empty_database_url) as connection:
        connection.exec_driver_sql("CREATE TABLE theirs (id integer)")
        before = described(connection)
    assert migrate.state(empty_database_url) == "unknown"
    with pytest.raises(migrate.WrongSchema, match="not Deskhand's"):
        migrate.upgrade(empty_database_url)
    with connected(empty_database_url) as connection:
        assert described(connection) == before


@pytest.mark.parametrize(("version", "expected"), [("9999", "newer"), ("0000", "unknown"), ("1975ea83b712", "unknown")])
def test_a_version_that_is_not_ours(empty_database_url: str, version: str, expected: migrate.State) -> None:
    migrate.upgrade(empty_database_url)
    with connected(empty_database_url) as connection:
        connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")
    assert migrate.state(empty_database_url) == expected
    with pytest.raises(migrate.WrongSchema):
        migrate.upgrade(empty_database_url)


def test_no_database_is_said_as_such(tmp_path: Path) -> None:
    (tmp_path / "not.db").write_bytes(b"This is a text, not a database. " * 100)
    with pytest.raises(DatabaseDown, match="not a database"):
        migrate.state(f"sqlite:///{tmp_path}/not.db")
    with pytest.raises(DatabaseDown, match="not a database"):
        migrate.upgrade(f"sqlite:///{tmp_path}/not.db")
    with pytest.raises(DatabaseDown, match="refused"):
        migrate.state("postgresql://postgres@127.0.0.1:1/desk")


def test_several_upgrade_at_once(empty_database_url: str) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(migrate.upgrade, [empty_database_url] * 3)
    assert migrate.state(empty_database_url) == "current"


async def test_a_file_that_was_not_migrated_is_no_desk(tmp_path: Path) -> None:
    with pytest.raises(DatabaseDown, match="unable to open"):
        await Store.open(f"sqlite:///{tmp_path}/typo.db")
    assert not (tmp_path / "typo.db").exists()
    (tmp_path / "not.db").write_bytes(b"This is a text, not a database. " * 100)
    with pytest.raises(DatabaseDown, match="not a database"):
        await Store.open(f"sqlite:///{tmp_path}/not.db")
