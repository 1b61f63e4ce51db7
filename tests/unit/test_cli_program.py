"""The program as a whole: how it starts, what it says of errors, and how fast it says it."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from support.cli import DESK_YAML, TOKENS, deskhand, written
from support.processes import ROOT, program
from support.promptness import limit, worked

from bot.cli import errors
from bot.cli.printing import instant, print_json_array, safe
from bot.control import serve_control, socket_file
from bot.preflight import try_tokens
from bot.settings import from_mapping
from core.language.policy import Connection, Policy
from core.store.lock import desk_lock
from sandbox.app import running
from sandbox.settings import Settings as SandboxSettings

BOTH = Policy("Acme Support", "UTC", (Connection("main", "slack"), Connection("community", "discord")))
COMMANDS = ("run", "sandbox", "check", "doctor", "manifest", "migrate", "tickets", "why", "dead-letters", "quarantine")


def test_help_names_every_command_and_each_has_its_own() -> None:
    shown = deskhand("--help").out
    for command in COMMANDS:
        assert re.search(rf"^  {command} +[A-Z].*\.$", shown, re.MULTILINE), command
        own = deskhand(command, "--help")
        assert own.code == 0
        assert own.out.startswith(f"Usage: deskhand {command}")


def test_alone_it_shows_its_help() -> None:
    ran = deskhand()
    assert ran.code == 2
    assert "Commands:" in ran.err


@pytest.mark.parametrize(
    "wrong",
    [
        ("tikets",),
        ("tickets", "lst"),
        ("tickets", "list", "--status", "done"),
        ("tickets", "list", "--limit", "0"),
        ("tickets", "list", "--limit", "many"),
        ("tickets", "show"),
        ("tickets", "show", "T-x"),
        ("tickets", "show", "0"),
        ("why", "12", "13"),
        ("check", "--fix"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_2_and_says_where_to_look(wrong: tuple[str, ...]) -> None:
    ran = deskhand(*wrong)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.splitlines()[-1].startswith("See: ")
    ran = deskhand(*wrong, "--json")
    assert (ran.code, ran.err) == (2, "")
    assert ran.json["error"]["code"] == "usage"
    assert ran.json["error"]["hint"].endswith("--help")


def test_help_and_check_load_nothing_heavy(tmp_path: Path) -> None:
    """By what is imported and not by the clock, which depends on the machine."""
    heavy = ("slack_bolt", "slack_sdk", "discord", "openai", "matplotlib", "aiohttp", "alembic", "starlette", "psycopg")
    script = f"""
import sys
from bot.__main__ import app
try:
    app({{arguments}}, prog_name="deskhand")
except SystemExit as end:
    assert not end.code, end.code
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
    for arguments in (["--help"], ["check", "--config", str(written(tmp_path))]):
        ran = _python("-c", script.replace("{arguments}", repr(arguments)))
        assert ran.stderr.splitlines()[-1] == "[]", (arguments, ran.stderr)


def _python(*arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    surroundings = {"PATH": os.environ["PATH"], **(env or {})}
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, cwd=ROOT, env=surroundings, timeout=30
    )


# --- what the installed program says, and how fast -----------------------------------------------------------


async def _refused(*arguments: str, env: dict[str, str]) -> str:
    """What the program says when it ends with 1. Never a traceback, and never late: in processor time, because the
    machine may be busy with other tests."""
    most, before = limit(), worked()
    async with program("-m", "bot", *arguments, env=env) as running:
        code = await running.ended()
    took = worked() - before
    assert code == 1, running.output
    assert "Traceback" not in running.output
    assert took < most, f"{took:.1f} s"
    return running.output


async def test_a_broken_policy(tmp_path: Path) -> None:
    path = written(tmp_path, DESK_YAML.replace("role: lead", "role: boss"))
    for command in ("run", "check"):
        said = await _refused(command, env={**TOKENS, "DESKHAND_CONFIG": str(path)})
        assert f"{path}:6: agents[1].role" in said


