"""What can refuse a start is looked at before what takes its time to load and before anything is written, so that it is
told at once and leaves nothing behind. A platform that cannot be asked now refuses nothing: its adapter asks again,
with more patience."""

import asyncio
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
from pydantic import SecretStr

from adapters.discord import refusals as discord
from adapters.slack import refusals as slack
from bot.clock import DeskClock, adopt
from bot.folders import SOCKET, no_database_file, writable
from bot.http import bind
from bot.platforms import PLATFORMS
from bot.settings import Settings
from core.desk import starting
from core.language.errors import BadConfig
from core.language.places import Place
from core.language.policy import Policy
from core.store import migrate
from core.store.engine import sqlite_path
from core.store.lock import DeskRuns, running_desk

# Channels that are looked up at a start; Slack allows about 50 such calls a minute. `deskhand doctor` looks at all.
MOST_CHANNELS = 40
_SECONDS = 1.0
_AT_A_TIME = 10


def look(settings: Settings, policy: Policy) -> dict[Place, str]:
    """The names of channels that desk.yaml names for the first time, as far as the platforms tell them now. Raises
    BadConfig, DeskRuns (a second desk on one SQLite file), WrongSchema (the database is newer than the program or not
    ours) and DatabaseDown."""
    _refuse([*_missing_tokens(settings, policy), *_folders(settings)])
    if settings.clock_url:
        asyncio.run(adopt(DeskClock(), settings.clock_url))
    url = settings.database_url.get_secret_value()
    path, holder = sqlite_path(url), running_desk(url)
    if path and holder:
        raise DeskRuns(path, holder)
    if path:
        _only_desk_here(settings)
    bind(settings.host, settings.port).close()
    state = migrate.state(url)
    if state not in (("empty", "older", "current") if path else ("current",)):
        migrate.check(url)
    try_tokens(settings, policy, first=state != "current")
    # What an older one remembers of channels is read once it is migrated.
    return {} if state == "older" else _look_up(settings, policy, _unchecked(url, policy, new=state == "empty"))


def _refuse(problems: list[str]) -> None:
    if problems:
        raise BadConfig(problems)


# --- this machine ----------------------------------------------------------------------------------------------------


def _missing_tokens(settings: Settings, policy: Policy) -> Iterator[str]:
    for name in dict.fromkeys(connection.platform for connection in policy.connections):
        if problem := PLATFORMS[name].lacks(settings):
            yield problem


def _folders(settings: Settings) -> Iterator[str]:
    path = sqlite_path(settings.database_url.get_secret_value())
    places = [("DESKHAND_DATA", settings.data)]
    if path and path.exists():
        yield from _database_file(path)
    elif path:
        places.insert(0, ("DATABASE_URL", path.parent))
    for variable, folder in places:
        try:
            writable(folder)
        except OSError as error:
            yield (
                f"{variable}: cannot write in {folder} ({error.strerror}); name another folder, or give this one to "
                "the user that runs the desk"
            )


def _database_file(path: Path) -> Iterator[str]:
    if problem := no_database_file(path):
        yield problem
    elif not os.access(path, os.W_OK):
        yield f"DATABASE_URL: cannot write to {path}; give it to the user that runs the desk"


def _only_desk_here(settings: Settings) -> None:
    path = settings.data / SOCKET
    if path.exists():
        from bot import control  # late: it loads a web server, and there is seldom a socket

        control.refuse_second(path)


# --- tokens ----------------------------------------------------------------------------------------------------------


def try_tokens(settings: Settings, policy: Policy, *, first: bool) -> None:
    """All at a time, of the platforms that desk.yaml has. `first`: the database would be made or migrated; later an app
    token is left to the adapter, because Slack allows few such calls. Raises BadConfig with all that are refused."""
    platforms = {connection.platform for connection in policy.connections}
    tries: list[Callable[[httpx2.Client], str | None]] = []
    if "slack" in platforms:
        tries.append(lambda asking: _slack_token(asking, settings, "auth.test", slack.BOT_TOKEN))
    if "slack" in platforms and first:
        tries.append(lambda asking: _slack_token(asking, settings, "apps.connections.open", slack.APP_TOKEN))
    if "discord" in platforms:
        tries.append(lambda asking: _discord_token(asking, settings))
    with ThreadPoolExecutor(max(1, len(tries))) as pool, httpx2.Client(timeout=_SECONDS) as client:
        _refuse([problem for problem in pool.map(lambda ask: ask(client), tries) if problem])


