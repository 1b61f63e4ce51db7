"""A token that Discord does not accept. Loads nothing heavy: `bot/preflight.py` wants to know early."""

from typing import Final

REFUSED: Final = (
    "DISCORD_BOT_TOKEN: Discord does not accept it. Reset the token on the Bot page of your application at "
    "https://discord.com/developers/applications and set DISCORD_BOT_TOKEN to the new one."
)
