"""Slack's numbers, from its reference of Block Kit, messages and views."""

from typing import Final

BLOCKS_PER_MESSAGE: Final = 50
BLOCKS_PER_VIEW: Final = 100
BLOCK_ID: Final = 255
ACTION_ID: Final = 255
SECTION_TEXT: Final = 3_000
SECTION_FIELDS: Final = 10
FIELD_TEXT: Final = 2_000
HEADER_TEXT: Final = 150
CONTEXT_ELEMENTS: Final = 10
ACTIONS_ELEMENTS: Final = 25
CONTEXT_ACTIONS_ELEMENTS: Final = 5
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2_000
URL: Final = 3_000
OPTIONS: Final = 100
OPTION_TEXT: Final = 75
OPTION_VALUE: Final = 150
CHOICES: Final = 10
OVERFLOW_MIN: Final = 2
OVERFLOW_MAX: Final = 5
PLACEHOLDER: Final = 150
INPUT_LABEL: Final = 2_000
INPUT_VALUE: Final = 3_000
ALT_TEXT: Final = 2_000
IMAGE_TITLE: Final = 2_000
MARKDOWN_TEXT: Final = 12_000
TABLE_ROWS: Final = 100
TABLE_CELLS: Final = 20

VIEW_TITLE: Final = 24
VIEW_BUTTON: Final = 24
PRIVATE_METADATA: Final = 3_000
CALLBACK_ID: Final = 255
EXTERNAL_ID: Final = 255
VIEWS_IN_STACK: Final = 3

MESSAGE_TEXT: Final = 40_000
"""Longer texts of a new message are cut there."""
UPDATE_TEXT: Final = 4_000
"""Longer texts are refused by chat.update."""
ALL_BLOCKS_TEXT: Final = 13_200
"""Above about this many characters in all blocks of a message together Slack answers msg_blocks_too_long."""
METADATA_BYTES: Final = 8_000
ATTACHMENTS: Final = 100
REACTIONS_PER_MESSAGE: Final = 23

RESPONSE_URL_USES: Final = 5
RESPONSE_URL_SECONDS: Final = 30 * 60
