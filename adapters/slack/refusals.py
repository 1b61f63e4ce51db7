"""What Slack refuses for good. Loads nothing heavy: `bot/preflight.py` wants to know early."""

from typing import Final

REVOKED: Final = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "invalid_token",
        "not_allowed_token_type",
        "not_authed",
        "org_login_required",
        "team_access_not_granted",
        "token_expired",
        "token_revoked",
    }
)
NO_CHANNEL: Final = "channel_not_found"
BOT_TOKEN: Final = ("SLACK_BOT_TOKEN", "Bot User OAuth Token (xoxb-…)")
APP_TOKEN: Final = ("SLACK_APP_TOKEN", "App-Level Token (xapp-…)")


def not_accepted(token: tuple[str, str], code: str) -> str:
    """`token`: its variable, and what Slack's pages call it."""
    name, called = token
    return (
        f"{name}: Slack does not accept it ({code}). Copy the {called} of your app from "
        f"https://api.slack.com/apps and set {name} to it."
    )