async def test_a_missing_token(tmp_path: Path) -> None:
    env = {"SLACK_BOT_TOKEN": "xoxb-1-canary", "DESKHAND_CONFIG": str(written(tmp_path))}
    said = await _refused("run", env=env)
    assert "SLACK_APP_TOKEN: is missing beside SLACK_BOT_TOKEN" in said
    assert "canary" not in said


async def test_a_token_that_slack_refuses(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running(SandboxSettings(port=0, data=tmp_path / "sandbox")) as sandbox:
        env = {
            **TOKENS,
            "SLACK_BOT_TOKEN": "xoxb-1-canary",
            "SLACK_API_URL": f"{sandbox.base_url}/slack/api/",
            "DATABASE_URL": f"sqlite:///{data}/desk.db",
            "DESKHAND_DATA": str(data),
            "DESKHAND_CONFIG": str(written(tmp_path)),
        }
        said = await _refused("run", env=env)
    assert "SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth). Copy the Bot User OAuth Token" in said
    assert "canary" not in said
    assert not data.exists()


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"ok": true}', b'{"ok": false, "error": "fatal_error"}', b""])
async def test_a_platform_that_says_nothing_of_the_token_refuses_nothing(answer: bytes) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + answer if answer else b"")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        settings = from_mapping({**TOKENS, "SLACK_API_URL": url, "DISCORD_BOT_TOKEN": "x", "DISCORD_API_URL": url})
        await asyncio.to_thread(try_tokens, settings, BOTH, first=True)
    await asyncio.to_thread(try_tokens, settings, BOTH, first=True)  # nobody is there any more
    await asyncio.to_thread(try_tokens, from_mapping({}), BOTH, first=True)


async def test_a_second_desk_on_one_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    env = {**TOKENS, "DATABASE_URL": url, "DESKHAND_DATA": str(tmp_path), "DESKHAND_CONFIG": str(written(tmp_path))}
    with desk_lock(url):
        said = await _refused("run", env=env)
    assert f"A desk runs on {tmp_path}/desk.db already: process {os.getpid()} since" in said


