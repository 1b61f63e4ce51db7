"""What a Web API method answers when it cannot."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """`code` is Slack's word (`channel_not_found`); `more` goes beside it into the answer."""

    def __init__(self, code: str, *, messages: list[str] | None = None, **more: Any) -> None:
        super().__init__(code)
        self.code = code
        self.more = more
        if messages:
            self.more["response_metadata"] = {"messages": messages}


class RateLimited(SlackError):
    """HTTP 429; `seconds` is what `Retry-After` says, whole and at least 1."""

    def __init__(self, seconds: int) -> None:
        super().__init__("ratelimited")
        self.seconds = seconds
