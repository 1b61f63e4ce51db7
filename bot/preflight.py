"""Tokens are tried before what takes its time to load and before anything is written, so that a wrong one is told at
once and leaves nothing behind. A platform that cannot be asked now refuses nothing: its adapter asks again, with more
patience."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
from pydantic import SecretStr

from adapters.discord import refusals as discord
from adapters.slack.refusals import APP_TOKEN, BOT_TOKEN, REVOKED, not_accepted
from bot.settings import Settings
from core.language.errors import BadConfig
from core.language.policy import Policy

_SECONDS = 1.0


def try_tokens(settings: Settings, policy: Policy, *, first: bool) -> None:
    """All at a time, of the platforms that desk.yaml has. `first`: there is no database yet; later an app token is left
    to the adapter, because Slack allows few such calls. Raises BadConfig with all that are refused."""
    platforms = {connection.platform for connection in policy.connections}
    tries: list[Callable[[], str | None]] = []
    if "slack" in platforms:
        tries.append(lambda: _slack(settings, "auth.test", BOT_TOKEN, settings.slack_bot_token))
    if "slack" in platforms and first:
        tries.append(lambda: _slack(settings, "apps.connections.open", APP_TOKEN, settings.slack_app_token))
    if "discord" in platforms:
        tries.append(lambda: _discord(settings))
    with ThreadPoolExecutor(max(1, len(tries))) as pool:
        problems = [problem for problem in pool.map(lambda ask: ask(), tries) if problem]
    if problems:
        raise BadConfig(problems)


def _slack(settings: Settings, method: str, which: tuple[str, str], token: SecretStr | None) -> str | None:
    if token is None:
        return None
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    try:
        answer: Any = httpx2.post(f"{settings.slack_api_base}{method}", headers=headers, timeout=_SECONDS).json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    code = answer.get("error") if isinstance(answer, dict) and answer.get("ok") is False else None
    return not_accepted(which, code) if code in REVOKED else None


def _discord(settings: Settings) -> str | None:
    token = settings.discord_bot_token
    if token is None:
        return None
    headers = {"Authorization": f"Bot {token.get_secret_value()}"}
    try:
        answer = httpx2.get(f"{settings.discord_api_url.rstrip('/')}/users/@me", headers=headers, timeout=_SECONDS)
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return None
    return discord.TOKEN if answer.status_code == 401 else None
