"""`deskhand check`, `manifest` and `migrate`."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine
from support.cli import DESK_YAML, TOKENS, deskhand, written

from adapters.slack.manifest import manifest
from core.store import migrate
from core.store.engine import parse_url

# --- check ---------------------------------------------------------------------------------------------------


def test_a_policy_that_is_fine(tmp_path: Path) -> None:
    path = written(tmp_path)
    ran = deskhand("check", env={"DESKHAND_CONFIG": str(path)})
    assert ran.code == 0
    assert ran.out == (
        f"{path} is fine: 1 connection, 2 agents, 1 group of agents, 1 team, 2 accounts, 2 customer channels,"
        " 1 SLA policy, 1 digest.\n"
    )
    assert ran.err == ""
    told = deskhand("check", "--config", str(path), "--json").json
    assert told == {"ok": True, "file": str(path), "desk": "Acme Support", "counts": told["counts"], "hints": []}
    assert told["counts"]["customer channels"] == 2


def test_every_text_is_listed_as_the_desk_has_it(tmp_path: Path) -> None:
    path = written(tmp_path, DESK_YAML + '\nwording: {notice_resolved: "", nobody_yet: niemand}\n')
    listed = deskhand("check", "--wording", "--config", str(path)).out
    assert '  notice_resolved: ""  # may be ""\n' in listed
    assert '  nobody_yet: "niemand"\n' in listed
    entries = {entry["key"]: entry for entry in deskhand("check", "--wording", "--config", str(path), "--json").json}
    assert entries["receipt_owner"] == {
        "key": "receipt_owner",
        "text": "{owner} is on it.",
        "own": False,
        "names": ["owner"],
        "may_be_empty": True,
    }
    assert entries["nobody_yet"]["own"]
    # What is listed can be put into a desk file as it is.
    again = written(tmp_path, f"{DESK_YAML}\n{listed}")
    assert deskhand("check", "--config", str(again)).code == 0


def test_every_problem_with_its_place_and_remedy(tmp_path: Path) -> None:
    text = DESK_YAML.replace("role: lead", "role: boss").replace("intake: every", "intake: evry", 1)
    path = written(tmp_path, text)
    env = {"SLACK_BOT_TOKEN": "xoxb-1234567890-canary", "DISCORD_API_URL": "nonsense"}
    ran = deskhand("check", "--config", str(path), env=env)
    assert (ran.code, ran.out) == (1, "")
    lines = ran.err.splitlines()
    for place, problem in (
        ("DISCORD_API_URL: ", "is not a web address"),
        ("SLACK_APP_TOKEN: ", "is missing beside SLACK_BOT_TOKEN"),
        (f"{path}:6: agents[1].role: ", '"boss" is not'),
        (f"{path}:11: accounts[0].channels[0].intake: ", "did you mean every?"),
    ):
        assert [line for line in lines if line.startswith(place) and problem in line], (place, ran.err)
    assert lines[-1] == "4 problems found."
    assert "canary" not in ran.err

    ran = deskhand("check", "--config", str(path), "--json", env=env)
    assert (ran.code, ran.err) == (1, "")
    error = ran.json["error"]
    assert list(error) == ["code", "message", "hint", "problems"]
    assert error["code"] == "bad_config"
    assert error["problems"] == lines[:-1]


def test_a_policy_that_is_allowed_and_seldom_meant(tmp_path: Path) -> None:
    path = written(tmp_path, "desk: {name: A, timezone: UTC}\nconnections: [{id: main, platform: slack}]\n")
    ran = deskhand("check", "--config", str(path))
    assert (ran.code, ran.out) == (0, f"{path} is fine: 1 connection.\n")
    assert len(ran.err.splitlines()) == 4
    assert len(deskhand("check", "--config", str(path), "--json").json["hints"]) == 4


def test_no_policy_at_all(tmp_path: Path) -> None:
    ran = deskhand("check", "--config", str(tmp_path / "none.yaml"))
    assert ran.code == 1
    assert "there is no such file; copy desk.example.yaml to desk.yaml" in ran.err


# --- manifest ------------------------------------------------------------------------------------------------


def test_the_manifest_is_json_with_and_without_asking() -> None:
    ran = deskhand("manifest")
    assert ran.json == deskhand("manifest", "--json").json == manifest("Desk", None, socket_mode=True)
    url = "https://desk.example.com/slack/events"
    over_http = deskhand("manifest", "--request-url", url, "--name", "Acme Support").json
    assert over_http == manifest("Acme Support", url, socket_mode=False)
    assert over_http["settings"]["event_subscriptions"]["request_url"] == url
    assert "https://" in deskhand("manifest", "--request-url", "http://desk/slack/events").err
    for wrong in (("--request-url", "desk.example.com"), ("--name", " ")):
        ran = deskhand("manifest", *wrong, "--json")
        assert (ran.code, ran.json["error"]["code"]) == (2, "usage")
        assert wrong[0] in ran.json["error"]["message"]


# --- migrate -------------------------------------------------------------------------------------------------


def test_migrating_an_empty_database_and_again(empty_database_url: str) -> None:
    env = {"DATABASE_URL": empty_database_url}
    ran = deskhand("migrate", "--check", env=env)
    assert ran.code == 1
    assert "Run: deskhand migrate" in ran.err
    ran = deskhand("migrate", env=env)
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == f"The database was empty and has version {migrate.head()} now.\n"
    assert deskhand("migrate", "--check", env=env).code == 0
    assert deskhand("migrate", env=env).out == f"The database is current: version {migrate.head()}.\n"
    told = deskhand("migrate", "--json", env=env).json
    assert told == {"from": migrate.head(), "to": migrate.head(), "changed": False}
    assert deskhand("tickets", "list", "--json", env=env).json == []


def test_without_tokens_and_address_the_sandboxs_database_is_meant(tmp_path: Path) -> None:
    env = {"DESKHAND_DATA": str(tmp_path)}
    assert deskhand("migrate", "--json", env=env).json["changed"]
    assert deskhand("tickets", "list", "--json", env=env).json == []


@pytest.mark.parametrize("command", [("migrate",), ("tickets", "list"), ("dead-letters",), ("why", "1")])
def test_a_database_of_a_newer_version_is_refused_and_left_alone(command: tuple[str, ...], tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/desk.db"
    migrate.upgrade(url)
    _execute(url, "UPDATE alembic_version SET version_num = '9999'")
    ran = deskhand(*command, env={"DATABASE_URL": url})
    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith("The database was made by a newer version of Deskhand than this one.")
    assert "Nothing has been changed." in ran.err
    error = deskhand(*command, "--json", env={"DATABASE_URL": url}).json["error"]
    assert error["code"] == "database_newer"


def test_a_database_of_another_program(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/other.db"
    _execute(url, "CREATE TABLE invoices (id INTEGER)")
    ran = deskhand("migrate", "--json", env={"DATABASE_URL": url})
    assert (ran.code, ran.json["error"]["code"]) == (1, "database_unknown")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    path.write_text("Dear diary, " * 100)
    for command in (("migrate",), ("tickets", "list")):
        ran = deskhand(*command, "--json", env={"DATABASE_URL": f"sqlite:///{path}", **TOKENS})
        assert (ran.code, ran.json["error"]["code"]) == (1, "database_down")


def _execute(url: str, statement: str) -> None:
    engine = create_engine(parse_url(url))
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
