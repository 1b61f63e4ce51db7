"""Discord, as the program offers it."""

from collections.abc import AsyncIterator
from functools import partial

from bot.findings import Finding
from bot.platforms.kind import Adapter, Ids, Kind, Surroundings
from bot.settings import Settings
from core.language.errors import BadConfig
from core.language.policy import Policy

_SNOWFLAKE = Ids(r"\d{1,20}", "1100000000000000001", "Discord copies it with developer mode on")
_UNSET = (
    "DISCORD_BOT_TOKEN: is missing, and desk.yaml has a Discord connection; set it as .env.example says, or take the "
    "connection out"
)


def _build(settings: Settings, connection: str, around: Surroundings) -> Adapter:
    from adapters.discord.adapter import DiscordAdapter

    bot_token = settings.discord_bot_token
    if bot_token is None:
        raise BadConfig([_UNSET])
    return DiscordAdapter(
        connection=connection,
        token=bot_token.get_secret_value(),
        handle=around.handle,
        blobs=around.blobs,
        api_url=settings.discord_api_url,
        gateway_url=settings.discord_gateway_url,
        application_id=settings.discord_application_id,
        members=connection in {group.connection for group in around.policy.agent_groups},
        now=around.now,
        voice=around.policy.voice,
        solved=partial(around.solved, connection),
    )


async def _examine(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    from bot import doctor_discord

    if settings.discord_bot_token:
        async for finding in doctor_discord.examine(settings, policy):
            yield finding


DISCORD = Kind(
    name="discord",
    title="Discord",
    ids={"channel": _SNOWFLAKE, "user": _SNOWFLAKE, "group": _SNOWFLAKE},
    group="role",
    only_one="one Discord bot is what one bot token is",
    lacks=lambda settings: None if settings.discord_bot_token else _UNSET,
    build=_build,
    examine=_examine,
)
