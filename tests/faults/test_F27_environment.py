"""F27: every mistake in the environment is refused, all at once, with the variable's name and its remedy, and no error
tells a secret."""
# ruff: noqa: E501 - a table is read by its rows

import pytest

from bot.redaction import Redactor
from bot.settings import from_mapping
from core.language.errors import BadConfig

# The environment, the variable that is complained about, and words that the problem has to hold.
ENVIRONMENTS: dict[str, tuple[dict[str, str], str, str]] = {
    "port in words": ({"PORT": "eighty"}, "PORT", "digits"),
    "port far too large": ({"PORT": "9" * 5000}, "PORT", "digits"),
    "port too large": ({"PORT": "70000"}, "PORT", "at most 65535"),
    "negative port": ({"SANDBOX_PORT": "-1"}, "SANDBOX_PORT", "more than -1"),
    "one port for two": ({"PORT": "9000", "SANDBOX_PORT": "9000"}, "SANDBOX_PORT", "another number"),
    "no database address": ({"DATABASE_URL": "var/deskhand.db"}, "DATABASE_URL", "sqlite:///"),
    "another database": ({"DATABASE_URL": "mysql://u:hunter2hunter2@h/d"}, "DATABASE_URL", "postgresql://"),
    "another driver": ({"DATABASE_URL": "postgresql+asyncpg://u:hunter2hunter2@h/d"}, "DATABASE_URL", "postgresql:// alone"),
    "no database name": ({"DATABASE_URL": "postgres://u:hunter2hunter2@h:5432"}, "DATABASE_URL", "its name at the end"),
    "a port of letters": ({"DATABASE_URL": "postgresql://u:hunter2hunter2@h:x/d"}, "DATABASE_URL", "not a database address"),
    "memory only": ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL", "lost"),
    "two slashes": ({"DATABASE_URL": "sqlite://var/desk.db"}, "DATABASE_URL", "sqlite:///"),
    "an @ in the password": ({"DATABASE_URL": "postgresql://u:p@hunter2hunter2@h/d"}, "DATABASE_URL", "%40"),
    "keys": ({"DESKHAND_KEYS": "hunter2hunter2"}, "DESKHAND_KEYS", "openssl rand"),
    "clock": ({"DESKHAND_CLOCK_URL": "localhost:8090"}, "DESKHAND_CLOCK_URL", "http://"),
    "api address": ({"SLACK_API_URL": "slack.com/api"}, "SLACK_API_URL", "https://"),
    "gateway address": ({"DISCORD_GATEWAY_URL": "https://gateway.discord.gg"}, "DISCORD_GATEWAY_URL", "wss://"),
    "swapped, bot": ({"SLACK_BOT_TOKEN": "xapp-1-hunter2hunter2", "SLACK_APP_TOKEN": "xapp-1-a"}, "SLACK_BOT_TOKEN", "SLACK_APP_TOKEN"),
    "swapped, app": ({"SLACK_BOT_TOKEN": "xoxb-1-a", "SLACK_APP_TOKEN": "xoxb-1-hunter2hunter2"}, "SLACK_APP_TOKEN", "SLACK_BOT_TOKEN"),
    "a user's token": ({"SLACK_BOT_TOKEN": "xoxp-hunter2hunter2", "SLACK_APP_TOKEN": "xapp-1"}, "SLACK_BOT_TOKEN", "xoxb-"),
    "a token as secret": ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "xapp-hunter2hunter2"}, "SLACK_SIGNING_SECRET", "app token"),
    "slack's for discord": ({"DISCORD_BOT_TOKEN": "xoxb-hunter2hunter2"}, "DISCORD_BOT_TOKEN", "SLACK_BOT_TOKEN"),
    "a space in it": ({"DISCORD_BOT_TOKEN": "Bot hunter2hunter2"}, "DISCORD_BOT_TOKEN", "copy it again"),
    "nothing to receive with": ({"SLACK_BOT_TOKEN": "xoxb-hunter2hunter2"}, "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET for HTTP"),
    "nothing to send with": ({"SLACK_APP_TOKEN": "xapp-hunter2hunter2"}, "SLACK_BOT_TOKEN", "xoxb-"),
    "a secret alone": ({"SLACK_SIGNING_SECRET": "hunter2hunter2"}, "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"),
    "client without secret": ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_CLIENT_SECRET", "Basic Information"),
    "secret without client": ({"SLACK_CLIENT_SECRET": "hunter2hunter2"}, "SLACK_CLIENT_ID", "Basic Information"),
    "client without keys": ({"SLACK_CLIENT_ID": "1.2", "SLACK_CLIENT_SECRET": "hunter2hunter2"}, "DESKHAND_KEYS", "openssl rand"),
    "client that hears nothing": ({"SLACK_CLIENT_ID": "1.2"}, "SLACK_SIGNING_SECRET", "Basic Information"),
    "application alone": ({"DISCORD_APPLICATION_ID": "123"}, "DISCORD_BOT_TOKEN", "Bot page"),
    "application by name": ({"DISCORD_APPLICATION_ID": "deskhand"}, "DISCORD_APPLICATION_ID", "Application ID"),
    "seconds in words": ({"DESKHAND_TICK_SECONDS": "5s"}, "DESKHAND_TICK_SECONDS", "such as 0.5"),
    "no seconds": ({"DESKHAND_TICK_SECONDS": "0"}, "DESKHAND_TICK_SECONDS", "more than 0"),
    "no attempt": ({"DESKHAND_MAX_DELIVERY_ATTEMPTS": "0"}, "DESKHAND_MAX_DELIVERY_ATTEMPTS", "more than 0"),
    "log level": ({"DESKHAND_LOG_LEVEL": "verbose"}, "DESKHAND_LOG_LEVEL", "'debug', 'info'"),
}  # fmt: skip


@pytest.mark.parametrize("case", ENVIRONMENTS.values(), ids=ENVIRONMENTS)
def test_F27_each_mistake_in_the_environment_names_the_variable_and_the_remedy(
    case: tuple[dict[str, str], str, str],
) -> None:
    environment, name, words = case
    with pytest.raises(BadConfig) as refused:
        from_mapping(environment)
    assert [problem for problem in refused.value.problems if problem.startswith(f"{name}: ") and words in problem]
    assert "hunter2" not in str(refused.value)
    remedies = "\n".join(refused.value.problems)
    assert Redactor().text(remedies) == remedies, "the remedy can be read where secrets are hidden"


def test_F27_all_mistakes_in_the_environment_are_told_at_once() -> None:
    with pytest.raises(BadConfig) as refused:
        from_mapping({"PORT": "x", "SLACK_APP_TOKEN": "xapp-1", "DATABASE_URL": "x", "DESKHAND_LOG_FORMAT": "xml"})
    named = {problem.split(":")[0] for problem in refused.value.problems}
    assert named == {"PORT", "SLACK_BOT_TOKEN", "DATABASE_URL", "DESKHAND_LOG_FORMAT"}
