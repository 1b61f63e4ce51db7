"""Reading Slack's JSON: times, ids, and what of a payload may be kept."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from core.language.places import Identity, MessageRef

Payload = Mapping[str, Any]

# Deeper than any payload of Slack's (a table in a rich text in a message in an event is about 20 deep).
DEEPEST: Final = 60
# Credentials of one request, of no use to anybody later.
_SECRETS: Final = frozenset({"token", "response_url", "response_urls", "trigger_id", "bot_access_token"})
# What `kept` adds: a stand-in for the trigger id, and the time of what has none.
INTERACTION: Final = "interaction_id"
RECEIVED: Final = "received_at"


@dataclass(frozen=True, slots=True)
class Me:
    """Who the desk is in a workspace, as `auth.test` says it; what is None nothing says. `name` is what people write
    after the @."""

    connection: str
    team: str | None
    user: str
    bot: str | None = None
    app: str | None = None
    name: str = "desk"


def string(value: Any, *path: str) -> str:
    """The string at a path of keys. Raises ValueError when there is none."""
    found = maybe(value, *path)
    if found is None:
        raise ValueError(f"no {'.'.join(path)} in the payload")
    return found


def maybe(value: Any, *path: str) -> str | None:
    """The string at a path of keys; None where it is absent, empty or something else."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) and value else None


def mapping(value: Any, *path: str) -> Payload:
    """The object at a path of keys; empty where there is none."""
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def sequence(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def moment(ts: str) -> datetime:
    """A ts as a time. Raises ValueError."""
    seconds, _, fraction = ts.partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11 and (not fraction or fraction.isdigit())):
        raise ValueError(f"{ts[:40]!r} is no Slack time")
    return datetime.fromtimestamp(int(seconds), UTC) + timedelta(microseconds=int(fraction[:6].ljust(6, "0")))


def order(ts: str) -> tuple[int, int]:
    """What sorts ts by time; a ts that is none comes first."""
    seconds, _, fraction = ts.partition(".")
    return (int(seconds), int(fraction or "0")) if seconds.isdigit() and (fraction or "0").isdigit() else (0, 0)


def thread_of(message: Payload, ts: str) -> str | None:
    """The root that a message hangs on; Slack gives a root its own ts once it has replies."""
    thread = maybe(message, "thread_ts")
    return thread if thread != ts else None


def ref_of(message: Payload, channel: str, me: Me) -> MessageRef:
    ts = string(message, "ts")
    moment(ts)
    return MessageRef(me.connection, channel, ts, thread_of(message, ts))


def is_direct(channel: str, kind: str | None) -> bool:
    """Whether a channel is one of direct messages; by its id where nothing says its kind."""
    return channel.startswith("D") if kind is None else kind == "im"


def home_of(team: str | None, me: Me) -> str | None:
    """The workspace that somebody is of, unless it is the desk's own or nothing says which that is."""
    return None if me.team in (None, team) else team


def author_of(message: Payload, me: Me) -> Identity | None:
    user = maybe(message, "user") or maybe(message, "bot_id")
    return Identity(me.connection, user) if user else None


def is_ours(message: Payload, me: Me, app: str | None) -> bool:
    """Whether the desk itself wrote a message. `app` is the app that the payload was sent to."""
    apps = {app, me.app} - {None}
    return (
        maybe(message, "user") == me.user
        or (me.bot is not None and maybe(message, "bot_id") == me.bot)
        or bool(apps & {maybe(message, "app_id"), maybe(message, "bot_profile", "app_id")})
    )


def digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def interaction_of(payload: Payload) -> str:
    """What makes two deliveries of one press the same: a digest of the trigger id, which is a credential itself, and of
    what was done, for servers whose trigger id is the same each time. Those that give none are taken at their response
    URL, else at the whole payload. A form is the same as long as it is open: who is told that sending it did not work
    sends it again, with another trigger id."""
    kept_id = maybe(payload, INTERACTION)
    if kept_id:
        return kept_id
    form = maybe(payload, "view", "id") if maybe(payload, "type") == "view_submission" else None
    unique = form or maybe(payload, "trigger_id") or maybe(payload, "response_url")
    return digest(unique or "", json.dumps(_done(payload) if unique else payload, sort_keys=True, default=str))


def _done(payload: Payload) -> list[Any]:
    """Who did what to what: the parts of an interaction that are the same in each delivery of it."""
    action, view = next(iter(sequence(payload, "actions")), None), mapping(payload, "view")
    return [
        *(maybe(payload, key) for key in ("type", "command", "text", "user_id", "channel_id", "callback_id", "value")),
        *(maybe(payload, key, "id") for key in ("user", "channel")),
        maybe(payload, "message", "ts") or maybe(payload, "container", "message_ts"),
        *(maybe(action, key) for key in ("action_id", "value")),
        maybe(action, "selected_option", "value"),
        *(maybe(view, key) for key in ("id", "private_metadata")),
        mapping(view, "state"),
    ]


def kept(payload: Payload, **extra: Any) -> Payload:
    """A payload without credentials and without what no database takes (NUL, lone surrogates, infinite numbers).
    Raises ValueError for one that is too deep to be Slack's."""
    return {**_scrubbed(dict(payload), 0), **extra}


def _scrubbed(value: Any, depth: int) -> Any:
    """For what JSON is read into: each event passes here, so keys are not taken for values and no abstract class is
    asked."""
    match value:
        case str():
            return _storable(value)
        case dict():
            if depth == DEEPEST:
                raise ValueError("the payload is too deep")
            return {_storable(key): _scrubbed(inner, depth + 1) for key, inner in value.items() if key not in _SECRETS}
        case list():
            if depth == DEEPEST:
                raise ValueError("the payload is too deep")
            return [_scrubbed(inner, depth + 1) for inner in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value


def _storable(text: str) -> str:
    if text.isascii():
        return text.replace("\x00", "") if "\x00" in text else text
    return text.replace("\x00", "").encode("utf-8", "ignore").decode("utf-8")
