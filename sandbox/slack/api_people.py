"""auth.*, bots.*, team.*, users.*, usergroups.*: who is who."""

from __future__ import annotations

from typing import Any

from sandbox.model import Person
from sandbox.seed import HOME
from sandbox.slack import messages, shapes
from sandbox.slack.api_conversations import paged
from sandbox.slack.args import Args
from sandbox.slack.errors import SlackError
from sandbox.slack.server import SlackServer

Json = dict[str, Any]


def api_test(slack: SlackServer, args: Args) -> Json:
    if args.text("error"):
        raise SlackError(args.text("error"), args=args.values)
    return {"args": args.values} if args.values else {}


def auth_test(slack: SlackServer, args: Args) -> Json:
    home = slack.world.workspaces[HOME]
    return {
        "url": f"{slack.base_url}/",
        "team": home.name,
        "user": slack.bot.handle,
        "team_id": HOME,
        "user_id": slack.bot.id,
        "bot_id": slack.bot.bot,
        "is_enterprise_install": False,
    }


def connections_open(slack: SlackServer, args: Args) -> Json:
    if slack.settings.slack_events_url:
        raise SlackError("socket_mode_not_enabled")
    address = slack.base_url.replace("http", "ws", 1)
    return {"url": f"{address}/slack/socket?ticket={slack.tickets.socket()}&app_id={slack.bot.app}"}


def bots_info(slack: SlackServer, args: Args) -> Json:
    bot_id = args.text("bot")
    if not bot_id:
        raise SlackError("bot_not_found")
    for person in slack.world.people.values():
        if person.bot == bot_id:
            return {"bot": messages.bot_profile(person, slack.world.clock.now())}
    raise SlackError("bot_not_found")


def team_info(slack: SlackServer, args: Args) -> Json:
    workspace = slack.world.workspaces.get(args.text("team") or HOME)
    if workspace is None:
        raise SlackError("team_not_found")
    return {
        "team": {
            "id": workspace.id,
            "name": workspace.name,
            "url": f"{slack.base_url}/",
            "domain": workspace.domain,
            "email_domain": "",
            "icon": {"image_default": True},
            "avatar_base_url": "",
            "is_verified": False,
        }
    }


def _shown(slack: SlackServer, person: Person) -> Json:
    return shapes.user(slack.world, person, email=slack.manifest.grants("users:read.email"))


def user_info(slack: SlackServer, args: Args) -> Json:
    person = slack.world.people.get(args.needed("user", "user_not_found"))
    if person is None:
        raise SlackError("user_not_found")
    if not shapes.visible(slack.world, person):
        raise SlackError("user_not_visible")
    return {"user": _shown(slack, person)}


def users_list(slack: SlackServer, args: Args) -> Json:
    people = [one for one in slack.world.people.values() if shapes.visible(slack.world, one)]
    page, meta = paged(args, people, default=1_000)
    return {"members": [_shown(slack, one) for one in page], "cache_ts": int(slack.world.clock.now())} | meta


def by_email(slack: SlackServer, args: Args) -> Json:
    email = args.needed("email", "users_not_found").lower()
    for person in slack.world.people.values():
        if person.email is not None and person.email.lower() == email and person.workspace == HOME:
            return {"user": _shown(slack, person)}
    raise SlackError("users_not_found")


def usergroups_list(slack: SlackServer, args: Args) -> Json:
    members, disabled = args.flag("include_users"), args.flag("include_disabled")
    groups = [
        one for one in slack.world.usergroups.values() if one.workspace == HOME and (disabled or not one.disabled)
    ]
    return {"usergroups": [shapes.usergroup(one, members=members) for one in groups]}


def usergroup_members(slack: SlackServer, args: Args) -> Json:
    group = slack.world.usergroups.get(args.needed("usergroup", "no_such_subteam"))
    if group is None or (group.disabled and not args.flag("include_disabled")):
        raise SlackError("no_such_subteam")
    return {"users": list(group.members)}
