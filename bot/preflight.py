"""Tokens are tried before what takes its time to load and before anything is written, so that a wrong one is told at
once and leaves nothing behind. A platform that cannot be asked now refuses nothing: its adapter asks again, with more
patience."""

from typing import Any

import httpx2

from adapters.discord import refusals as discord
from adapters.slack.refusals import APP_TOKEN, BOT_TOKEN, REVOKED, not_accepted
from bot.settings import Settings
from core.language.errors import BadConfig
from core.language.policy import Policy

_SECONDS = 1.0


def try_bot_token(settings: Settings) -> None:
    """Raises BadConfig when Slack refuses it."""
    token = settings.slack_bot_token
    if token is not None:
        _ask_slack(settings, "auth.test", BOT_TOKEN, token.get_secret_value())


def try_other_tokens(settings: Settings, policy: Policy) -> None:
    """For a desk that has no database yet; later the adapters find out, and Slack allows few such calls. Raises
    BadConfig when a platform refuses one."""
    platforms = {connection.platform for connection in policy.connections}
    app_token, discord_token = settings.slack_app_token, settings.discord_bot_token
    if app_token is not None and "slack" in platforms:
        _ask_slack(settings, "apps.connections.open", APP_TOKEN, app_token.get_secret_value())
    if discord_token is not None and "discord" in platforms:
        headers = {"Authorization": f"Bot {discord_token.get_secret_value()}"}
        try:
            url = f"{settings.discord_api_url.rstrip('/')}/users/@me"
            status = httpx2.get(url, headers=headers, timeout=_SECONDS).status_code
        except (httpx2.HTTPError, httpx2.InvalidURL):
            return
        if status == 401:
            raise BadConfig([discord.REFUSED])


def _ask_slack(settings: Settings, method: str, which: tuple[str, str], token: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    try:
        answer: Any = httpx2.post(f"{settings.slack_api_base}{method}", headers=headers, timeout=_SECONDS).json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return
    code = answer.get("error") if isinstance(answer, dict) and answer.get("ok") is False else None
    if code in REVOKED:
        raise BadConfig([not_accepted(which, code)])
