"""What Slack's refusals mean for an effect: applied or not, for now or for good
(https://docs.slack.dev/reference/methods lists each method's errors)."""

import asyncio
import math
from collections.abc import Mapping
from typing import Any, Final

import aiohttp
from slack_sdk.errors import SlackApiError

from adapters.slack.refusals import REVOKED
from core.ports import DeliveryError, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked

GONE: Final = frozenset({"channel_not_found", "is_archived", "is_inactive", "not_in_channel"})
# Slack's own trouble. It says of these that the request may have been carried out in part.
UNKNOWN: Final = frozenset(
    {"fatal_error", "internal_error", "request_timeout", "service_unavailable", "team_added_to_org"}
)
LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
UNKNOWN_METHOD: Final = "unknown_method"

# When a 429 does not say how long: Slack's limits are per minute.
_RETRY_AFTER: Final = 30.0


def is_missing_method(error: DeliveryError) -> bool:
    return isinstance(error, RefusedByPlatform) and error.code == UNKNOWN_METHOD


def from_exception(error: Exception) -> DeliveryError:
    """The port's error for whatever a call raised."""
    match error:
        case DeliveryError():
            return error
        case SlackApiError():
            response = error.response
            status: int = getattr(response, "status_code", 0) or getattr(response, "status", 0)
            data = getattr(response, "data", None)
            return from_response(status, getattr(response, "headers", {}), data)
        case aiohttp.ClientConnectorError() | aiohttp.ConnectionTimeoutError():
            return NotSent("not_connected", str(error))
        case aiohttp.InvalidURL():
            return RefusedByPlatform("invalid_url", str(error))
        case asyncio.TimeoutError():
            return OutcomeUnknown("timeout")
        case _:
            # Resets, a server that hung up, an answer that could not be read.
            return OutcomeUnknown("no_answer", f"{type(error).__name__}: {error}"[:200])


def from_response(status: int, headers: Mapping[str, Any], data: Any) -> DeliveryError:
    """The port's error for an answer that is not `ok`."""
    code = data.get("error") if isinstance(data, Mapping) else None
    if status == 429 or code in LIMITED:
        return RateLimited(retry_after(headers))
    if status >= 500 and status != 501:
        return OutcomeUnknown(code if isinstance(code, str) and code else f"http_{status}")
    if status in (404, 405, 501) and not (isinstance(data, Mapping) and "ok" in data):
        # Slack answers 200 even for what it does not know; these come from a server that has no such method.
        return RefusedByPlatform(UNKNOWN_METHOD, f"http {status}")
    if isinstance(code, str) and code:
        return _refusal(code, data)
    if 400 <= status < 500 and status != 408:
        # Turned away by something on the way (a proxy, a firewall): Slack itself answers in JSON.
        return NotSent(f"http_{status}")
    return OutcomeUnknown("unreadable_answer", f"http {status}")


def _refusal(code: str, data: Mapping[str, Any]) -> DeliveryError:
    detail = _detail(data)
    if code in REVOKED:
        return Revoked(code, detail)
    if code in UNKNOWN:
        return OutcomeUnknown(code, detail)
    return RefusedByPlatform(code, detail, gone=code in GONE)


def _detail(data: Mapping[str, Any]) -> str:
    """What Slack says beside the code: the scope that is missing, the block that is wrong."""
    if data.get("needed"):
        return f"needs the scope {data['needed']}"
    metadata = data.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    found = data.get("errors") or messages or ""
    return "; ".join(map(str, found))[:300] if isinstance(found, list) else str(found)[:300]


def retry_after(headers: Mapping[str, Any]) -> float:
    try:
        seconds = float(headers.get("Retry-After", ""))
    except (TypeError, ValueError):
        return _RETRY_AFTER
    return min(max(seconds, 0.1), 3600.0) if math.isfinite(seconds) else _RETRY_AFTER