def _slack_token(client: httpx2.Client, settings: Settings, method: str, which: tuple[str, str]) -> str | None:
    token = settings.slack_bot_token if which is slack.BOT_TOKEN else settings.slack_app_token
    code = _slack(client, "POST", f"{settings.slack_api_base}{method}", token).get("error")
    return slack.not_accepted(which, code) if code in slack.REVOKED else None


def _discord_token(client: httpx2.Client, settings: Settings) -> str | None:
    status, _ = _discord(client, settings, "users/@me")
    return discord.TOKEN if status == 401 else None


# --- channels --------------------------------------------------------------------------------------------------------


def _unchecked(url: str, policy: Policy, *, new: bool) -> dict[Place, str]:
    if new:
        return starting.named_channels(policy)
    with migrate.connected(url, writing=False) as connection:
        return starting.unchecked_channels(connection, policy)


def _look_up(settings: Settings, policy: Policy, unchecked: Mapping[Place, str]) -> dict[Place, str]:
    ways = {"slack": _slack_channel, "discord": _discord_channel}
    asked = [place for place in unchecked if policy.platform_of[place.connection] in ways][:MOST_CHANNELS]
    with ThreadPoolExecutor(_AT_A_TIME) as pool, httpx2.Client(timeout=_SECONDS) as client:

        def name_of(place: Place) -> str | None:
            return ways[policy.platform_of[place.connection]](client, settings, place.channel)

        names = dict(zip(asked, pool.map(name_of, asked), strict=True))
    _refuse(no_such_channels(settings, unchecked, names))
    return {place: name for place, name in names.items() if name}


def no_such_channels(settings: Settings, what_for: Mapping[Place, str], names: Mapping[Place, str | None]) -> list[str]:
    """What is said of those whose name is None: their platform does not know them."""
    return [
        f"{settings.config}: {what_for[place]}: {place.channel} is no channel that the desk can see; "
        "correct the id, or let the desk in if it is private; deskhand doctor says how"
        for place, name in names.items()
        if name is None
    ]


def _slack_channel(client: httpx2.Client, settings: Settings, channel: str) -> str | None:
    """Empty when Slack does not say, or there is no name."""
    url = f"{settings.slack_api_base}conversations.info?channel={channel}"
    answer = _slack(client, "GET", url, settings.slack_bot_token)
    return None if answer.get("error") == slack.NO_CHANNEL else _name(answer.get("channel"))


def _discord_channel(client: httpx2.Client, settings: Settings, channel: str) -> str | None:
    """Empty when Discord does not say, or there is no name."""
    _, answer = _discord(client, settings, f"channels/{channel}")
    return None if str(answer.get("code")) in discord.NO_CHANNEL else _name(answer)


def _name(channel: object) -> str:
    name = channel.get("name") if isinstance(channel, dict) else None
    return name if isinstance(name, str) else ""


# --- asking ----------------------------------------------------------------------------------------------------------


def _slack(client: httpx2.Client, verb: str, url: str, token: SecretStr | None) -> dict[str, Any]:
    _, answer = _ask(client, verb, url, "Bearer", token)
    return answer


def _discord(client: httpx2.Client, settings: Settings, path: str) -> tuple[int, dict[str, Any]]:
    return _ask(client, "GET", f"{settings.discord_api_url.rstrip('/')}/{path}", "Bot", settings.discord_bot_token)


def _ask(
    client: httpx2.Client, verb: str, url: str, scheme: str, token: SecretStr | None
) -> tuple[int, dict[str, Any]]:
    """The status and the JSON object that was answered; 0 and nothing without an answer."""
    if token is None:
        return 0, {}
    try:
        answer = client.request(verb, url, headers={"Authorization": f"{scheme} {token.get_secret_value()}"})
        found: Any = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
        return 0, {}
    return answer.status_code, found if isinstance(found, dict) else {}