async def test_a_sandbox_whose_port_is_taken(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = await _refused("sandbox", env={"DESKHAND_DATA": str(data), "PORT": "0", "SANDBOX_PORT": port})
    assert f"SANDBOX_PORT: cannot listen on 127.0.0.1:{port} (Address already in use)" in said
    assert not data.exists()


async def test_a_second_desk_on_one_data_folder(tmp_path: Path) -> None:
    env = {**TOKENS, "DESKHAND_DATA": str(tmp_path), "DESKHAND_CONFIG": str(written(tmp_path)), "PORT": "0"}
    async with serve_control(socket_file(tmp_path), Starlette()):
        said = await _refused("run", env={**env, "DATABASE_URL": f"sqlite:///{tmp_path}/desk.db"})
    assert f"DESKHAND_DATA: another desk runs with the data folder {tmp_path}; give each desk its own folder" in said
    assert not (tmp_path / "desk.db").exists()


@pytest.mark.parametrize("command", [("run",), ("tickets", "list"), ("migrate",)], ids=" ".join)
async def test_what_is_no_database(command: tuple[str, ...], tmp_path: Path) -> None:
    env = {**TOKENS, "DESKHAND_DATA": str(tmp_path / "data"), "DESKHAND_CONFIG": str(written(tmp_path)), "PORT": "0"}
    said = await _refused(*command, env={**env, "DATABASE_URL": f"sqlite:///{tmp_path}"})
    assert f"DATABASE_URL: {tmp_path} is a folder" in said
    assert f"ame a file in it: sqlite:///{tmp_path}/deskhand.db" in said
    said = await _refused(*command, env={**env, "DATABASE_URL": f"sqlite:///{tmp_path}/desk.yaml"})
    assert f"DATABASE_URL: {tmp_path}/desk.yaml is no SQLite database" in said
    assert "ame another file" in said
    assert not (tmp_path / "data").exists()


async def test_a_database_server_that_is_away(tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://desk:canary-password@127.0.0.1:{closed.getsockname()[1]}/desk"
        said = await _refused("tickets", "list", "--json", env={"DATABASE_URL": url})
    error = json.loads(said)["error"]
    assert error["code"] == "database_down"
    assert "canary" not in said


async def test_a_reader_that_goes_away_early(tmp_path: Path) -> None:
    """`deskhand … | head`."""
    env = {"DESKHAND_CONFIG": str(written(tmp_path)), "PATH": os.environ["PATH"]}
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m bot manifest | head -n 1",
        env=env,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert (out, err) == (b"{\n", b"")


# --- errors in words -----------------------------------------------------------------------------------------


def test_an_unexpected_error_is_one_line_and_has_no_secret() -> None:
    failure = errors.told(RuntimeError("broken\nin  two lines"))
    assert failure.message == "Unexpected error: RuntimeError: broken in two lines"
    assert failure.hint == "Run it again with DESKHAND_LOG_LEVEL=debug for the traceback."
    assert (failure.code, failure.exit_code) == ("unexpected", 1)


@pytest.mark.parametrize("as_json", [False, True])
def test_what_is_shown_of_an_error_is_redacted(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    errors.show(errors.told(RuntimeError("xoxb-1-canary postgresql://desk:canary@db/desk")), as_json=as_json)
    out, err = capsys.readouterr()
    assert "canary" not in out + err
    assert "[hidden]" in out + err


def test_the_traceback_only_where_it_is_asked_for(tmp_path: Path) -> None:
    """A folder in the place of the database is nobody's mistake that we foresaw."""
    script = """
from typer import Typer
from bot.cli.errors import Commands
app = Typer(cls=Commands, pretty_exceptions_enable=False)
@app.callback()
def root(): ...
@app.command()
def fail():
    raise RuntimeError("Bearer canary-canary")
app(["fail"])
"""
    plain, debug = _python("-c", script), _python("-c", script, env={"DESKHAND_LOG_LEVEL": "debug"})
    assert plain.returncode == debug.returncode == 1
    assert "Traceback" not in plain.stderr
    assert "Traceback" in debug.stderr
    assert "canary" not in plain.stderr + debug.stderr


def test_system_errors_name_the_file() -> None:
    failure = errors.told(PermissionError(13, "Permission denied", "/var/desk/deskhand.db"))
    assert failure.message == "/var/desk/deskhand.db: Permission denied"
    assert failure.code == "system"


def test_arrays_are_json_whatever_their_length(capsys: pytest.CaptureFixture[str]) -> None:
    for items in ([], [{"a": [1, 2]}], [{"a": "ü\n"}, {"b": None}, 3]):
        print_json_array(items)
        assert json.loads(capsys.readouterr().out) == items


def test_small_things() -> None:
    assert instant(None) is None
    assert safe("tab\t new\nline é 漢 🎫 \x1b[2J") == "tab\t new\nline é 漢 🎫 \ufffd[2J"


def test_the_documentation_names_every_command_key_and_error() -> None:
    text = (ROOT / "docs/command-line.md").read_text()
    for command in COMMANDS:
        assert f"| `{command}" in text, command
    sources = "".join(path.read_text() for path in [*(ROOT / "bot/cli").glob("*.py"), ROOT / "core/desk/operating.py"])
    codes = set(re.findall(r'(?:Refused|Failure)\(\s*"(\w+)"', sources + (ROOT / "bot/control.py").read_text()))
    assert {"usage", "no_such_ticket", "desk_silent", "failed_again"} <= codes
    keys = set(re.findall(r'^        "(\w+)": ', (ROOT / "bot/cli/shapes.py").read_text(), re.MULTILINE))
    assert {"first_response_at", "settled_at", "natural_key"} & keys == {"first_response_at", "settled_at"}
    missing = {word for word in codes | keys if not re.search(rf"\b{word}\b", text)}
    assert missing == set()
