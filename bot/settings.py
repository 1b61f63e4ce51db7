"""The environment as one frozen value. Nothing else in the program reads the environment.

Nothing is read from `.env`: `make` exports it. Secrets are `SecretStr`, so that printing the settings, or an error
about them, tells none. A variable that is set to nothing counts as not set.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pydantic
from cryptography.fernet import Fernet
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from core.language.errors import BadConfig

_HTTP = TypeAdapter(pydantic.HttpUrl)
_WEBSOCKET = TypeAdapter(pydantic.WebsocketUrl)

_MAKE_KEY = "make a key with: openssl rand -base64 32 | tr +/ -_"

# How tokens begin, what they are, and where they belong.
_TOKENS: Mapping[str, tuple[str, str | None]] = {
    "xoxb-": ("a bot token", "SLACK_BOT_TOKEN"),
    "xapp-": ("an app token", "SLACK_APP_TOKEN"),
    "xoxp-": ("a user token", None),
    "xoxe-": ("a refresh token", None),
    "xoxe.": ("a refreshed token", None),
}

# Drivers that people write because other programs want them; the desk has its own for each database.
_DATABASES = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}


def _bad(remedy: str) -> PydanticCustomError:
    """Never with the value: it may be a secret, or hold one."""
    return PydanticCustomError("setting", "{remedy}", {"remedy": remedy})


def _http_url(value: str) -> str:
    try:
        _HTTP.validate_python(value)
    except ValidationError:
        raise _bad("is not a web address; write one that starts with https:// or http://") from None
    return value


def _websocket_url(value: str) -> str:
    try:
        _WEBSOCKET.validate_python(value)
    except ValidationError:
        raise _bad("is not a websocket address; write one that starts with wss:// or ws://") from None
    return value


def _token(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if text != text.strip() or not text.isascii() or re.search(r"\s", text):
        raise _bad("holds spaces, line ends or other characters that no token has; copy it again")
    return value


def _database_url(value: SecretStr) -> SecretStr:
    _parse_database_url(value.get_secret_value())
    return value


def _parse_database_url(text: str) -> URL:
    """With the desk's own driver. Raises the setting's error."""
    # Without a password: what looks like one is hidden wherever it is shown.
    form = "write sqlite:///var/deskhand.db or postgresql://user@host:5432/name, with :password behind the user"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError):
        raise _bad(f"is not a database address; {form}") from None
    name, _, driver = url.drivername.partition("+")
    if name not in _DATABASES:
        raise _bad(f"names a database that Deskhand does not store in; {form}")
    if driver not in ("", "psycopg", "pysqlite"):
        raise _bad(f"names the driver {driver!r}; write {name}:// alone, Deskhand brings its own driver")
    if name == "sqlite" and url.host:
        raise _bad("has two slashes, which would leave a part of the path out; write sqlite:///var/deskhand.db")
    if "@" in (url.host or ""):
        raise _bad("holds an @ in the user's name or password; write %40 for it, %2F for / and %3A for :")
    if name == "sqlite" and url.database in (None, "", ":memory:"):
        raise _bad("names no file, and what is only in memory would be lost; write sqlite:///var/deskhand.db")
    if name != "sqlite" and not url.database:
        raise _bad("names no database; write its name at the end: postgresql://user@host:5432/name")
    return url.set(drivername=_DATABASES[name])


def _split_keys(value: Any) -> Any:
    return [each.strip() for each in value.split(",") if each.strip()] if isinstance(value, str) else value


def _keys(value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for key in value:
        try:
            Fernet(key.get_secret_value())
        except ValueError:
            raise _bad(f"holds a key that is not 32 bytes in URL-safe base64; {_MAKE_KEY}") from None
    return value


def _discord_id(value: str) -> str:
    if not re.fullmatch(r"\d{1,20}", value, re.ASCII):
        raise _bad("is not a Discord id; write the number under General Information, Application ID")
    return value


def _lower(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


Token = Annotated[SecretStr, AfterValidator(_token)]
DatabaseUrl = Annotated[SecretStr, AfterValidator(_database_url)]
Keys = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_split_keys), AfterValidator(_keys)]
WebUrl = Annotated[str, AfterValidator(_http_url)]
WebsocketUrl = Annotated[str, AfterValidator(_websocket_url)]
DiscordId = Annotated[str, AfterValidator(_discord_id)]
Port = Annotated[int, Field(ge=0, le=65535)]
Seconds = Annotated[float, Field(gt=0, le=3600)]
Attempts = Annotated[int, Field(ge=1, le=100)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)]
LogFormat = Annotated[Literal["text", "json"], BeforeValidator(_lower)]


def variable(field: str) -> str:
    """The environment's name of a field: PORT, SLACK_BOT_TOKEN; the desk's own begin with DESKHAND_."""
    shared = ("database_url", "host", "port", "sandbox_port")
    plain = field in shared or field.startswith(("slack_", "discord_", "openai_"))
    return field.upper() if plain else f"DESKHAND_{field.upper()}"


class Settings(BaseSettings):
    """What each means stands in docs/configuration.md."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="ignore",
        alias_generator=variable,
        populate_by_name=True,
        case_sensitive=True,
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    database_url: DatabaseUrl = SecretStr("sqlite:///var/deskhand.db")
    config: Path = Path("desk.yaml")
    data: Path = Path("var")
    keys: Keys = ()
    host: str = "127.0.0.1"
    port: Port = 8080
    sandbox_port: Port = 8090
    clock_url: WebUrl | None = None

    slack_bot_token: Token | None = None
    slack_app_token: Token | None = None
    slack_signing_secret: Token | None = None
    slack_client_id: str | None = None
    slack_client_secret: Token | None = None
    slack_api_url: WebUrl = "https://slack.com/api/"

    discord_bot_token: Token | None = None
    discord_application_id: DiscordId | None = None
    discord_api_url: WebUrl = "https://discord.com/api/v10"
    discord_gateway_url: WebsocketUrl | None = None

    openai_api_key: Token | None = None
    openai_base_url: WebUrl | None = None
    openai_model: str | None = None

    # How long the desk waits and how often it tries, in seconds of real time. Tests set them short.
    settle_seconds: Seconds = 40
    lease_seconds: Seconds = 60
    retry_base_seconds: Seconds = 1
    overflow_seconds: Seconds = 0.5
    tick_seconds: Seconds = 5
    shutdown_seconds: Seconds = 10
    max_delivery_attempts: Attempts = 8
    # Multiplies the rates at which the platform may be asked: for a sandbox whose limits are scaled too.
    rate_factor: Annotated[float, Field(ge=0.01, le=100_000)] = 1
    log_level: LogLevel = "info"
    log_format: LogFormat = "text"

    @property
    def uses_sandbox(self) -> bool:
        """No token of any platform: the desk runs on the sandbox."""
        return not (self.slack_bot_token or self.slack_app_token or self.slack_client_id or self.discord_bot_token)

    @property
    def sqlalchemy_url(self) -> URL:
        """The database's address with the desk's own driver. Holds the password; printing it does not."""
        return _parse_database_url(self.database_url.get_secret_value())

    @property
    def slack_api_base(self) -> str:
        """With the slash at the end that the Slack SDK joins method names to."""
        return self.slack_api_url.rstrip("/") + "/"


