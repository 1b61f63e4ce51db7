"""The bot token is tried before what takes its time to load and before anything is written, so that a wrong one is
told at once and leaves nothing behind."""

import httpx2

from adapters.slack.refusals import BOT_TOKEN, REVOKED, not_accepted
from bot.settings import Settings
from core.language.errors import BadConfig

# Longer nobody waits here: the adapter asks again, with more patience.
_SECONDS = 1.0


def try_bot_token(settings: Settings) -> None:
    """Raises BadConfig when Slack refuses it. A Slack that cannot be asked now refuses nothing."""
    token = settings.slack_bot_token
    if token is None:
        return
    headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
    try:
        answer = httpx2.post(f"{settings.slack_api_base}auth.test", headers=headers, timeout=_SECONDS).json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return
    code = answer.get("error") if isinstance(answer, dict) and answer.get("ok") is False else None
    if code in REVOKED:
        raise BadConfig([not_accepted(BOT_TOKEN, code)])
