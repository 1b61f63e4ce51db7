"""The chat platforms that this program knows. A new one is a module here, a line below and a folder under `adapters/`;
docs/adapters.md leads through it."""

from bot.platforms.discord import DISCORD
from bot.platforms.kind import Kinds
from bot.platforms.slack import SLACK

PLATFORMS: Kinds = {kind.name: kind for kind in (SLACK, DISCORD)}
