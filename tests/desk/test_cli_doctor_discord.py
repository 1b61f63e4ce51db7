"""`deskhand doctor` against a Discord server on this machine, whole and with one thing wrong at a time."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from support.cli import deskhand_beside
from support.discord_desk import ON_DISCORD, PANEL, desk_file

from core.store import migrate
from sandbox.app import Sandbox, running
from sandbox.discord import gateway, seed
from sandbox.discord import permissions as may
from sandbox.model import Channel
from sandbox.settings import Settings

FORM = f"{{connection: community, channel: '{PANEL}', intake: form}}"
_SLACK_LINES = ("- {id: main, platform: slack}", "{connection: main, user: U0BO}, ")


class Install:
    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        url = f"sqlite:///{folder}/desk.db"
        migrate.upgrade(url)
        policy = desk_file(folder, ON_DISCORD, [FORM])
        text = policy.read_text()
        for line in _SLACK_LINES:
            text = text.replace(line, "")
        policy.write_text(text)
        self.env = {
            "DATABASE_URL": url,
            "DESKHAND_DATA": str(folder / "data"),
            "DESKHAND_CONFIG": str(policy),
            "DISCORD_BOT_TOKEN": "discord-sandbox",
            "DISCORD_API_URL": f"{sandbox.base_url}/discord/api/v10",
        }

    async def findings(self) -> dict[str, dict[str, str]]:
        ran = await deskhand_beside("doctor", "--json", env=self.env)
        return {finding["check"]: finding for finding in ran.json}

    def channel(self, which: str) -> Channel:
        return self.sandbox.world.channel(which)


@asynccontextmanager
async def installed(folder: Path) -> AsyncIterator[Install]:
    async with running(Settings(port=0, data=folder / "sandbox", speed=100.0)) as sandbox:
        everybody = list(sandbox.world.channel(seed.HELP).members)
        now = sandbox.clock.now()
        sandbox.world.put_channel(Channel(PANEL, seed.GUILD, "support", "public", everybody, now, "U0MIA"), "U0MIA")
        yield Install(folder, sandbox)


@pytest.fixture
async def install(tmp_path: Path) -> AsyncIterator[Install]:
    async with installed(tmp_path) as found:
        yield found


async def test_a_server_that_is_well(install: Install) -> None:
    found = await install.findings()
    states = {check: finding["state"] for check, finding in found.items() if check not in ("discord commands",)}
    assert states == dict.fromkeys(states, "ok")
    assert found["discord commands"]["state"] == "warn"
    assert found["discord token"]["detail"] == "desk"
    assert found["agent Bo Lind"]["detail"] == f"{seed.BO} is Bo Lind"
    assert found[f"agents of {seed.AGENTS}"]["detail"] == "the role Agents"
    link = found["discord invite"]["detail"]
    assert link.startswith(f"https://discord.com/oauth2/authorize?client_id={seed.BOT}&permissions=")
    asked = int(link.partition("permissions=")[2].partition("&")[0])
    assert asked & may.MANAGE_THREADS and asked & may.CREATE_PRIVATE_THREADS
    assert not asked & may.ADMINISTRATOR


async def test_each_thing_that_is_wrong_is_found_with_its_remedy(install: Install) -> None:
    world, discord = install.sandbox.world, install.sandbox.discord
    discord.refused_intents = gateway.CONTENT | gateway.GUILD_MEMBERS
    role = world.usergroups[seed.AGENTS]
    role.traits["position"] = 9
    deny = {"id": seed.DESK_ROLE, "type": 0, "allow": "0"}
    hidden = deny | {"deny": str(may.VIEW_CHANNEL)}
    install.channel(seed.HELP).traits["overwrites"] = [deny | {"deny": str(may.MANAGE_THREADS)}]
    install.channel(seed.IDEAS).traits["overwrites"] = [deny | {"deny": str(may.MANAGE_CHANNELS)}]
    install.channel(PANEL).traits["overwrites"] = [hidden]
    triage = install.channel(seed.TRIAGE)
    world.put_channel(replace(triage, kind="public"), by="U0MIA", what="changed")
    world.people["U0BO"].accounts.pop("discord")
    found = await install.findings()
    wrong = {check: (one["state"], one["detail"], one["remedy"]) for check, one in found.items()}

    def says(check: str, state: str, *words: str) -> None:
        said_state, detail, remedy = wrong[check]
        assert (said_state, bool(remedy)) == (state, True), wrong[check]
        assert all(word in f"{detail} {remedy}" for word in words), wrong[check]

    says("discord intents", "fail", "Message Content", "Server Members")
    says("discord server", "warn", "below Agents")
    says(f"channel {seed.HELP} (customer community)", "fail", "not allowed in #help: Manage Threads")
    says(f"channel {seed.IDEAS} (customer community)", "warn", "may not make tags in #ideas")
    says(f"channel {PANEL} (customer community)", "fail", "50001", "View Channel")
    says(f"channel {seed.TRIAGE} (triage of support)", "fail", "everybody on the server reads #triage-discord")
    says("agent Bo Lind", "fail", "on no server")


async def test_a_token_that_discord_refuses(install: Install) -> None:
    install.sandbox.discord.revoked = True
    found = await install.findings()
    assert found["discord token"]["state"] == "fail"
    assert "reset the token" in found["discord token"]["remedy"]
    assert "discord server" not in found


async def test_a_channel_that_is_not_there(install: Install) -> None:
    install.env["DESKHAND_CONFIG"] = str(_with(install, seed.HELP, "1480000000000000999"))
    found = await install.findings()
    missing = found["channel 1480000000000000999 (customer community)"]
    assert (missing["state"], "10003" in missing["detail"]) == ("fail", True)
    assert "correct the id" in missing["remedy"]


def _with(install: Install, old: str, new: str) -> Path:
    path = Path(install.env["DESKHAND_CONFIG"])
    path.write_text(path.read_text().replace(old, new))
    return path
