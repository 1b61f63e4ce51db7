"""F26: killed at each step of a migration; an older binary on a newer schema.

The newer program is a copy of this one with one revision more, which rebuilds a table and changes its rows."""

import shutil
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from support.gate import sized
from support.processes import ROOT, program
from support.schema import described

from core.store import migrate
from core.store.engine import parse_url

REVISION = """
import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("meta") as batch:
        batch.add_column(sa.Column("note", sa.Text(), nullable=False, server_default="none"))
        batch.alter_column("value", existing_type=sa.Text(), existing_nullable=False, nullable=True)
    op.execute("UPDATE meta SET note = 'was ' || value")
    op.create_index("ix_meta_note", "meta", ["note"])
"""

UPGRADE = "import sys; from core.store import migrate; migrate.upgrade(sys.argv[1])"
STATE = "import sys; from core.store import migrate; print('state', migrate.state(sys.argv[1]))"


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a newer program."""
    folder = tmp_path_factory.mktemp("newer")
    for package in ("core", "migrations"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    revision = f"{int(migrate.head()) + 1:04}"
    (folder / f"migrations/versions/{revision}_newer.py").write_text(
        REVISION.format(revision=revision, before=migrate.head())
    )
    return folder


def with_a_row(url: str) -> None:
    migrate.upgrade(url)
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO meta VALUES ('kept', 'as it is')"))
    engine.dispose()


def rows(url: str) -> list[tuple[object, ...]]:
    engine = create_engine(parse_url(url))
    with engine.connect() as connection:
        out = [tuple(row) for row in connection.execute(text("SELECT * FROM meta"))]
    engine.dispose()
    return out


async def kills(url: str, stride: int, cwd: Path = ROOT) -> int:
    async with program("-m", "support.killed_upgrade", url, str(stride), cwd=cwd) as upgrading:
        found = await upgrading.line(r"^kills=(\d+)", within=100)
        assert await upgrading.ended() == 0
        return int(found[1])


async def test_F26_killed_at_each_statement_of_an_upgrade(empty_database_url: str, newer: Path) -> None:
    with_a_row(empty_database_url)
    assert await kills(empty_database_url, stride=1, cwd=newer) >= 8
    assert rows(empty_database_url) == [("kept", "as it is", "was as it is")]


async def test_F26_killed_while_the_first_schema_is_made(empty_database_url: str) -> None:
    assert await kills(empty_database_url, stride=sized(11, 1, 1)) >= 5
    migrate.check(empty_database_url)


@pytest.mark.parametrize(("failpoint", "left"), [("migrate_before_commit", "older"), ("migrate_after_commit", "newer")])
async def test_F26_killed_around_the_commit(empty_database_url: str, newer: Path, failpoint: str, left: str) -> None:
    with_a_row(empty_database_url)
    async with program("-c", UPGRADE, empty_database_url, cwd=newer, failpoint=failpoint) as upgrading:
        assert await upgrading.ended() == 137
    # To this program the old schema is the current one.
    assert migrate.state(empty_database_url) == ("current" if left == "older" else "newer")
    async with program("-c", UPGRADE, empty_database_url, cwd=newer) as upgrading:
        assert await upgrading.ended() == 0, upgrading.output
    assert rows(empty_database_url) == [("kept", "as it is", "was as it is")]


async def test_F26_an_older_program_refuses_a_newer_schema(empty_database_url: str, newer: Path) -> None:
    with_a_row(empty_database_url)
    async with program("-c", STATE, empty_database_url, cwd=newer) as looking:
        await looking.line("state older")
    async with program("-c", UPGRADE + ";" + STATE, empty_database_url, cwd=newer) as upgrading:
        await upgrading.line("state current")
    engine = create_engine(parse_url(empty_database_url))
    with engine.connect() as connection:
        before = described(connection)
    assert migrate.state(empty_database_url) == "newer"
    for refuse in (migrate.check, migrate.upgrade):
        with pytest.raises(migrate.WrongSchema, match="newer version") as refused:
            refuse(empty_database_url)
        assert refused.value.state == "newer"
    with engine.connect() as connection:
        assert described(connection) == before
    engine.dispose()