class _Given(Settings):
    """From a mapping alone, without the environment."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def load() -> Settings:
    """The environment, checked. Raises BadConfig with every problem: the variable's name and what to write."""
    return _checked(Settings, {})


def from_mapping(environment: Mapping[str, str]) -> Settings:
    """As `load`, from a mapping in the environment's place."""
    names = {variable(field) for field in Settings.model_fields}
    return _checked(_Given, {name: value for name, value in environment.items() if name in names and value})


def _checked(kind: type[Settings], given: dict[str, Any]) -> Settings:
    try:
        settings, found = kind(**given), {}
    except ValidationError as error:
        found = {str(each["loc"][0]): _remedy(each) for each in error.errors(include_url=False, include_input=False)}
        # The rest is looked at as if those were not set, so that a person sees all problems at once.
        settings = kind(**{**given, **{name: _default(name) for name in found}})
    told = [f"{name}: {remedy}" for name, remedy in found.items()]
    told += [f"{name}: {remedy}" for name, remedy in problems(settings) if name not in found]
    if told:
        raise BadConfig(told)
    return settings


def problems(settings: Settings) -> Iterator[tuple[str, str]]:
    """What is wrong between settings that are each in order: the variable's name, and what to do."""
    s = settings
    yield from _wrong_kinds(s)
    receives = s.slack_app_token or s.slack_signing_secret
    if (s.slack_app_token or s.slack_signing_secret) and not (s.slack_bot_token or s.slack_client_id):
        given = "SLACK_APP_TOKEN" if s.slack_app_token else "SLACK_SIGNING_SECRET"
        yield "SLACK_BOT_TOKEN", f"is missing beside {given}; copy it from OAuth & Permissions, it starts with xoxb-"
    if s.slack_client_id and not s.slack_bot_token:
        several = "this version does not install itself in several workspaces by OAuth yet (SLACK_CLIENT_ID)"
        yield "SLACK_BOT_TOKEN", f"is missing, and {several}; copy it from OAuth & Permissions, it starts with xoxb-"
    if s.slack_bot_token and not receives:
        both = "set it for Socket Mode (it starts with xapp-), or SLACK_SIGNING_SECRET for HTTP"
        yield "SLACK_APP_TOKEN", f"is missing beside SLACK_BOT_TOKEN, and nothing would be received; {both}"
    if s.slack_client_id and not s.slack_client_secret:
        yield "SLACK_CLIENT_SECRET", "is missing beside SLACK_CLIENT_ID; copy both from Basic Information"
    if s.slack_client_secret and not s.slack_client_id:
        yield "SLACK_CLIENT_ID", "is missing beside SLACK_CLIENT_SECRET; copy both from Basic Information"
    if s.slack_client_id and not s.slack_bot_token and not receives:
        yield "SLACK_SIGNING_SECRET", "is missing beside SLACK_CLIENT_ID; copy it from Basic Information"
    if s.slack_client_id and not s.keys:
        yield "DESKHAND_KEYS", f"is missing; installed workspaces' tokens are kept encrypted, {_MAKE_KEY}"
    if s.discord_application_id and not s.discord_bot_token:
        yield "DISCORD_BOT_TOKEN", "is missing beside DISCORD_APPLICATION_ID; copy it from the application's Bot page"
    if s.port and s.port == s.sandbox_port:
        yield "SANDBOX_PORT", f"is {s.port} like PORT; give one of them another number"


