"""What is wrong between the desk and its Discord server, found by asking Discord. What a server cannot be asked is
passed over: one that stands for Discord has only some."""

from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import discord

from adapters.discord import commands
from adapters.discord import permissions as may
from adapters.discord.api import Api
from adapters.discord.connection import point_at
from adapters.discord.errors import from_exception
from bot.findings import Finding
from bot.settings import Settings
from core.language.places import Identity, Place
from core.language.policy import AgentGroup, Policy
from core.ports import DeliveryError, RateLimited, RefusedByPlatform, Revoked

_TIMEOUT: Final = 10.0
_APPS: Final = "https://discord.com/developers/applications"
# An application's flags: a privileged intent, or its limited form that small bots may switch on themselves.
_MEMBERS: Final = 1 << 14 | 1 << 15
_CONTENT: Final = 1 << 18 | 1 << 19
_TEXT, _NEWS, _FORUM, _MEDIA = 0, 5, 15, 16
# Sessions that a bot may still begin today; each start of the desk begins one.
_FEW_SESSIONS: Final = 50
# Answers of a server that does not have what was asked.
_UNKNOWN_METHOD: Final = frozenset({"http_404", "http_405", "http_501"})
_ID: Final = "correct the id in desk.yaml (Discord: developer mode, right click, Copy ID)"


