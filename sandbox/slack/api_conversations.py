"""conversations.*: places and what was said in them."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from itertools import islice
from typing import Any, Final

from sandbox.model import Channel
from sandbox.slack import messages, shapes
from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.server import HISTORY_SCOPES, READ_SCOPES, SlackServer

Json = dict[str, Any]

_KINDS: Final = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


def cursor_of(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def read_cursor(args: Args, prefix: str) -> str:
    """What stood behind `prefix` in the cursor; empty without one. Raises invalid_cursor."""
    raw = args.text("cursor")
    if not raw:
        return ""
    try:
        text = base64.b64decode(raw, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise SlackError("invalid_cursor") from None
    if not text.startswith(prefix):
        raise SlackError("invalid_cursor")
    return text.removeprefix(prefix)


def paged(args: Args, items: list[Any], default: int = 100, most: int = 1_000) -> tuple[list[Any], Json]:
    """One page of a list, and the response_metadata with the cursor to the next."""
    limit = args.number("limit", default, most)
    raw = read_cursor(args, "offset:")
    start = int(raw) if raw.isdigit() else 0
    more = start + limit < len(items)
    cursor = cursor_of(f"offset:{start + limit}") if more else ""
    return items[start : start + limit], {"response_metadata": {"next_cursor": cursor}}


def _listed(slack: SlackServer, args: Args) -> list[Channel]:
    kinds = args.names("types") or ["public_channel"]
    if any(kind not in _KINDS for kind in kinds):
        raise SlackError("invalid_types")
    wanted = {_KINDS[kind] for kind in kinds} - {"mpim"}
    for kind in wanted:
        slack.need(READ_SCOPES[kind])
    hide_archived = args.flag("exclude_archived")
    return [
        channel for channel in slack.channels() if channel.kind in wanted and not (hide_archived and channel.archived)
    ]


def list_all(slack: SlackServer, args: Args) -> Json:
    mine = [one for one in _listed(slack, args) if one.kind == "public" or slack.bot.id in one.members]
    page, meta = paged(args, mine)
    shown = []
    for channel in page:
        shape = shapes.channel(slack.world, channel, slack.bot.id)
        if channel.kind != "im":
            shape["num_members"] = len(channel.members)
        shown.append(shape)
    return {"channels": shown} | meta


def list_mine(slack: SlackServer, args: Args) -> Json:
    """users.conversations: of the bot, or of `user` where the bot is too."""
    person = args.text("user") or slack.bot.id
    if person not in slack.world.people:
        raise SlackError("user_not_found")
    found = [
        one
        for one in _listed(slack, args)
        if person in one.members and (one.kind == "public" or slack.bot.id in one.members)
    ]
    page, meta = paged(args, found)
    return {"channels": [shapes.channel(slack.world, one, slack.bot.id) for one in page]} | meta


def info(slack: SlackServer, args: Args) -> Json:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    slack.need(READ_SCOPES[channel.kind])
    shape = shapes.channel(slack.world, channel, slack.bot.id)
    if args.flag("include_num_members"):
        shape["num_members"] = len(channel.members)
    return {"channel": shape}


def members(slack: SlackServer, args: Args) -> Json:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    slack.need(READ_SCOPES[channel.kind])
    page, meta = paged(args, channel.members)
    return {"members": page} | meta


def open_direct(slack: SlackServer, args: Args) -> Json:
    slack.need("im:write")
    given = args.text("channel")
    if given:
        channel = slack.channel(given)
    else:
        people = args.names("users")
        if not people:
            raise SlackError("users_list_not_supplied")
        if len(people) > 1:
            slack.need("mpim:write")
            raise SlackError("method_not_supported_for_channel_type")
        person = slack.world.people.get(people[0])
        if person is None or person.deleted:
            raise SlackError("user_not_found")
        if not shapes.visible(slack.world, person):
            raise SlackError("user_not_visible")
        if person.bot is not None:
            raise SlackError("cannot_dm_bot")
        channel = slack.direct_channel(person)
    if args.flag("return_im"):
        return {"channel": shapes.channel(slack.world, channel, slack.bot.id)}
    return {"channel": {"id": channel.id}}


def join(slack: SlackServer, args: Args) -> Json:
    slack.need("channels:join")
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    if channel.kind != "public":
        raise SlackError("method_not_supported_for_channel_type")
    if channel.archived:
        raise SlackError("is_archived")
    new = slack.world.join(channel.id, slack.bot.id)
    answer: Json = {"channel": shapes.channel(slack.world, channel, slack.bot.id)}
    return answer if new else answer | {"warning": "already_in_channel"}


def leave(slack: SlackServer, args: Args) -> Json:
    channel = slack.channel(args.needed("channel", "channel_not_found"))
    if not slack.world.leave(channel.id, slack.bot.id):
        return {"not_in_channel": True}
    return {}


def history(slack: SlackServer, args: Args) -> Json:
    """Newest first, whatever bounds are given, as Slack documents it; a cursor leads to older ones."""
    channel = slack.member_channel(args.needed("channel", "channel_not_found"))
    slack.need(HISTORY_SCOPES[channel.kind])
    limit = args.number("limit", 100, 999)
    oldest = _moment(args, "oldest")
    latest = _moment(args, "latest")
    inclusive = args.flag("inclusive")
    below = read_cursor(args, "next_ts:")
    found = slack.world.history(channel.id, oldest, below or latest, inclusive=inclusive and not below)
    if below and inclusive and oldest:
        found = slack.world.history(channel.id, _just_before(oldest), below)
    some = list(islice(found, limit + 1))
    page = some[:limit]
    more = len(some) > limit
    metadata = args.flag("include_all_metadata")
    return {
        "messages": [messages.in_history(slack.world, one, slack.base_url, metadata=metadata) for one in page],
        "has_more": more,
        "pin_count": 0,
        "channel_actions_ts": None,
        "channel_actions_count": 0,
    } | ({"response_metadata": {"next_cursor": cursor_of(f"next_ts:{page[-1].id}")}} if more else {})


def replies(slack: SlackServer, args: Args) -> Json:
    """Oldest first; the root comes first on every page, as on Slack. A reply's own ts gives that reply alone."""
    channel = slack.member_channel(args.needed("channel", "channel_not_found"))
    slack.need(HISTORY_SCOPES[channel.kind])
    root_ts = args.needed("ts", "thread_not_found")
    world = slack.world
    root = world.find_message(channel.id, root_ts)
    if root is None:
        raise SlackError("thread_not_found")
    metadata = args.flag("include_all_metadata")

    def shown(ids: list[str]) -> list[Json]:
        return [
            messages.in_history(world, world.message(channel.id, one), slack.base_url, metadata=metadata) for one in ids
        ]

    if root.thread is not None:
        return {"messages": shown([root.id]), "has_more": False}
    limit = args.number("limit", 1_000, 1_000)
    inclusive = args.flag("inclusive")
    oldest, latest = _moment(args, "oldest"), _moment(args, "latest")
    above = read_cursor(args, "next_ts:")
    ids = world.replies(channel.id, root.id)
    low = (bisect_left if inclusive else bisect_right)(ids, oldest) if oldest else 0
    high = (bisect_right if inclusive else bisect_left)(ids, latest) if latest else len(ids)
    if above:
        low = max(low, bisect_left(ids, above))
    room = max(1, limit - 1)
    page = ids[low : min(high, low + room)]
    more = low + room < high
    cursor = {"response_metadata": {"next_cursor": cursor_of(f"next_ts:{ids[low + room]}")}} if more else {}
    return {"messages": shown([root.id, *page]), "has_more": more} | cursor


def _moment(args: Args, name: str) -> str:
    """A ts as ids are written, so that they compare as text; Slack takes any number of seconds."""
    raw = args.text(name)
    if not raw or raw == "0":
        return ""
    if raw == "now":
        return ""
    try:
        seconds, _, fraction = raw.partition(".")
        return f"{int(seconds):010d}.{(fraction or '0')[:6]:0<6}"
    except ValueError:
        raise SlackError(f"invalid_ts_{name}") from None


def _just_before(ts: str) -> str:
    seconds, _, micros = ts.partition(".")
    total = int(seconds) * 1_000_000 + int(micros) - 1
    return f"{total // 1_000_000:010d}.{total % 1_000_000:06d}"
