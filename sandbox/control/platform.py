"""The platform's own moods: the app's websockets, its token, events that nobody caused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.control.endpoint import BadRequest, Endpoint, Given
from sandbox.discord.gateway import CONTENT, GUILD_MEMBERS, PRESENCES
from sandbox.slack import events
from sandbox.slack.tickets import new_id

if TYPE_CHECKING:
    from sandbox.app import Sandbox

Json = dict[str, Any]

_DO_TO_SOCKET = ("kill", "half_open", "close", "warning", "refresh_requested")


def desk(sandbox: Sandbox, given: Given) -> Json:
    slack = sandbox.slack
    return {
        "connected": slack.connected,
        "way": "http" if slack.settings.slack_events_url else "socket",
        "events_url": slack.settings.slack_events_url or None,
        "last_ack": slack.last_ack,
        "connections": [
            {"id": one.id, "opened": one.opened, "half_open": one.frozen} for one in slack.socket_mode.connections
        ],
        "in_flight": sandbox.traffic.in_flight,
        "auth_error": slack.auth_error or None,
        "installed": slack.installed,
        "discord": {
            "connected": sandbox.discord.gateway.connected,
            "connections": [
                {"id": one.id, "opened": one.opened, "half_open": one.frozen, "session": one.session and one.session.id}
                for one in sandbox.discord.gateway.connections
            ],
            "last_beat": sandbox.discord.gateway.last_beat,
            "revoked": sandbox.discord.revoked,
        },
    }


async def discord_socket(sandbox: Sandbox, given: Given) -> Json:
    gateway = sandbox.discord.gateway
    do, which = given.needed("do"), given.text("connection")
    code = int(given.number("code", 4000))
    chosen = [one for one in gateway.connections if which in ("", one.id)]
    for connection in chosen:
        match do:
            case "kill":
                gateway.kill(connection)
            case "half_open":
                gateway.freeze(connection)
            case "close":
                await gateway.hang_up(connection, code)
            case "reconnect":
                gateway.ask_to_reconnect(connection)
            case "invalid_session":
                gateway.invalidate(connection)
            case other:
                raise BadRequest(f"do {other!r} is none of kill, half_open, close, reconnect, invalid_session")
    if given.flag("forget"):
        gateway.sessions.clear()
    return {"connections": [one.id for one in chosen]}


def discord_app(sandbox: Sandbox, given: Given) -> Json:
    discord = sandbox.discord
    intents = {"message_content": CONTENT, "members": GUILD_MEMBERS, "presences": PRESENCES}
    if "revoked" in given.values:
        discord.revoked = given.flag("revoked")
        if discord.revoked:
            for connection in discord.gateway.connections:
                connection.outgoing.put_nowait(4004)
    for name, bit in intents.items():
        if name in given.values:
            refused = discord.refused_intents
            discord.refused_intents = refused & ~bit if given.flag(name) else refused | bit
    if "closed_to" in given.values:
        discord.closed_to = {sandbox.world.person(str(one)).id for one in given.items("closed_to")}
    discord.active_threads = int(given.number("active_threads", discord.active_threads))
    gateway = discord.gateway
    gateway.refused_sessions = int(given.number("refused_sessions", gateway.refused_sessions))
    gateway.heartbeat_ms = int(given.number("heartbeat_ms", gateway.heartbeat_ms))
    return {
        "revoked": discord.revoked,
        "closed_to": sorted(discord.closed_to),
        "active_threads": discord.active_threads,
        "refused_sessions": gateway.refused_sessions,
        "heartbeat_ms": gateway.heartbeat_ms,
    } | {name: not discord.refused_intents & bit for name, bit in intents.items()}


async def socket(sandbox: Sandbox, given: Given) -> Json:
    socket_mode = sandbox.slack.socket_mode
    do, which = given.needed("do"), given.text("connection")
    if do not in _DO_TO_SOCKET:
        raise BadRequest(f"do {do!r} is none of {', '.join(_DO_TO_SOCKET)}")
    chosen = [one for one in socket_mode.connections if which in ("", one.id)]
    for connection in chosen:
        match do:
            case "kill":
                socket_mode.kill(connection)
            case "half_open":
                socket_mode.freeze(connection)
            case "close":
                await socket_mode.hang_up(connection)
            case reason:
                socket_mode.say_goodbye(connection, reason)
    return {"connections": [one.id for one in chosen]}


def token(sandbox: Sandbox, given: Given) -> Json:
    slack = sandbox.slack
    match given.needed("do"):
        case "revoke":
            event = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [slack.bot.id]}}
            events.send(slack, "tokens_revoked", event | {"event_ts": sandbox.world.stamp()[0]}, None)
            slack.auth_error = "token_revoked"
        case "deactivate":
            slack.auth_error = "account_inactive"
        case "uninstall":
            stamp = sandbox.world.stamp()[0]
            gone = {"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [slack.bot.id]}, "event_ts": stamp}
            events.send(slack, "tokens_revoked", gone, None)
            events.send(slack, "app_uninstalled", {"type": "app_uninstalled", "event_ts": stamp}, None)
            slack.auth_error = "account_inactive"
            slack.installed = False
        case "restore":
            slack.auth_error = ""
            slack.installed = True
        case other:
            raise BadRequest(f"do {other!r} is none of revoke, deactivate, uninstall, restore")
    return {"auth_error": slack.auth_error or None, "installed": slack.installed}


def raw_event(sandbox: Sandbox, given: Given) -> Json:
    event = given.record("event")
    if not isinstance(event.get("type"), str):
        raise BadRequest("event must be an object with a type")
    channel = sandbox.world.channels.get(given.text("channel") or str(event.get("channel", "")))
    delivery = events.delivery_of(sandbox.slack, event, channel)
    delivery.payload |= given.record("envelope")
    sandbox.slack.dispatcher.send(delivery)
    return {"event_id": delivery.payload["event_id"]}


async def verify(sandbox: Sandbox, given: Given) -> Json:
    if not sandbox.settings.slack_events_url:
        raise BadRequest("there is no events address: SANDBOX_SLACK_EVENTS_URL is not set")
    outcome = await sandbox.slack.http.verify(new_id("", 24))
    return {"ok": outcome.ok, "reason": outcome.reason, "answer": outcome.body}


ENDPOINTS = (
    Endpoint("GET", "/control/desk", "Whether the app is connected, and how", desk, {}, "`connected`, `last_ack`, …"),
    Endpoint(
        "POST",
        "/control/slack/socket",
        "Do something to the app's websockets",
        socket,
        {
            "do": "`kill`: cut; `half_open`: neither reads nor writes, stays open; `close`: properly; "
            "`warning`, `refresh_requested`: Slack's notes before it closes",
            "connection": "its id; all by default",
        },
        "`connections`",
    ),
    Endpoint(
        "POST",
        "/control/slack/token",
        "What the bot's token is worth",
        token,
        {"do": "`revoke`, `deactivate`, `uninstall` (with their events), `restore`"},
    ),
    Endpoint(
        "POST",
        "/control/slack/event",
        "Deliver an event as it is given, whatever the manifest says",
        raw_event,
        {"event": "the inner event", "channel": "", "envelope": "fields of the outer one to replace"},
        "`event_id`",
    ),
    Endpoint(
        "POST",
        "/control/discord/socket",
        "Do something to the app's gateway websockets",
        discord_socket,
        {
            "do": "`kill`: cut; `half_open`: neither reads nor writes; `close` with `code`; `reconnect`: opcode 7; "
            "`invalid_session`: opcode 9, the session is over",
            "code": "of the close; 4000",
            "connection": "its id; all by default",
            "forget": "true: sessions cannot be resumed any more",
        },
        "`connections`",
    ),
    Endpoint(
        "POST",
        "/control/discord/app",
        "What the app may: its token, its privileged intents, whose direct messages are open, how many threads",
        discord_app,
        {
            "revoked": "true: the token is worth nothing",
            "message_content": "false: not switched on, IDENTIFY with it ends with 4014",
            "members": "the same for members",
            "presences": "the same for presences",
            "closed_to": "people who take no direct messages (50007)",
            "active_threads": "the most that may be active; 1000",
            "refused_sessions": "so many more are ended at once, begun or resumed",
            "heartbeat_ms": "between heartbeats, for websockets from now on",
        },
        "all of these",
    ),
    Endpoint("POST", "/control/slack/verify", "Send url_verification to the events address", verify, {}, "`answer`"),
)
