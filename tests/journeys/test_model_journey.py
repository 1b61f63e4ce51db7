"""A language model's suggestions end to end: the whole desk on the sandbox, triage on Slack and on Discord, and an
endpoint of a model on this machine."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.discord_desk import ON_DISCORD, discord_desk, text_of
from support.model_server import ModelServer, model_server, says
from support.whole_desk import ANN, BO, GLOBEX, IDA, WholeDesk, labels, shown, whole_desk

from sandbox.discord import seed

# A try is given up before its outcome is looked up, so that has to have its time.
PATIENT = {"DESKHAND_SETTLE_SECONDS": "30", "DESKHAND_LEASE_SECONDS": "30"}
ACCEPTED = [("suggested", "model"), ("priority", "suggestion"), ("subject", "suggestion")]
SUGGESTED = ["Accept incident", "Accept urgent", "Accept Export", "Use as subject"]


@pytest.fixture
async def server() -> AsyncIterator[ModelServer]:
    async with model_server() as found:
        yield found


async def accepted(desk: WholeDesk, ticket: int) -> list[tuple[str, str]]:
    rows = await desk.rows(
        "SELECT event, cause FROM timeline WHERE ticket = :n AND event <> 'clock_changed' ORDER BY id", n=ticket
    )
    return [(row.event, row.cause) for row in rows if row.cause in ("model", "suggestion")]


async def test_on_slack(sqlite_url: str, tmp_path: Path, server: ModelServer) -> None:
    async with whole_desk(sqlite_url, tmp_path, **server.environment, **PATIENT) as desk:
        await desk.write(ANN, GLOBEX, "Our nightly export fails with 502.")
        card = await desk.card(1, "Suggested: incident, urgent, Export")
        assert labels(card) == [*SUGGESTED, "Claim", "Reply …", "Resolve"]
        assert "In short: _Nightly export fails with 502_" in shown(card)
        await desk.press(BO, card, "Accept urgent")
        card = await desk.card(1, "Suggested: incident, Export")
        assert "Urgent" in shown(card)
        await desk.press(IDA, card, "Use as subject")
        card = await desk.card(1, "T-1 Nightly export fails with 502 (")
        await desk.command(BO, GLOBEX, "type 1 bug")
        card = await desk.card(1, "Suggested: Export")
        assert labels(card)[0] == "Accept Export"
        assert await accepted(desk, 1) == [
            ("suggested", "model"),
            ("priority", "suggestion"),
            ("subject", "suggestion"),
        ]
        why = await desk.command(BO, GLOBEX, "why 1")
        assert "suggested incident, urgent, Export, a summary by desk (model)" in why
        assert "priority normal → urgent by Bo Lind (suggestion)" in why
        figures = (await desk.http.get("/metrics")).text
        assert 'deskhand_model_total{outcome="answered"} 1.0' in figures
        assert "deskhand_model_breaker_open 0.0" in figures


async def test_on_discord(sqlite_url: str, tmp_path: Path, server: ModelServer) -> None:
    server.otherwise = says(summary="Export fails @everyone <@&1480000000000000301>")
    async with discord_desk(sqlite_url, tmp_path, ON_DISCORD, **server.environment, **PATIENT) as people:
        await people.write(seed.KIM, seed.HELP, "Our nightly export fails with 502.")
        card = await people.finds(seed.TRIAGE, "Suggested: incident, urgent")
        assert (await people.press(seed.BO, card, "Accept urgent")).ok
        card = await people.finds(seed.TRIAGE, "Suggested: incident ·")
        assert "Urgent" in text_of(card)
        assert (await people.press(seed.BO, card, "Use as subject")).ok
        card = await people.finds(seed.TRIAGE, "[Export fails @\u2060everyone")
        assert "In short" not in text_of(card)
        assert await accepted(people.desk, 1) == ACCEPTED
        await people.desk.settled()


async def test_with_a_wrong_key_the_desk_runs_on(sqlite_url: str, tmp_path: Path, server: ModelServer) -> None:
    wrong = {**server.environment, "OPENAI_API_KEY": "sk-wrong"}
    async with whole_desk(sqlite_url, tmp_path, **wrong, **PATIENT) as desk:
        root = await desk.write(ANN, GLOBEX, "Our nightly export fails with 502.")
        card = await desk.card(1)
        await desk.press(BO, card, "Claim")
        await desk.finds(ANN, GLOBEX, "*Bo Lind* is on it", thread=root)
        await desk.settled()
        assert labels(await desk.card(1)) == ["Reply …", "Resolve"]
        assert 'deskhand_model_total{outcome="rejected"} 1.0' in (await desk.http.get("/metrics")).text
        assert (await desk.http.get("/readyz")).status_code == 200
