"""What Discord refuses for good. Loads nothing heavy: `bot/preflight.py` wants to know early."""

from typing import Final

# Codes: there is no such channel, or none that the bot may see.
NO_CHANNEL: Final = frozenset({"10003", "50001"})
_PAGE: Final = "https://discord.com/developers/applications"
TOKEN: Final = (
    "DISCORD_BOT_TOKEN: Discord does not accept it. Reset the token on the Bot page of your application at "
    f"{_PAGE} and set DISCORD_BOT_TOKEN to the new one."
)
_INTENTS: Final = (
    "Discord refuses the intents that the desk needs: switch on Message Content, and Server Members if a role makes "
    f"agents, on the Bot page of your application at {_PAGE}."
)
# Close codes of the gateway after which trying again is of no use.
CLOSED: Final = {
    4004: TOKEN,
    4010: "Discord refuses the desk's session (4010, shard). Update the desk.",
    4011: "The bot is in more servers than one session may have (4011). Take it out of those that it does not serve.",
    4012: "Discord no longer speaks this version of its gateway (4012). Update the desk.",
    4013: "Discord does not know the intents that the desk asks for (4013). Update the desk.",
    4014: _INTENTS,
}
