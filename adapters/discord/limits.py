"""Discord's numbers: https://docs.discord.com/developers/reference and …/components/reference.

Lengths are counted here in UTF-16 units, which is never less than what Discord may count, whichever unit it uses.
"""

from collections.abc import Mapping
from typing import Final

from core.ports import MethodRate

CONTENT: Final = 2000
# All text displays of a message together, and all its components, nested ones included.
ALL_TEXT: Final = 4000
# Of a post that is sure to show all of its text, also on a server where that must be its content: what is left for the
# name above it and the small print below.
TEXT: Final = CONTENT - 300
SENDER: Final = 80
COMPONENTS: Final = 40
ROW_BUTTONS: Final = 5
CUSTOM_ID: Final = 100
BUTTON_LABEL: Final = 80
URL: Final = 512
OPTIONS: Final = 25
OPTION_TEXT: Final = 100
PLACEHOLDER: Final = 150
THREAD_NAME: Final = 100
# Of a forum's tags: their names, how many there are, how many a post has.
TAG_NAME: Final = 20
TAGS: Final = 20
POST_TAGS: Final = 5
NONCE: Final = 25
PAGE: Final = 100
FILE_NAME: Final = 200
MODAL_TITLE: Final = 45
MODAL_INPUTS: Final = 5
INPUT_LABEL: Final = 45
INPUT_DESCRIPTION: Final = 100
INPUT_PLACEHOLDER: Final = 100
INPUT_TEXT: Final = 4000
CHOICE_NAME: Final = 100
DESCRIPTION: Final = 100

# Discord tells its limits by headers, and discord.py waits for them; these keep the desk from queueing there. They are
# what is observed: 5 messages in 5 s in a channel, a reaction each quarter of a second.
RATES: Final[Mapping[str, MethodRate]] = {
    "post": MethodRate(5, 5.0, "channel"),
    "ephemeral": MethodRate(5, 5.0, "channel"),
    "dm": MethodRate(5, 5.0, "channel"),
    "update": MethodRate(5, 5.0, "channel"),
    "delete": MethodRate(5, 1.0, "channel"),
    "react": MethodRate(3, 1.0, "channel"),
    "unreact": MethodRate(3, 1.0, "channel"),
    "upload": MethodRate(5, 5.0, "channel"),
    "set_thread": MethodRate(5, 2.0, "channel"),
    "fetch_person": MethodRate(20, 1.0, "connection"),
    "fetch_group": MethodRate(2, 1.0, "connection"),
    "fetch_file": MethodRate(20, 1.0, "connection"),
    "backfill_thread": MethodRate(2, 1.0, "connection"),
}


def carries(token: str, limit: int = CUSTOM_ID) -> bool:
    """Whether a `custom_id`, or an option's value, can hold a token: not empty, not too long, and text for JSON."""
    return bool(token.strip()) and units(token) <= limit and not any("\ud800" <= c <= "\udfff" for c in token)


def units(text: str) -> int:
    """UTF-16 units: what JavaScript calls a string's length."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