def _wrong_kinds(settings: Settings) -> Iterator[tuple[str, str]]:
    """Tokens in each other's place. Tokens of an unknown look are let through: other servers make their own."""
    for name, value in (
        ("SLACK_BOT_TOKEN", settings.slack_bot_token),
        ("SLACK_APP_TOKEN", settings.slack_app_token),
        ("SLACK_SIGNING_SECRET", settings.slack_signing_secret),
        ("SLACK_CLIENT_SECRET", settings.slack_client_secret),
        ("DISCORD_BOT_TOKEN", settings.discord_bot_token),
    ):
        beginning = (value.get_secret_value() if value else "")[:5]
        for prefix, (kind, belongs) in _TOKENS.items():
            if beginning.startswith(prefix) and name != belongs:
                remedy = f"put it into {belongs}" if belongs else "use the bot token, it starts with xoxb-"
                yield name, f"holds {kind} ({prefix}…); {remedy}"


def _default(name: str) -> Any:
    return next(field.default for key, field in Settings.model_fields.items() if variable(key) == name)


def _remedy(error: Mapping[str, Any]) -> str:
    """The library's error in the desk's words, without the value."""
    limits = error.get("ctx", {})
    match error["type"]:
        case "setting":
            return str(error["msg"])
        case "int_parsing" | "int_parsing_size" | "int_from_float":
            return "is not a whole number; write digits alone, such as 8080"
        case "float_parsing":
            return "is not a number; write one such as 0.5"
        case "greater_than" | "greater_than_equal":
            return f"is too small; write more than {limits.get('gt', limits.get('ge', 0) - 1):g}"
        case "less_than_equal":
            return f"is too large; write at most {limits['le']:g}"
        case "literal_error":
            return f"is none of the words it can be; write {limits['expected']}"
        case other:
            return f"cannot be read ({other}); see docs/configuration.md"
