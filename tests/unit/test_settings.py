"""What the environment becomes."""

import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from pydantic import ValidationError

from bot.settings import Settings, from_mapping, load, variable
from core.language.errors import BadConfig

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs/configuration.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
SECRET = "hunter2hunter2"


def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields:
        monkeypatch.delenv(variable(field), raising=False)


def test_nothing_set_is_the_sandbox_with_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    clean(monkeypatch)
    settings = load()
    assert settings.model_dump() == from_mapping({}).model_dump()
    assert settings.uses_sandbox
    assert str(settings.sqlalchemy_url) == "sqlite:///var/deskhand.db"
    assert (settings.config, settings.data) == (Path("desk.yaml"), Path("var"))
    assert (settings.host, settings.port, settings.sandbox_port) == ("127.0.0.1", 8080, 8090)
    assert settings.slack_api_base == "https://slack.com/api/"
    assert settings.discord_api_url == "https://discord.com/api/v10"
    assert settings.clock_url is None


def test_the_environment_is_read_and_a_mapping_stands_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    clean(monkeypatch)
    monkeypatch.setenv("PORT", "9999")
    monkeypatch.setenv("DESKHAND_CONFIG", "other.yaml")
    assert (load().port, load().config) == (9999, Path("other.yaml"))
    assert from_mapping({"HOST": "0.0.0.0"}).port == 8080


def test_no_file_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    clean(monkeypatch)
    (tmp_path / ".env").write_text("PORT=9999\nSLACK_BOT_TOKEN=xoxb-real\n")
    monkeypatch.chdir(tmp_path)
    assert load().port == 8080
    assert load().uses_sandbox


def test_set_to_nothing_is_not_set() -> None:
    assert from_mapping({"SLACK_BOT_TOKEN": "", "PORT": "", "DATABASE_URL": ""}) == from_mapping({})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("postgresql://u:p@h:5432/d", "postgresql+psycopg://u:p@h:5432/d"),
        ("postgresql+psycopg://u:p@h/d?sslmode=require", "postgresql+psycopg://u:p@h/d?sslmode=require"),
        ("postgresql:///d?host=/run/postgresql", "postgresql+psycopg:///d?host=/run/postgresql"),
        ("sqlite:////srv/desk.db", "sqlite:////srv/desk.db"),
    ],
)
def test_the_database_has_the_desks_own_driver(written: str, meant: str) -> None:
    url = from_mapping({"DATABASE_URL": written}).sqlalchemy_url
    assert url.render_as_string(hide_password=False) == meant.replace("host=/run", "host=%2Frun").replace(
        "run/postgresql", "run%2Fpostgresql"
    )


@pytest.mark.parametrize(
    ("environment", "sandbox"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}, False),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s"}, False),
        ({"SLACK_BOT_TOKEN": "of-another-server", "SLACK_APP_TOKEN": "of-another-server"}, False),
        ({"DISCORD_BOT_TOKEN": "a.b.c"}, False),
        ({"OPENAI_API_KEY": "sk-1"}, True),
    ],
)
def test_any_token_ends_the_sandbox(environment: dict[str, str], sandbox: bool) -> None:
    assert from_mapping(environment).uses_sandbox is sandbox


def test_keys_are_split_newest_first() -> None:
    new, old = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    keys = from_mapping({"DESKHAND_KEYS": f" {new}, {old},"}).keys
    assert [key.get_secret_value() for key in keys] == [new, old]


def test_an_install_for_many_workspaces_is_refused_and_not_ignored() -> None:
    key = Fernet.generate_key().decode()
    several = {"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "s", "SLACK_SIGNING_SECRET": "t", "DESKHAND_KEYS": key}
    with pytest.raises(BadConfig, match=r"^SLACK_BOT_TOKEN: is missing, and this version does not install itself"):
        from_mapping(several)
    assert not from_mapping(several | {"SLACK_BOT_TOKEN": "xoxb-1"}).uses_sandbox


def test_printing_settings_tells_no_secret() -> None:
    key = Fernet.generate_key().decode()
    settings = from_mapping(
        {
            "DATABASE_URL": f"postgresql://u:{SECRET}@h/d",
            "DESKHAND_KEYS": key,
            "SLACK_BOT_TOKEN": f"xoxb-{SECRET}",
            "SLACK_APP_TOKEN": f"xapp-{SECRET}",
            "SLACK_SIGNING_SECRET": SECRET,
            "SLACK_CLIENT_ID": "1.2",
            "SLACK_CLIENT_SECRET": SECRET,
            "DISCORD_BOT_TOKEN": SECRET,
            "OPENAI_API_KEY": f"sk-{SECRET}",
        }
    )
    said = f"{settings} {settings!r} {settings.model_dump()} {settings.model_dump_json()} {settings.sqlalchemy_url}"
    assert SECRET not in said
    assert key not in said


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        from_mapping({}).port = 1


def test_an_api_address_may_lack_its_slash() -> None:
    assert from_mapping({"SLACK_API_URL": "http://127.0.0.1:8090/slack/api"}).slack_api_base.endswith("/slack/api/")


def test_levels_may_be_written_in_capitals() -> None:
    assert from_mapping({"DESKHAND_LOG_LEVEL": "INFO", "DESKHAND_LOG_FORMAT": "JSON"}).log_format == "json"


@pytest.mark.parametrize("field", Settings.model_fields)
def test_every_variable_is_documented(field: str) -> None:
    assert f"`{variable(field)}`" in DOCUMENT


# Figures for tests and slow platforms.
TUNING = DOCUMENT.partition("These are for tests")[2].partition("\n## ")[0]


def test_the_example_environment_is_in_order() -> None:
    lines = [line.partition("=")[::2] for line in EXAMPLE.splitlines() if line and not line.startswith("#")]
    offered = dict(re.findall(r"^# ([A-Z_]+)=(.+)$", EXAMPLE, re.MULTILINE))
    named = {name for name, _ in lines} | set(offered)
    assert named == {name for field in Settings.model_fields if f"`{(name := variable(field))}`" not in TUNING}
    assert from_mapping(dict(lines)) == from_mapping({})
    assert from_mapping(offered).discord_gateway_url == offered["DISCORD_GATEWAY_URL"]
