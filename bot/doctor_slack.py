"""What is wrong between the desk and its Slack workspace, found by asking Slack. Methods that a server does not have
are passed over: a server that stands for Slack has only some."""

from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from adapters.slack.api import Api
from adapters.slack.errors import from_exception, is_missing_method
from adapters.slack.manifest import SCOPES
from bot.findings import Finding
from bot.settings import Settings
from core.language.places import Place
from core.language.policy import Policy
from core.ports import DeliveryError, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform, Revoked

_TIMEOUT = 10.0
# Seconds. Slack's signatures are refused beyond five minutes.
_SKEW_WARN, _SKEW_FAIL = 30.0, 240.0
_APPS = "https://api.slack.com/apps"


async def examine(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    token = settings.slack_bot_token
    api = Api(settings.slack_api_base, token.get_secret_value() if token else None, _TIMEOUT)
    try:
        known = False
        async for finding in _identity(api, settings):
            known = known or (finding.check == "slack token" and finding.state in ("ok", "warn"))
            yield finding
        if not known:
            return
        yield await _receiving(api, settings)
        if policy is None:
            return
        slack = {connection.id for connection in policy.connections if connection.platform == "slack"}
        for use in _channels(policy):
            if use.place.connection in slack:
                yield await _channel(api, use)
        for agent in policy.agents:
            for identity in agent.identities:
                if identity.connection in slack:
                    yield await _agent(api, agent.name, identity.user)
        for group in policy.agent_groups:
            if group.connection in slack:
                yield await _group(api, group.group)
    finally:
        await api.close()


# --- who we are ----------------------------------------------------------------------------------------------


async def _identity(api: Api, settings: Settings) -> AsyncIterator[Finding]:
    try:
        answer = await api.web.auth_test()
    except Exception as caught:
        error = from_exception(caught)
        yield Finding("slack token", "fail", f"{api.url} says {error}", _token_remedy(error))
        return
    headers = {name.lower(): value for name, value in answer.headers.items()}
    who = f"{answer.get('user') or 'the app'} in {answer.get('team') or answer.get('team_id')}"
    if answer.get("bot_id"):
        yield Finding("slack token", "ok", who)
    else:
        remedy = "use the Bot User OAuth Token of OAuth & Permissions, it starts with xoxb-"
        yield Finding("slack token", "warn", f"{who}, and no bot's token", remedy)
    yield _scopes(headers.get("x-oauth-scopes", ""))
    yield _skew(headers.get("date", ""), signed=settings.slack_app_token is None)


def _token_remedy(error: DeliveryError) -> str:
    if isinstance(error, Revoked):
        return f"copy the Bot User OAuth Token of {_APPS} (OAuth & Permissions) into SLACK_BOT_TOKEN"
    if isinstance(error, NotSent | OutcomeUnknown):
        return "check SLACK_API_URL and this machine's way to the internet"
    return f"check the app at {_APPS}"


def _scopes(said: str) -> Finding:
    has = {scope.strip() for scope in said.split(",") if scope.strip()}
    if not has:
        return Finding("slack scopes", "skipped", "the server does not say which scopes the token has")
    missing = [scope for scope in SCOPES if scope not in has]
    if missing:
        remedy = f"replace the app's manifest at {_APPS} by that of deskhand manifest, then install the app again"
        return Finding("slack scopes", "fail", f"missing: {', '.join(missing)}", remedy)
    return Finding("slack scopes", "ok", f"all {len(SCOPES)} that the desk uses")


def _skew(said: str, *, signed: bool) -> Finding:
    """`signed`: requests come over HTTP, with a time in their signature."""
    try:
        theirs = parsedate_to_datetime(said)
    except ValueError:
        return Finding("clock", "skipped", "the server does not say what time it is")
    skew = (datetime.now(UTC) - theirs.astimezone(UTC)).total_seconds()
    detail = f"this machine is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} Slack"
    remedy = "let the machine follow a time server (timedatectl set-ntp true)"
    if abs(skew) > _SKEW_FAIL and signed:
        return Finding("clock", "fail", f"{detail}; signed requests are refused", remedy)
    if abs(skew) > _SKEW_WARN:
        return Finding("clock", "warn", detail, remedy)
    return Finding("clock", "ok", detail if abs(skew) >= 2 else "agrees with Slack's")


async def _receiving(api: Api, settings: Settings) -> Finding:
    if settings.slack_app_token is None:
        detail = f"over HTTP: Slack sends to /slack/events, which is at {settings.host}:{settings.port} here"
        return Finding("receiving", "ok", detail)
    app_token = settings.slack_app_token.get_secret_value()
    remedy = f"make an app-level token with connections:write at {_APPS} (Basic Information) for SLACK_APP_TOKEN"
    try:
        await api.call(api.web.apps_connections_open, app_token=app_token)
    except RefusedByPlatform as error:
        if is_missing_method(error):
            return Finding("receiving", "skipped", "the server has no apps.connections.open")
        if error.code == "socket_mode_not_enabled":
            remedy = f"turn on Socket Mode for the app at {_APPS}"
        return Finding("receiving", "fail", f"Socket Mode: {error}", remedy)
    except DeliveryError as error:
        return Finding("receiving", "fail", f"Socket Mode: {error}", remedy)
    both = "; HTTP stays closed, although SLACK_SIGNING_SECRET is set" if settings.slack_signing_secret else ""
    return Finding("receiving", "ok", f"over Socket Mode{both}")


# --- what desk.yaml names ------------------------------------------------------------------------------------


class _Use(NamedTuple):
    """`inside`: customers must not read there."""

    place: Place
    what: str
    inside: bool


def _channels(policy: Policy) -> Iterator[_Use]:
    for team in policy.teams:
        yield _Use(team.triage, f"triage of {team.id}", inside=True)
    for account in policy.accounts:
        for channel in account.channels:
            yield _Use(channel.place, f"customer {account.id}", inside=False)
    for digest in policy.digests:
        yield _Use(digest.to, f"digest {digest.id}", inside=True)


async def _channel(api: Api, use: _Use) -> Finding:
    name = f"channel {use.place.channel} ({use.what})"
    found = await _asked(name, api.call(api.web.conversations_info, channel=use.place.channel), _CHANNEL_REMEDIES)
    if isinstance(found, Finding):
        return found
    channel = found.get("channel") or {}
    called = f"#{channel.get('name') or use.place.channel}"
    if channel.get("is_archived"):
        return Finding(name, "fail", f"{called} is archived", "unarchive it, or name another channel in desk.yaml")
    if channel.get("is_member") is False:
        return Finding(name, "fail", f"the desk is not in {called}", f"type in {called}: /invite @ and the app's name")
    if use.inside and (channel.get("is_ext_shared") or channel.get("is_pending_ext_shared")):
        remedy = "name a channel in desk.yaml that only your own organisation reads"
        return Finding(name, "fail", f"{called} is shared with others, who would read what is internal", remedy)
    return Finding(name, "ok", f"the desk is in {called}")


async def _agent(api: Api, agent: str, user: str) -> Finding:
    name = f"agent {agent}"
    found = await _asked(name, api.call(api.web.users_info, user=user), _USER_REMEDIES)
    if isinstance(found, Finding):
        return found
    person = found.get("user") or {}
    if person.get("deleted"):
        return Finding(name, "fail", f"{user} is deactivated", "take the agent out of desk.yaml, or correct the id")
    if person.get("is_bot"):
        return Finding(name, "fail", f"{user} is a bot, and bots are no agents", "write a person's member id")
    if person.get("is_restricted") or person.get("is_ultra_restricted"):
        remedy = "see that a guest is meant to work on tickets"
        return Finding(name, "warn", f"{user} is a guest in the workspace", remedy)
    profile = person.get("profile") or {}
    shown = person.get("real_name") or profile.get("real_name") or person.get("name") or user
    return Finding(name, "ok", f"{user} is {shown}")


async def _group(api: Api, group: str) -> Finding:
    name = f"agents of {group}"
    found = await _asked(name, api.call(api.web.usergroups_users_list, usergroup=group), _GROUP_REMEDIES)
    if isinstance(found, Finding):
        return found
    count = len(found.get("users") or ())
    if not count:
        return Finding(name, "warn", "nobody is in this user group", "add the agents to the group in Slack")
    return Finding(name, "ok", f"{count} people")


_REINSTALL = f"replace the app's manifest at {_APPS} by that of deskhand manifest, then install the app again"
_CHANNEL_REMEDIES = {
    "channel_not_found": "correct the id in desk.yaml; if the channel is private, invite the app there first",
    "missing_scope": _REINSTALL,
}
_USER_REMEDIES = {
    "user_not_found": "correct the id in desk.yaml (Slack: profile, Copy member ID)",
    "user_not_visible": "correct the id in desk.yaml; the app cannot see this person",
    "missing_scope": _REINSTALL,
}
_GROUP_REMEDIES = {
    "no_such_subteam": "correct the id in desk.yaml (Slack: the group's page, Copy group ID)",
    "subteam_not_found": "correct the id in desk.yaml (Slack: the group's page, Copy group ID)",
    "missing_scope": _REINSTALL,
}


async def _asked(
    name: str, call: Awaitable[Mapping[str, Any]], remedies: Mapping[str, str]
) -> Mapping[str, Any] | Finding:
    """Slack's answer, or what its refusal means."""
    try:
        return await call
    except RateLimited as error:
        return Finding(name, "skipped", f"Slack wants us to wait {error.retry_after:g} s", "run doctor again later")
    except RefusedByPlatform as error:
        if is_missing_method(error):
            return Finding(name, "skipped", "the server cannot be asked this")
        return Finding(name, "fail", f"Slack says {error}", remedies.get(error.code, f"check the app at {_APPS}"))
    except DeliveryError as error:
        return Finding(name, "skipped", f"no answer: {error}", "run doctor again")
