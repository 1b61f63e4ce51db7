"""Slack, as the program offers it."""

from collections.abc import AsyncIterator

from bot.findings import Finding
from bot.platforms.kind import Adapter, Ids, Kind, Surroundings
from bot.settings import Settings
from core.language.errors import BadConfig
from core.language.policy import Policy

_UNSET = (
    "SLACK_BOT_TOKEN: is missing, and desk.yaml has a Slack connection; set it as .env.example says, or take the "
    "connection out"
)


def _build(settings: Settings, connection: str, around: Surroundings) -> Adapter:
    from adapters.slack.adapter import SlackAdapter

    bot_token, app_token, secret = settings.slack_bot_token, settings.slack_app_token, settings.slack_signing_secret
    if bot_token is None:
        raise BadConfig([_UNSET])
    return SlackAdapter(
        connection=connection,
        api_url=settings.slack_api_base,
        bot_token=bot_token.get_secret_value(),
        app_token=app_token.get_secret_value() if app_token else None,
        signing_secret=secret.get_secret_value() if secret else None,
        handle=around.handle,
        blobs=around.blobs,
        now=around.now,
        voice=around.policy.voice,
    )


async def _examine(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    from bot import doctor_slack

    if settings.slack_bot_token:
        async for finding in doctor_slack.examine(settings, policy):
            yield finding


SLACK = Kind(
    name="slack",
    title="Slack",
    ids={
        # How long an id is Slack does not say; its capitals tell it from a name.
        "channel": Ids(r"[CGD][A-Z0-9_]{1,40}", "C0GLOBEX", "Slack shows it at the bottom of the channel's details"),
        "user": Ids(r"[UW][A-Z0-9_]{1,40}", "U0BO", "Slack shows it in the person's profile under ⋮, Copy member ID"),
        "group": Ids(r"S[A-Z0-9_]{1,40}", "S0AGENTS", "Slack shows it in the user group's ⋮ menu"),
    },
    group="usergroup",
    only_one="one Slack workspace is what one bot token reaches",
    lacks=lambda settings: None if settings.slack_bot_token else _UNSET,
    build=_build,
    examine=_examine,
)
