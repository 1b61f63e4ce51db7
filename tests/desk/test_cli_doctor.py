"""`deskhand doctor` against a Slack workspace on this machine, whole and with one thing wrong at a time."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from support.cli import DESK_YAML, TOKENS, Filled, Ran, deskhand, deskhand_beside, written

from adapters.slack.manifest import manifest
from core.store import migrate
from core.store.engine import Store
from core.store.lock import desk_lock
from sandbox.app import Sandbox, running
from sandbox.server import bind, serving
from sandbox.settings import Settings


@dataclass
class Surroundings:
    """A folder with a policy and a database, and the environment that names them."""

    folder: Path
    env: dict[str, str]

    @asynccontextmanager
    async def slack(self, **manifest_of: Any) -> AsyncIterator[Sandbox]:
        """A workspace whose app has the scopes of our manifest, or those given."""
        path = self.folder / "app.json"
        path.write_text(json.dumps(manifest_of.get("app") or manifest("Desk", None, socket_mode=True)))
        settings = Settings(port=0, data=self.folder / "sandbox", slack_manifest=path)
        async with running(settings) as sandbox:
            self.env["SLACK_API_URL"] = f"{sandbox.base_url}/slack/api/"
            yield sandbox

    async def doctor(self, *arguments: str) -> Ran:
        return await deskhand_beside("doctor", *arguments, env=self.env)

    async def findings(self) -> dict[str, dict[str, str]]:
        return {finding["check"]: finding for finding in (await self.doctor("--json")).json}


@pytest.fixture
def install(tmp_path: Path) -> Surroundings:
    url = f"sqlite:///{tmp_path}/data/desk.db"
    migrate.upgrade(url)
    env = {
        **TOKENS,
        "DATABASE_URL": url,
        "DESKHAND_DATA": str(tmp_path / "data"),
        "DESKHAND_CONFIG": str(written(tmp_path)),
    }
    return Surroundings(tmp_path, env)


async def test_an_install_that_is_well(install: Surroundings) -> None:
    async with install.slack():
        ran = await install.doctor("--json")
        assert ran.code == 0
        assert [list(finding) for finding in ran.json] == [["check", "state", "detail", "remedy"]] * len(ran.json)
        states = {finding["check"]: finding["state"] for finding in ran.json}
        # This server does not say what time it is.
        assert states == {**dict.fromkeys(states, "ok"), "clock": "skipped"}
        assert list(states) == [
            "settings",
            "desk.yaml",
            "data folder",
            "database",
            "desk",
            "dead letters",
            "quarantine",
            "queues",
            "slack token",
            "slack scopes",
            "clock",
            "receiving",
            "channel C0TRIAGE (triage of support)",
            "channel C0GLOBEX (customer globex)",
            "channel C0INITECH (customer initech)",
            "channel C0MANAGERS (digest daily)",
            "agent Bo Lind",
            "agent Mia Roth",
            "agents of S0AGENTS",
        ]
        ran = await install.doctor()
    assert ran.code == 0
    assert ran.out.splitlines()[-1] == "All is well."


async def _removed_from_triage(sandbox: Sandbox) -> None:
    sandbox.world.leave("C0TRIAGE", sandbox.slack.bot.id)


async def _removed_from_a_customers(sandbox: Sandbox) -> None:
    sandbox.world.leave("C0GLOBEX", sandbox.slack.bot.id)


async def _archived(sandbox: Sandbox) -> None:
    sandbox.world.channels["C0INITECH"].archived = True


async def _triage_is_shared(sandbox: Sandbox) -> None:
    sandbox.world.channels["C0TRIAGE"].shared_with.append("T0GLOBEX")


async def _bo_has_left(sandbox: Sandbox) -> None:
    sandbox.world.people["U0BO"].deleted = True


async def _group_is_empty(sandbox: Sandbox) -> None:
    sandbox.world.usergroups["S0AGENTS"].members.clear()


async def _group_is_gone(sandbox: Sandbox) -> None:
    del sandbox.world.usergroups["S0AGENTS"]


async def _revoked(sandbox: Sandbox) -> None:
    sandbox.slack.auth_error = "token_revoked"


WRONG = {
    _removed_from_triage: ("channel C0TRIAGE (triage of support)", "fail", "channel_not_found", "invite the app"),
    _removed_from_a_customers: ("channel C0GLOBEX (customer globex)", "fail", "not in #globex-shared", "/invite"),
    _archived: ("channel C0INITECH (customer initech)", "fail", "is archived", "unarchive it"),
    _triage_is_shared: ("channel C0TRIAGE (triage of support)", "fail", "shared with others", "only your own"),
    _bo_has_left: ("agent Bo Lind", "fail", "U0BO is deactivated", "take the agent out"),
    _group_is_empty: ("agents of S0AGENTS", "warn", "nobody is in", "add the agents"),
    _group_is_gone: ("agents of S0AGENTS", "fail", "no_such_subteam", "correct the id"),
    _revoked: ("slack token", "fail", "token_revoked", "copy the Bot User OAuth Token"),
}


async def test_each_thing_that_is_wrong_in_the_workspace_is_found_with_its_remedy(install: Surroundings) -> None:
    for change, (check, state, detail, remedy) in WRONG.items():
        async with install.slack() as sandbox:
            await sandbox.start_over()
            await change(sandbox)
            ran = await install.doctor("--json")
        found = {finding["check"]: finding for finding in ran.json}[check]
        assert found["state"] == state, change
        assert detail in found["detail"], change
        assert remedy in found["remedy"], change
        assert ran.code == (1 if state == "fail" else 0), change


async def test_an_id_in_the_policy_that_nobody_has(install: Surroundings) -> None:
    written(install.folder, DESK_YAML.replace("user: U0MIA", "user: U0DESK").replace("C0INITECH", "C0NOWHERE"))
    async with install.slack():
        found = await install.findings()
    assert found["agent Mia Roth"]["detail"] == "U0DESK is a bot, and bots are no agents"
    assert found["channel C0NOWHERE (customer initech)"]["state"] == "fail"


async def test_scopes_that_are_missing(install: Surroundings) -> None:
    app = manifest("Desk", None, socket_mode=True)
    app["oauth_config"]["scopes"]["bot"] = ["chat:write", "channels:read", "groups:read", "users:read"]
    async with install.slack(app=app):
        found = await install.findings()
    assert found["slack scopes"]["state"] == "fail"
    assert "usergroups:read" in found["slack scopes"]["detail"]
    assert "deskhand manifest" in found["slack scopes"]["remedy"]
    assert found["agents of S0AGENTS"]["state"] == "fail"
    assert "missing_scope" in found["agents of S0AGENTS"]["detail"]


async def test_a_wrong_app_token(install: Surroundings) -> None:
    install.env["SLACK_APP_TOKEN"] = "xapp-1-canary-of-another-app"
    async with install.slack():
        ran = await install.doctor()
    assert ran.code == 1
    assert "Socket Mode: invalid_auth" in ran.out
    assert "connections:write" in ran.out
    assert "1 to repair." in ran.out
    assert "canary" not in ran.out + ran.err


async def test_no_slack_to_be_reached(install: Surroundings) -> None:
    listener = bind("127.0.0.1", 0)
    install.env["SLACK_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
    listener.close()
    found = await install.findings()
    assert found["slack token"]["state"] == "fail"
    assert "check SLACK_API_URL" in found["slack token"]["remedy"]
    assert "slack scopes" not in found


# --- servers that have only some methods, and other clocks ---------------------------------------------------


@asynccontextmanager
async def small_server(install: Surroundings, **headers: str) -> AsyncIterator[None]:
    """Knows `auth.test` alone."""

    async def method(request: Request) -> Response:
        if request.path_params["method"] == "auth.test":
            who = {"ok": True, "team": "Acme", "team_id": "T0", "user": "desk", "user_id": "U0", "bot_id": "B0"}
            return JSONResponse(who, headers=headers)
        return JSONResponse({"ok": False, "error": "unknown_method"})

    listener = bind("127.0.0.1", 0)
    install.env["SLACK_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}/api/"
    async with serving(Starlette(routes=[Route("/api/{method}", method, methods=["GET", "POST"])]), listener):
        yield


async def test_what_a_server_cannot_be_asked_is_passed_over(install: Surroundings) -> None:
    async with small_server(install):
        ran = await install.doctor("--json")
    assert ran.code == 0
    states = {finding["check"]: finding["state"] for finding in ran.json}
    for check in ("slack scopes", "receiving", "channel C0TRIAGE (triage of support)", "agent Bo Lind"):
        assert states[check] == "skipped"
    assert states["slack token"] == "ok"


@pytest.mark.parametrize(
    ("seconds", "http", "state"), [(60, False, "warn"), (400, False, "warn"), (-400, True, "fail")]
)
async def test_a_clock_that_is_wrong(install: Surroundings, seconds: int, http: bool, state: str) -> None:
    """Over HTTP a wrong clock refuses every request; over Socket Mode it only makes times wrong."""
    if http:
        del install.env["SLACK_APP_TOKEN"]
        install.env["SLACK_SIGNING_SECRET"] = "sandbox-secret"
    theirs = datetime.now(UTC) + timedelta(seconds=seconds)
    async with small_server(install, date=format_datetime(theirs, usegmt=True)):
        found = await install.findings()
    assert found["clock"]["state"] == state
    assert ("behind" if seconds > 0 else "ahead of" if seconds else "agrees") in found["clock"]["detail"]


# --- this machine --------------------------------------------------------------------------------------------


async def test_the_queues_and_the_desk_that_runs(install: Surroundings) -> None:
    store = await Store.open(install.env["DATABASE_URL"])
    filled = await Filled.on(store)
    await filled.message()
    await filled.dead_letter(1)
    await filled.quarantined("1795178700.000100")
    await store.close()
    with desk_lock(install.env["DATABASE_URL"]):
        async with install.slack():
            found = await install.findings()
    assert (found["dead letters"]["state"], found["quarantine"]["state"]) == ("warn", "warn")
    assert "deskhand dead-letters" in found["dead letters"]["remedy"]
    assert found["desk"]["detail"].startswith("a desk runs on this database: process ")


def test_nothing_is_set_up_yet(tmp_path: Path) -> None:
    """In a fresh checkout it says that the sandbox is what runs, and makes nothing."""
    env = {"DESKHAND_DATA": str(tmp_path / "var"), "DESKHAND_CONFIG": str(tmp_path / "desk.yaml")}
    env["DATABASE_URL"] = f"sqlite:///{tmp_path}/var/deskhand.db"
    ran = deskhand("doctor", "--json", env=env)
    assert ran.code == 0
    states = {finding["check"]: finding["state"] for finding in ran.json}
    assert states == {
        "settings": "ok",
        "desk.yaml": "skipped",
        "data folder": "ok",
        "database": "skipped",
        "tokens": "skipped",
    }
    assert list(tmp_path.iterdir()) == []


def test_a_broken_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, DESK_YAML.replace("role: lead", "role: boss"))
    ran = deskhand("doctor", env={"DESKHAND_CONFIG": str(path), "DESKHAND_DATA": str(tmp_path)})
    assert ran.code == 1
    assert f"{path}:6: agents[1].role" in ran.out
    ran = deskhand("doctor", "--json", env={"SLACK_BOT_TOKEN": "xoxb-1-canary"})
    assert ran.code == 1
    [finding] = ran.json
    assert finding["detail"] == "SLACK_APP_TOKEN is missing beside SLACK_BOT_TOKEN, and nothing would be received"
    assert finding["remedy"].startswith("set it for Socket Mode")


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    ran = deskhand("doctor", "--json", env={"DESKHAND_DATA": str(tmp_path / "var")})
    found = {finding["check"]: finding for finding in ran.json}
    assert (ran.code, found["data folder"]["state"]) == (1, "fail")


@pytest.mark.parametrize("version", ["9999", None])
async def test_a_database_that_is_not_ours_to_use(install: Surroundings, version: str | None) -> None:
    store = await Store.open(install.env["DATABASE_URL"])
    change = f"UPDATE alembic_version SET version_num = '{version}'" if version else "DROP TABLE alembic_version"
    await store.transact(lambda tx: tx.connection.exec_driver_sql(change))
    await store.close()
    async with install.slack():
        found = await install.findings()
    assert found["database"]["state"] == "fail"
    assert found["database"]["remedy"]


async def test_a_postgres_that_is_not_migrated_yet(empty_database_url: str, tmp_path: Path) -> None:
    install = Surroundings(tmp_path, {**TOKENS, "DATABASE_URL": empty_database_url, "DESKHAND_DATA": str(tmp_path)})
    install.env["DESKHAND_CONFIG"] = str(written(tmp_path))
    async with small_server(install):
        found = await install.findings()
    if empty_database_url.startswith("sqlite"):
        assert found["database"]["state"] == "ok"  # the desk does it at its start
    else:
        assert (found["database"]["state"], found["database"]["remedy"]) == ("fail", "run deskhand migrate")
