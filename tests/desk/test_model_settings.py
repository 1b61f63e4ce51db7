"""Without a key nothing changes and openai is not imported; with one it is imported by the first question alone. And
what `deskhand doctor` says of the endpoint."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import respx
from support.cli import deskhand_beside, written
from support.model_server import KEY, NAME, ModelServer, model_server
from support.processes import ROOT

from core.store import migrate

_BUILDS = """
import asyncio, os, sys
from bot import deskfile, settings
from bot.app import build

async def main():
    for key in ("", "sk-1"):
        found = settings.from_mapping({**os.environ, "OPENAI_API_KEY": key})
        app = await build(found, deskfile.load(found.config))
        print(app.model is not None, app.desk.asks_model, "openai" in sys.modules)
        await app.store.close()

asyncio.run(main())
"""


def test_openai_is_not_imported_before_the_first_question(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    migrate.upgrade(url)
    surroundings = {
        "PATH": os.environ["PATH"],
        "DATABASE_URL": url,
        "DESKHAND_DATA": str(tmp_path),
        "DESKHAND_CONFIG": str(written(tmp_path)),
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
    }
    ran = subprocess.run(
        [sys.executable, "-c", _BUILDS], capture_output=True, text=True, cwd=ROOT, env=surroundings, timeout=60
    )
    assert ran.stdout.splitlines()[-2:] == ["False False False", "True True False"], ran.stderr


# --- doctor --------------------------------------------------------------------------------------------------


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as found:
        yield found


async def finding(tmp_path: Path, **env: str) -> dict[str, str] | None:
    ran = await deskhand_beside("doctor", "--json", env={"DESKHAND_DATA": str(tmp_path), **env})
    found: list[dict[str, str]] = [one for one in ran.json if one["check"] == "language model"]
    assert len(found) < 2
    return found[0] if found else None


async def test_doctor_of_a_model_that_can_be_asked(tmp_path: Path, server: ModelServer) -> None:
    found = await finding(tmp_path, **server.environment)
    assert found is not None
    assert (found["state"], found["detail"]) == ("ok", f"{server.url} takes the key and serves {NAME}")
    assert server.requests == [], "no question is asked for it"
    assert await finding(tmp_path) is None


async def test_doctor_of_a_wrong_key(tmp_path: Path, server: ModelServer) -> None:
    wrong = {**server.environment, "OPENAI_API_KEY": "sk-wrong"}
    found = await finding(tmp_path, **wrong)
    assert found is not None
    assert found["state"] == "fail"
    assert "refuses the key (401)" in found["detail"]
    assert "OPENAI_API_KEY" in found["remedy"]
    ran = await deskhand_beside("doctor", env={"DESKHAND_DATA": str(tmp_path), **wrong})
    assert ran.code == 1
    assert "sk-wrong" not in ran.out


@pytest.mark.parametrize(
    ("answer", "state", "words"),
    [
        ({"json": {"data": [{"id": "llama"}, {"id": "qwen"}]}}, "warn", "does not list the model gpt-5-mini"),
        ({"json": {"data": []}}, "warn", "does not list the model gpt-5-mini"),
        ({"json": {"models": []}}, "warn", "something else than a list of models"),
        ({"html": "<title>Welcome</title>"}, "warn", "something else than a list of models"),
        ({"status_code": 500}, "warn", "(500)"),
        ({"status_code": 403}, "fail", "refuses the key (403)"),
        ({"status_code": 404}, "warn", "has no list of models"),
    ],
)
async def test_doctor_of_other_endpoints(
    tmp_path: Path, httpx2_mock: respx.Router, answer: dict[str, object], state: str, words: str
) -> None:
    httpx2_mock.get("https://llm.example/v1/models").respond(**answer)
    found = await finding(tmp_path, OPENAI_API_KEY=KEY, OPENAI_BASE_URL="https://llm.example/v1/")
    assert found is not None
    assert found["state"] == state
    assert words in found["detail"]
    assert found["remedy"]


async def test_doctor_of_an_endpoint_that_is_not_there(tmp_path: Path, httpx2_mock: respx.Router) -> None:
    httpx2_mock.get("https://api.openai.com/v1/models").mock(side_effect=httpx2.ConnectError("no"))
    found = await finding(tmp_path, OPENAI_API_KEY=KEY)
    assert found is not None
    assert found["state"] == "warn"
    assert "cannot be reached (ConnectError)" in found["detail"]
    assert "the desk runs without it" in found["remedy"]


async def test_doctor_of_an_endpoint_without_a_key(tmp_path: Path) -> None:
    found = await finding(tmp_path, OPENAI_BASE_URL="http://localhost:11434/v1")
    assert found is not None
    assert found["state"] == "warn"
    assert "any word" in found["remedy"]
