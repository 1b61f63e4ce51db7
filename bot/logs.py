"""Logs: one event a line on stderr, ours and the libraries' alike; text for people on a terminal, JSON elsewhere.

Nothing is written that `bot.redaction` would hide. Tracebacks are plain: with local variables they would hold
messages of customers, and be very long.
"""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import Redactor, secrets_of

if TYPE_CHECKING:
    from bot.settings import Settings

Format = Literal["text", "json"]

# On their finest level these write whole payloads: messages of customers, and tokens.
_TALKATIVE = ("slack_sdk", "slack_bolt", "discord", "openai", "asyncio")
# These write a line for each request, statement or tick.
_QUIET = (
    *("aiohttp", "httpx", "httpx2", "httpcore", "httpcore2", "uvicorn", "websockets"),
    *("sqlalchemy", "alembic", "apscheduler", "psycopg"),
)


def configure(settings: "Settings", stream: TextIO | None = None) -> None:
    """Once, at the start of a program that goes on for long. `DESKHAND_LOG_FORMAT` decides on the form where it is
    set, otherwise whether a person looks on."""
    stream = stream or sys.stderr
    chosen: Format = "text" if stream.isatty() else "json"
    if "log_format" in settings.model_fields_set:
        chosen = settings.log_format
    set_up(stream, level=settings.log_level, form=chosen, redactor=Redactor(secrets_of(settings)))


def set_up(stream: TextIO, *, level: str, form: Format, redactor: Redactor) -> None:
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *common,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=common,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redacting(redactor),
                *_rendering(form, colors=stream.isatty()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.INFO, root.level))
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _redacting(redactor: Redactor) -> Processor:
    def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {redactor.text(name): redactor.entry(name, value) for name, value in event.items()}

    return redact


def _rendering(form: Format, *, colors: bool) -> Sequence[Processor]:
    if form == "json":
        return (structlog.processors.JSONRenderer(sort_keys=True),)
    return (
        structlog.dev.ConsoleRenderer(
            colors=colors, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback, sort_keys=False
        ),
    )


@contextmanager
def correlated(correlation_id: str, **more: Any) -> Iterator[None]:
    """What is logged inside bears this id, so that all lines about one event or request can be found together."""
    with structlog.contextvars.bound_contextvars(correlation_id=correlation_id, **more):
        yield
