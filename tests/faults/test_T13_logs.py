"""T13: no secret and no customer's words in logs and error messages, wherever in an event they stand."""

import io
import json
import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pydantic
import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import IntegrityError
from support.cli import TOKENS, Filled, stamp, written
from support.processes import program

from bot import logs
from bot.redaction import HIDDEN, Redactor, secrets_of
from bot.settings import Settings, from_mapping
from core.store.engine import Store

CANARY = "canary7f3a9"
# As they look; the canary is in what is secret of them.
LOOKS = {
    "bot token": f"xoxb-1234567890-{CANARY}",
    "app token": f"xapp-1-A0DESK-99-{CANARY}",
    "user token": f"xoxp-1-2-3-{CANARY}",
    "rotated token": f"xoxe.xoxb-1-{CANARY}",
    "bearer": f"Authorization: Bearer {CANARY}.{CANARY}",
    "basic": f"'Authorization': 'Basic {CANARY}{CANARY}'",
    "discord's": f"Authorization: Bot MTA1{CANARY}xxxxxxxx.GhT9kQ.{CANARY}xxxxxxxxxxxxxxxxxxxxxxxx",
    "discord token alone": f"MTA1{CANARY}xxxxxxxx.GhT9kQ.{CANARY}xxxxxxxxxxxxxxxxxxxxxxxx",
    "model's key": f"sk-proj-{CANARY}{CANARY}",
    "database": f"postgresql://desk:{CANARY}@db.example/desk",
    "database with @": f"postgresql+psycopg://desk:p@ss{CANARY}@db.example:5432/desk",
    "response_url": f"https://hooks.slack.com/commands/T0/1/{CANARY}",
    "socket": f"wss://wss-primary.slack.com/link/?ticket={CANARY}&app_id=1",
    "oauth": f"https://desk.example/slack/oauth?code={CANARY}&state=x",
    "form": f"token={CANARY}&team_id=T0",
    "json": f'{{"access_token": "{CANARY}", "ok": true}}',
    "python": f"{{'client_secret': '{CANARY}'}}",
    "signature": "v0=" + "0123456789abcdef" * 4,
    "prose": f"SLACK_SIGNING_SECRET: {CANARY}",
    "pem": f"-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----",
}
# What must stay readable, or logs are of no use.
PLAIN = (
    "SLACK_BOT_TOKEN: is missing beside SLACK_APP_TOKEN; copy it from OAuth & Permissions, it starts with xoxb-",
    "holds an app token (xapp-…); put it into SLACK_APP_TOKEN",
    "posted/C0GLOBEX/1795178700.000100",
    "invalid_auth: https://slack.com/api/auth.test",
    "sqlite:////srv/desk/deskhand.db",
    "postgresql://desk@db.example:5432/desk",
    "token_revoked",
    "basic information about the bot channels",
    "the key 1795178700000100 of conversation 12 on 2026-11-21T20:41:00Z",
    "https://acme.slack.com/archives/C0GLOBEX/p1795178400010486?thread_ts=1795178400.007625&cid=C0GLOBEX",
)


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)
    structlog.reset_defaults()