async def examine(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    token = settings.discord_bot_token
    point_at(settings.discord_api_url, None)
    async with discord.Client(intents=discord.Intents.none()) as client:
        api = Api(lambda: client, _TIMEOUT)
        try:
            me = await client.http.static_login(token.get_secret_value() if token else "")
        except Exception as caught:
            yield _no_token(settings, from_exception(caught))
            return
        yield Finding("discord token", "ok", f"{me.get('username')}")
        uses = _uses(policy) if policy else []
        look = _Look(api, str(me["id"]), policy, uses)
        async for finding in look.application():
            yield finding
        async for finding in look.servers():
            yield finding
        for use in uses:
            yield await look.channel(use)
        for name, identity in look.agents():
            yield await look.agent(name, identity)
        for group in look.groups():
            yield look.role(group)


def _no_token(settings: Settings, error: DeliveryError) -> Finding:
    if isinstance(error, Revoked):
        remedy = f"reset the token on the Bot page of your application at {_APPS}, and set DISCORD_BOT_TOKEN to it"
    else:
        remedy = "check DISCORD_API_URL and this machine's way to the internet"
    return Finding("discord token", "fail", f"{settings.discord_api_url} says {error}", remedy)


class _Use(NamedTuple):
    """`inside`: customers must not read there. `form`: a panel stands there."""

    place: Place
    what: str
    inside: bool
    form: bool = False


def _uses(policy: Policy) -> list[_Use]:
    found = [_Use(team.triage, f"triage of {team.id}", inside=True) for team in policy.teams]
    for account in policy.accounts:
        for channel in account.channels:
            what = f"customer {account.id}"
            found.append(_Use(channel.place, what, inside=False, form=channel.intake == "form"))
    found += [_Use(digest.to, f"digest {digest.id}", inside=True) for digest in policy.digests]
    return [use for use in found if policy.platform_of.get(use.place.connection) == "discord"]


class _Look:
    """What was learnt so far: the servers that the desk is in, by id."""

    def __init__(self, api: Api, me: str, policy: Policy | None, uses: list[_Use]) -> None:
        self._api = api
        self._me = me
        self._policy = policy
        self._uses = uses
        self._guilds: dict[str, Mapping[str, Any]] = {}
        self._members: dict[str, Mapping[str, Any]] = {}

    # --- the application

    async def application(self) -> AsyncIterator[Finding]:
        app = await _asked("discord intents", self._api.call("GET", "/applications/@me"))
        if isinstance(app, Finding):
            yield app
            return
        yield self._intents(int(app.get("flags") or 0))
        known = await _asked("discord commands", self._api.call("GET", f"/applications/{app['id']}/commands"))
        if isinstance(known, Finding):
            yield known
        elif commands.are_known(known):
            yield Finding("discord commands", "ok", "/ticket and the message menus are as this version has them")
        else:
            detail = "Discord knows other commands than this version has"
            yield Finding("discord commands", "warn", detail, "start the desk, which tells Discord of them")
        wanted = {name for use in self._uses for name in (may.FORM if use.form else may.TEXT)} or set(may.TEXT)
        yield Finding("discord invite", "ok", may.invitation(str(app["id"]), sorted(wanted)))

    def _intents(self, flags: int) -> Finding:
        missing = []
        if not flags & _CONTENT:
            missing.append("Message Content (else the desk reads only direct messages, mentions and message menus)")
        if self.groups() and not flags & _MEMBERS:
            missing.append("Server Members (a role makes agents)")
        if missing:
            remedy = f"switch it on under Privileged Gateway Intents, on the Bot page of your application at {_APPS}"
            return Finding("discord intents", "fail", f"off: {'; '.join(missing)}", remedy)
        return Finding("discord intents", "ok", "those that the desk needs are on")

    # --- the server

    async def servers(self) -> AsyncIterator[Finding]:
        sessions = await _asked("discord sessions", self._api.call("GET", "/gateway/bot"))
        if isinstance(sessions, Finding):
            yield sessions
        else:
            yield _sessions(sessions.get("session_start_limit") or {})
        found = await _asked("discord server", self._api.call("GET", "/users/@me/guilds"))
        if isinstance(found, Finding):
            yield found
            return
        if not found:
            yield Finding("discord server", "fail", "the bot is in no server", "open the address of “discord invite”")
        for one in found:
            yield await self._server(str(one["id"]))

    async def _server(self, guild: str) -> Finding:
        data = await _asked("discord server", self._api.call("GET", f"/guilds/{guild}"))
        if isinstance(data, Finding):
            return data
        member = await _asked("discord server", self._api.call("GET", f"/guilds/{guild}/members/{self._me}"))
        if isinstance(member, Finding):
            return member
        self._guilds[guild], self._members[guild] = data, member
        name = f"in {data.get('name') or guild}"
        mine = [role for role in data.get("roles") or () if role["id"] in (member.get("roles") or ())]
        if any(int(role["permissions"]) & may.ADMINISTRATOR for role in mine):
            remedy = "take Administrator off its role, and give it what “discord invite” asks for"
            return Finding(
                "discord server", "warn", f"{name}, as an administrator, which is more than it needs", remedy
            )
        above = self._agents_above(data, max((int(role["position"]) for role in mine), default=0))
        if above:
            remedy = "in Server Settings, Roles, move the desk's role above it: a bot acts on nobody above itself"
            return Finding("discord server", "warn", f"{name}, its role below {', '.join(above)}", remedy)
        return Finding("discord server", "ok", name)

    def _agents_above(self, guild: Mapping[str, Any], position: int) -> list[str]:
        wanted = {group.group for group in self.groups()}
        roles = guild.get("roles") or ()
        return [str(one["name"]) for one in roles if one["id"] in wanted and int(one["position"]) > position]

    # --- what desk.yaml names

    async def channel(self, use: _Use) -> Finding:
        name = f"channel {use.place.channel} ({use.what})"
        data = await _asked(name, self._api.channel(use.place.channel), _CHANNEL_REMEDIES)
        if isinstance(data, Finding):
            return data
        called = f"#{data.get('name') or use.place.channel}"
        kind, guild = data.get("type"), str(data.get("guild_id"))
        is_forum = kind in (_FORUM, _MEDIA)
        if kind not in (_TEXT, _NEWS, _FORUM, _MEDIA):
            return Finding(name, "fail", f"{called} is no text channel and no forum", "name one of these in desk.yaml")
        if is_forum and (use.inside or use.form):
            why = "a panel" if use.form else "the team"
            return Finding(name, "fail", f"{called} is a forum, and {why} needs a text channel", "name another channel")
        if guild not in self._guilds:
            return Finding(name, "skipped", f"what may be done in {called} cannot be seen")
        held = may.held(self._guilds[guild], self._members[guild], data)
        wanted = may.FORM if use.form else may.FORUM if is_forum else may.TEXT
        missing = [one for one in wanted if not held & may.NAMES[one]]
        if missing:
            remedy = f"allow it for the desk's role in the permissions of {called}"
            return Finding(name, "fail", f"not allowed in {called}: {', '.join(missing)}", remedy)
        if use.inside and may.everyone_reads(self._guilds[guild], data):
            remedy = "make the channel private, for the team and the desk alone"
            return Finding(name, "fail", f"everybody on the server reads {called}, and what is internal there", remedy)
        if is_forum and not held & may.NAMES[may.FORUM_TAGS]:
            remedy = "make the tags by hand (New, Open, Waiting for you, …), or allow Manage Channels there"
            return Finding(name, "warn", f"the desk may not make tags in {called}", remedy)
        return Finding(name, "ok", f"the desk may do in {called} what it has to")

    def agents(self) -> Iterator[tuple[str, Identity]]:
        policy = self._policy
        for agent in policy.agents if policy else ():
            for identity in agent.identities:
                if policy and policy.platform_of.get(identity.connection) == "discord":
                    yield agent.name, identity

    def groups(self) -> list[AgentGroup]:
        policy = self._policy
        found = policy.agent_groups if policy else ()
        return [group for group in found if policy and policy.platform_of.get(group.connection) == "discord"]

    async def agent(self, agent: str, identity: Identity) -> Finding:
        name = f"agent {agent}"
        for guild in self._guilds:
            path = f"/guilds/{guild}/members/{identity.user}"
            found = await _asked(name, self._api.call("GET", path), {"10007": "", "10013": ""})
            if isinstance(found, Finding):
                if found.state == "fail" and not found.remedy:
                    continue
                return found
            user = found.get("user") or {}
            if user.get("bot"):
                return Finding(name, "fail", f"{identity.user} is a bot, and bots are no agents", "write a person's id")
            shown = found.get("nick") or user.get("global_name") or user.get("username")
            return Finding(name, "ok", f"{identity.user} is {shown}")
        return Finding(name, "fail", f"{identity.user} is on no server of the desk's", f"{_ID}, or invite them")

    def role(self, group: AgentGroup) -> Finding:
        name = f"agents of {group.group}"
        for data in self._guilds.values():
            for role in data.get("roles") or ():
                if role["id"] == group.group:
                    if role["id"] == data.get("id"):
                        return Finding(name, "fail", "this is everybody's role, customers' too", "make one for agents")
                    return Finding(name, "ok", f"the role {role.get('name')}")
        return Finding(name, "fail", "no server of the desk's has this role", _ID)


def _sessions(limit: Mapping[str, Any]) -> Finding:
    remaining, total = limit.get("remaining"), limit.get("total")
    if not isinstance(remaining, int):
        return Finding("discord sessions", "skipped", "the server does not say how often a bot may connect")
    detail = f"{remaining} of {total} left today"
    if remaining < _FEW_SESSIONS:
        return Finding("discord sessions", "warn", detail, "find out what starts the bot so often; see the desk's log")
    return Finding("discord sessions", "ok", detail)


_CHANNEL_REMEDIES = {
    "10003": _ID,
    "50001": "allow View Channel for the desk's role there",
}


async def _asked(name: str, call: Awaitable[Any], remedies: Mapping[str, str] | None = None) -> Any:
    """Discord's answer, or the Finding that its refusal is."""
    try:
        return await call
    except RateLimited as error:
        return Finding(name, "skipped", f"Discord wants us to wait {error.retry_after:g} s", "run doctor again later")
    except RefusedByPlatform as error:
        if error.code in _UNKNOWN_METHOD:
            return Finding(name, "skipped", "the server cannot be asked this")
        remedy = (remedies or {}).get(error.code, f"check the application at {_APPS}")
        return Finding(name, "fail", f"Discord says {error}", remedy)
    except DeliveryError as error:
        return Finding(name, "skipped", f"no answer: {error}", "run doctor again")
