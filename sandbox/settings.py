"""What the environment says, once, at the start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class BadSettings(ValueError):
    """The environment holds something unusable; the text names the variable."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`speed` divides retry delays and multiplies rate limits. The answer limit of 3 s, an app's real duty, and the
    life of a trigger id have settings of their own, because a fast replay must not make the app late.
    `slack_events_url` set means signed HTTP delivery in place of Socket Mode."""

    host: str = "127.0.0.1"
    port: int = 8090
    data: Path = Path("var/sandbox")
    speed: float = 1.0
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    slack_bot_token: str = "xoxb-sandbox"  # noqa: S105 the sandbox's own, opens nothing anywhere else
    slack_app_token: str = "xapp-sandbox"  # noqa: S105 the same
    slack_signing_secret: str = "sandbox"  # noqa: S105 the same
    slack_events_url: str = ""
    slack_manifest: Path | None = None
    discord_bot_token: str = "discord-sandbox"  # noqa: S105 the same
    completions: Path | None = None
    ends_with_input: bool = False
    """End when the standard input does: whoever started it and holds the other end is gone then."""
    timezone: str = "Europe/Berlin"


def from_environment(environment: Mapping[str, str]) -> Settings:
    """Raises `BadSettings` for a value that is no number, or a number out of range."""

    def text(name: str, default: str) -> str:
        return environment.get(name) or default

    def number(name: str, default: float, low: float) -> float:
        raw = environment.get(name)
        if not raw:
            return default
        try:
            value = float(raw)
        except ValueError:
            raise BadSettings(f"{name}={raw!r} is not a number") from None
        if not value >= low:
            raise BadSettings(f"{name}={raw} must be at least {low:g}")
        return value

    def path(name: str) -> Path | None:
        raw = environment.get(name)
        return Path(raw) if raw else None

    defaults = Settings()
    return Settings(
        host=text("HOST", defaults.host),
        port=int(number("SANDBOX_PORT", defaults.port, 0)),
        data=Path(text("SANDBOX_DATA", str(defaults.data))),
        speed=number("SANDBOX_SPEED", defaults.speed, 0.001),
        ack_seconds=number("SANDBOX_ACK_SECONDS", defaults.ack_seconds, 0.001),
        trigger_seconds=number("SANDBOX_TRIGGER_SECONDS", defaults.trigger_seconds, 0.001),
        slack_bot_token=text("SANDBOX_SLACK_BOT_TOKEN", defaults.slack_bot_token),
        slack_app_token=text("SANDBOX_SLACK_APP_TOKEN", defaults.slack_app_token),
        slack_signing_secret=text("SANDBOX_SLACK_SIGNING_SECRET", defaults.slack_signing_secret),
        slack_events_url=text("SANDBOX_SLACK_EVENTS_URL", ""),
        slack_manifest=path("SANDBOX_SLACK_MANIFEST"),
        discord_bot_token=text("SANDBOX_DISCORD_BOT_TOKEN", defaults.discord_bot_token),
        completions=path("SANDBOX_COMPLETIONS"),
        ends_with_input=text("SANDBOX_ENDS_WITH_INPUT", "") == "1",
    )
