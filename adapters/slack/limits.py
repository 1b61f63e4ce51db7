"""Slack's numbers: https://docs.slack.dev/reference/block-kit and https://docs.slack.dev/apis/web-api/rate-limits.

Lengths are counted here in UTF-16 units, which is never less than what Slack may count, whichever unit it uses.
"""

from collections.abc import Mapping
from typing import Final

from core.ports import MethodRate

MESSAGE_BLOCKS: Final = 50
VIEW_BLOCKS: Final = 100
SECTION_TEXT: Final = 3000
SECTION_FIELDS: Final = 10
FIELD_TEXT: Final = 2000
HEADER_TEXT: Final = 150
ACTION_ELEMENTS: Final = 25
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
ACTION_ID: Final = 255
BLOCK_ID: Final = 255
URL: Final = 3000
OPTIONS: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
OVERFLOW_OPTIONS: Final = 5
# The reference says "minimum 1" in one place and two elsewhere; two is what every server takes.
OVERFLOW_LEAST: Final = 2
CONFIRM_TITLE: Final = 100
CONFIRM_TEXT: Final = 300
CONFIRM_BUTTON: Final = 30
PLACEHOLDER: Final = 150
INPUT_LABEL: Final = 2000
INPUT_TEXT: Final = 3000
VIEW_TITLE: Final = 24
VIEW_BUTTON: Final = 24
PRIVATE_METADATA: Final = 3000
SENDER: Final = 80
# Beside blocks the text is a notification, and all that a server without blocks shows. chat.postMessage cuts at 40,000,
# but chat.update refuses more than 4,000. A new post says as much as its blocks.
FALLBACK_TEXT: Final = 3000
POST_TEXT: Final = 12_500
# All blocks of a message together fail near 13,200 characters (msg_blocks_too_long, undocumented).
ALL_BLOCKS: Final = 12_500
# Of a post that is sure to show all of its text: a section less than what a message holds, for the small print below.
TEXT_SECTIONS: Final = 3
FILE_COMMENT: Final = 3000

# Slack's tiers are per method and workspace; posting is about one a second in each channel. Bursts above a rate are
# answered with 429, so these stay a little under what is documented.
RATES: Final[Mapping[str, MethodRate]] = {
    "post": MethodRate(3, 3.0, "channel"),
    "ephemeral": MethodRate(90, 60.0, "connection"),
    "dm": MethodRate(3, 3.0, "channel"),
    "update": MethodRate(45, 60.0, "connection"),
    "delete": MethodRate(45, 60.0, "connection"),
    "react": MethodRate(45, 60.0, "connection"),
    "unreact": MethodRate(18, 60.0, "connection"),
    "upload": MethodRate(3, 3.0, "channel"),
    "publish_home": MethodRate(90, 60.0, "connection"),
    "fetch_person": MethodRate(90, 60.0, "connection"),
    "fetch_group": MethodRate(18, 60.0, "connection"),
    "fetch_file": MethodRate(90, 60.0, "connection"),
    "backfill_thread": MethodRate(45, 60.0, "connection"),
}


def units(text: str) -> int:
    """UTF-16 units: what JavaScript and Java call a string's length."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2