def lines(form: logs.Format, write: Any, *, secrets: tuple[str, ...] = (), level: str = "debug") -> str:
    """What is logged while `write` runs."""
    stream = io.StringIO()
    logs.set_up(stream, level=level, form=form, redactor=Redactor(secrets))
    write()
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("look", LOOKS)
def test_whatever_looks_like_a_secret_is_hidden_wherever_it_stands(form: logs.Format, look: str) -> None:
    secret = LOOKS[look]

    class Holder:
        def __repr__(self) -> str:
            return f"<Holder {secret}>"

    def write() -> None:
        log, library = structlog.get_logger("desk"), logging.getLogger("core.store.engine")
        log.info(f"event {secret} end")
        log.info(
            "value", text=secret, nested={"a": [{"b": (secret,)}], secret: 1}, holder=Holder(), raw=secret.encode()
        )
        library.warning("library %s says %r", secret, {"x": secret})
        with structlog.contextvars.bound_contextvars(request=secret):
            log.info("bound")
        try:
            raise ValueError(secret) from RuntimeError(f"because {secret}")
        except ValueError as error:
            log.exception("failed", error=error)
            library.exception("failed too")
            log.info("by hand", trace=traceback.format_exc())

    out = lines(form, write)
    assert len(out.splitlines()) >= 7
    assert CANARY not in out
    assert secret not in out
    assert HIDDEN in out
    assert "failed too" in out


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_no_secret_stays_as_it_is(form: logs.Format) -> None:
    for plain in PLAIN:
        assert Redactor().text(plain) == plain
    out = lines(form, lambda: structlog.get_logger("desk").info("seen", said=PLAIN[2], number=12, none=None, yes=True))
    assert PLAIN[2] in out
    assert HIDDEN not in out
    if form == "json":
        event = json.loads(out)
        assert (event["number"], event["none"], event["yes"], event["level"]) == (12, None, True, "info")
        assert datetime.fromisoformat(event["timestamp"]).tzinfo == UTC


def settings(folder: Path) -> Settings:
    """With secrets that look like nothing in particular."""
    return from_mapping(
        {
            "SLACK_BOT_TOKEN": "plain-words-1",
            "SLACK_APP_TOKEN": "plain-words-2",
            "SLACK_SIGNING_SECRET": "plain.words(3",
            "DISCORD_BOT_TOKEN": "plain-words-4",
            "OPENAI_API_KEY": 'plain"words\\5',
            "DATABASE_URL": "postgresql://desk:plain-words-6@db/desk",
            "DESKHAND_KEYS": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
            "DESKHAND_DATA": str(folder),
        }
    )


@pytest.mark.parametrize("form", ["text", "json"])
def test_this_process_secrets_are_known_by_value(form: logs.Format, tmp_path: Path) -> None:
    known = settings(tmp_path)
    secrets = secrets_of(known)
    assert len(secrets) == 7

    def write() -> None:
        log = structlog.get_logger("desk")
        for secret in secrets:
            log.info(f"a {secret} b", value=secret, repeated=f"{secret}{secret}")
        log.info("settings", all=known, dumped=known.model_dump())

    out = lines(form, write, secrets=tuple(secrets))
    for secret in secrets:
        assert secret not in out
        assert json.dumps(secret)[1:-1] not in out
    assert "plain" not in out


def test_words_of_customers_do_not_come_in_by_errors_that_quote_them() -> None:
    """SQLAlchemy quotes parameters, PostgreSQL the row, pydantic the input."""

    def write() -> None:
        log = structlog.get_logger("desk")
        refused = Exception(f'new row violates "x"\nDETAIL:  Failing row contains (1, {CANARY} is my password).')
        for error in (
            IntegrityError("INSERT INTO message (body) VALUES (?)", (f"{CANARY}] is\n[my] password",), refused),
            IntegrityError("INSERT", [{"body": CANARY}], Exception("UNIQUE constraint failed")),
            refused,
        ):
            try:
                raise error
            except Exception:
                log.exception("failed")
        try:
            pydantic.TypeAdapter(int).validate_python(f"{CANARY} is my password")
        except pydantic.ValidationError:
            log.exception("failed")

    out = lines("text", write)
    assert out.count("Traceback") == 4
    assert CANARY not in out
    assert "UNIQUE constraint failed" in out


def test_tracebacks_have_no_local_variables() -> None:
    def write() -> None:
        words_of_a_customer = f"{CANARY} is in this variable"
        try:
            _ = len(words_of_a_customer) / 0
        except ZeroDivisionError:
            structlog.get_logger("desk").exception("failed")

    for form in ("text", "json"):
        out = lines(form, write)
        assert "Traceback (most recent call last)" in out
        assert CANARY not in out
        assert len(out) < 2_000


