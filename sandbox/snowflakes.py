"""Discord's ids: milliseconds since 2015 above 22 further bits. Source: docs.discord.com, Reference, Snowflakes."""

from __future__ import annotations

from typing import Final

EPOCH_MS: Final = 1_420_070_400_000
LOWEST: Final = 10**18
HIGHEST: Final = 2**63 - 1
"""Ids of the sandbox stay between these (2022-07 to 2084), so that all have 19 digits and compare as text."""


def fresh(now: float, issued: set[int]) -> str:
    """An id of that moment (epoch seconds) that is not in `issued`, which takes it in."""
    number = min(max((int(now * 1000) - EPOCH_MS) << 22, LOWEST), HIGHEST)
    while number in issued:
        number += 1
    issued.add(number)
    return str(number)


def seconds(snowflake: str) -> float:
    """The moment of an id, in epoch seconds."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000
