"""People and roles, as Discord tells them."""

from adapters.discord.api import Api
from adapters.discord.errors import MISSING, UNKNOWN_MEMBER, UNKNOWN_USER
from adapters.discord.payloads import Payload, mapping, maybe
from core.language.effects import PersonProfile
from core.language.places import Identity
from core.ports import RefusedByPlatform

_PAGE = 1000
_NOBODY = frozenset({UNKNOWN_USER, UNKNOWN_MEMBER, "10004", "50001"}) | MISSING


async def profile(api: Api, person: Identity, guilds: list[str]) -> PersonProfile:
    """By the name that they have on one of the desk's servers, else by their own. Raises a DeliveryError."""
    for guild in guilds:
        try:
            found = await api.call("GET", "/guilds/{guild_id}/members/{user_id}", guild_id=guild, user_id=person.user)
        except RefusedByPlatform as error:
            if error.code not in _NOBODY:
                raise
            continue
        return _profile(person, mapping(found, "user"), maybe(found, "nick"))
    try:
        return _profile(person, await api.call("GET", "/users/{user_id}", user_id=person.user), None)
    except RefusedByPlatform as error:
        if error.code not in _NOBODY:
            raise
        return PersonProfile(person, name=person.user)


def _profile(person: Identity, user: Payload, nick: str | None) -> PersonProfile:
    name = nick or maybe(user, "global_name") or maybe(user, "username") or person.user
    return PersonProfile(person, name=name, is_bot=user.get("bot") is True)


async def members(api: Api, role: str, guilds: list[str]) -> tuple[str, ...]:
    """Everyone who has a role. Needs the members intent. Raises a DeliveryError."""
    out: list[str] = []
    for guild in guilds:
        after = "0"
        while True:
            params = {"limit": _PAGE, "after": after}
            page = await api.call("GET", "/guilds/{guild_id}/members", guild_id=guild, params=params)
            users = [(maybe(member, "user", "id"), member.get("roles") or ()) for member in page]
            out += [user for user, roles in users if user and role in roles]
            if len(page) < _PAGE:
                break
            after = max((user for user, _ in users if user), key=int, default=after)
    return tuple(out)