def test_libraries_write_no_payloads_even_when_debugging() -> None:
    def write() -> None:
        for name in ("slack_sdk.web.async_client", "slack_bolt.App", "discord.gateway", "openai._base_client"):
            logging.getLogger(name).debug("payload %s", CANARY)
        for name in ("sqlalchemy.engine.Engine", "httpx2", "uvicorn.access"):
            logging.getLogger(name).info("request %s", CANARY)

    assert lines("text", write) == ""


def test_lines_about_one_event_bear_its_id() -> None:
    def write() -> None:
        log = structlog.get_logger("desk")
        with logs.correlated("posted/C0/1", connection="main"):
            log.info("first")
            logging.getLogger("library").info("second")
        log.info("third")

    first, second, third = (json.loads(line) for line in lines("json", write).splitlines())
    assert first["correlation_id"] == second["correlation_id"] == "posted/C0/1"
    assert first["connection"] == "main"
    assert "correlation_id" not in third


def test_the_form_is_as_set_or_else_as_it_is_read(tmp_path: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, chosen, is_json in (
        (io.StringIO(), None, True),
        (Terminal(), None, False),
        (io.StringIO(), "text", False),
        (Terminal(), "json", True),
    ):
        environment = {"DESKHAND_DATA": str(tmp_path), **({"DESKHAND_LOG_FORMAT": chosen} if chosen else {})}
        logs.configure(from_mapping(environment), stream)
        structlog.get_logger("desk").info("ready")
        structlog.get_logger("desk").debug("too fine")
        written_line = stream.getvalue()
        assert "too fine" not in written_line
        assert written_line.startswith("{") == is_json


# Numbers are shown as they are, so no secret is one here.
secrets = st.text(st.sampled_from("abcdefXYZ0189-_\"'\\ü/+=.$"), min_size=8, max_size=40).filter(
    lambda secret: not secret.lstrip("-").isdigit()
)
values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(secret=secrets, before=st.text(max_size=8), after=st.text(max_size=8), rest=values)
def test_a_known_secret_is_hidden_in_any_value(secret: str, before: str, after: str, rest: Any) -> None:
    holding = f"{before} {secret} {after}"
    shown = Redactor([secret]).value({"a": [holding, rest], holding: (rest, {holding})})
    assert secret not in repr(shown)
    assert secret not in json.dumps(shown, ensure_ascii=False)


# --- the program itself --------------------------------------------------------------------------------------


async def test_a_quarantined_event_leaves_no_words_in_the_log(sqlite_url: str) -> None:
    stamp(sqlite_url)
    stream = io.StringIO()
    logs.set_up(stream, level="debug", form="json", redactor=Redactor())
    store = await Store.open(sqlite_url)
    filled = await Filled.on(store)
    await filled.quarantined("1795178700.000100", f"My password is {CANARY}")
    await store.close()
    assert "event_set_aside" in stream.getvalue()
    assert "the clock stands still" in stream.getvalue()
    assert CANARY not in stream.getvalue()


async def test_a_program_that_fails_tells_no_secret(tmp_path: Path) -> None:
    env = {
        "DESKHAND_CONFIG": str(written(tmp_path)),
        "DESKHAND_DATA": str(tmp_path),
        "DATABASE_URL": f"postgresql://desk:{CANARY}@127.0.0.1:1/desk",
        "DESKHAND_LOG_LEVEL": "debug",
        **{name: f"{token}-{CANARY}" for name, token in TOKENS.items()},
    }
    for command in ("run", "migrate", "doctor", "tickets list"):
        async with program("-m", "bot", *command.split(), env={**env, "SLACK_API_URL": "http://127.0.0.1:1/"}) as one:
            assert await one.ended() == 1, one.output
        assert one.lines
        assert CANARY not in one.output
