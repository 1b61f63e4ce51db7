"""What in a Slack payload notifies somebody."""

import re
from typing import Any

from support.block_kit import texts

# Slack's control sequences: nothing else between angle brackets means more than a link.
_CONTROL = re.compile(r"<([@#!][^>]*)>?")
_KEYWORD = re.compile(r"@(?:here|channel|everyone)", re.IGNORECASE)
_DATE = re.compile(r"!date\^\d+\^[{}a-z_ ]+\|[^<>|]*")
_CHANNEL = re.compile(r"#[A-Za-z0-9]+")


def live(value: Any) -> list[str]:
    """Whatever in a payload notifies somebody or could."""
    found = []
    for kind, text in texts(value):
        inner = _CONTROL.findall(text)
        if kind == "mrkdwn":
            inner = [one for one in inner if not _DATE.fullmatch(one) and not _CHANNEL.fullmatch(one)]
        found += inner + _KEYWORD.findall(text)
    return found


def of_text(text: str) -> list[str]:
    return live({"type": "mrkdwn", "text": text})
