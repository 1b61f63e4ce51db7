"""What is done once, and looked at when something is wrong: `check`, `manifest`, `migrate`, `doctor`."""

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import BadParameter, Exit, Option

from bot.cli.errors import Failed, Failure
from bot.cli.printing import AsJson, note, print_json, print_json_array, say
from core.language.errors import BadConfig

if TYPE_CHECKING:
    from core.language.policy import Policy


def check(
    config: Annotated[
        Path | None, Option(help="The policy file. [default: DESKHAND_CONFIG, else desk.yaml]", metavar="PATH")
    ] = None,
    wording: Annotated[
        bool, Option("--wording", help="List every text that desk.yaml can word anew, as the desk has it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check desk.yaml and the environment. Every problem is told with its place and its remedy."""
    from bot import deskfile, settings

    problems: list[str] = []
    policy = None
    # Named here, because settings with a problem name nothing.
    path = config or Path(os.environ.get("DESKHAND_CONFIG") or "desk.yaml")
    try:
        settings.load()
    except BadConfig as error:
        problems += error.problems
    try:
        policy = deskfile.load(path)
    except BadConfig as error:
        problems += error.problems
    if problems or policy is None:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''} found."
        raise Failed(Failure("bad_config", "\n".join(problems), count, problems=tuple(problems)))
    if wording:
        _print_wording(policy, as_json=as_json)
        return
    counts, hints = _counts(policy), _hints(policy)
    if as_json:
        print_json({"ok": True, "file": str(path), "desk": policy.name, "counts": counts, "hints": hints})
        return
    say(f"{path} is fine: {', '.join(_counted(name, n) for name, n in counts.items() if n)}.")
    for hint in hints:
        note(hint)


def _print_wording(policy: "Policy", *, as_json: bool) -> None:
    """As YAML that can be pasted into desk.yaml, by topic."""
    from bot.deskfile import wording
    from core.language.wording import MAY_BE_SILENT, TOPICS

    if as_json:
        print_json_array(wording.entries(policy.wording))
        return
    say("wording:")
    for topic, entries in TOPICS.items():
        say(f"  # {topic}")
        for key, text in entries.items():
            mark = '  # may be ""' if key in MAY_BE_SILENT else ""
            say(f"  {key}: {json.dumps(policy.wording.get(key, text), ensure_ascii=False)}{mark}")


def _counts(policy: "Policy") -> dict[str, int]:
    return {
        "connections": len(policy.connections),
        "agents": len(policy.agents),
        "groups of agents": len(policy.agent_groups),
        "teams": len(policy.teams),
        "accounts": len(policy.accounts),
        "customer channels": len(policy.channel),
        "calendars": len(policy.calendars),
        "SLA policies": len(policy.sla),
        "digests": len(policy.digests),
    }


_ONE = {"groups of agents": "group of agents", "SLA policies": "SLA policy"}


def _counted(name: str, count: int) -> str:
    return f"{count} {name if count != 1 else _ONE.get(name, name.removesuffix('s'))}"


def _hints(policy: "Policy") -> list[str]:
    """What is allowed and seldom meant."""
    found = []
    if not policy.agents and not policy.agent_groups:
        found.append("There are no agents: everybody counts as a customer, and nobody can claim a ticket.")
    if not policy.teams:
        found.append("There are no teams: tickets get no card, because no triage channel is known.")
    if not policy.channel:
        found.append("There are no customer channels: tickets are opened by command, form or direct message only.")
    if not policy.sla:
        found.append("There are no SLA policies: nothing is promised, and nobody is warned.")
    return found


def manifest(
    request_url: Annotated[
        str,
        Option(
            help="Where Slack reaches the desk over HTTP: https://desk.example.com/slack/events. Without it, "
            "the app uses Socket Mode and needs no address."
        ),
    ] = "",
    name: Annotated[str, Option(help="What the app is called in Slack.")] = "Desk",
    as_json: AsJson = False,
) -> None:
    """Print the Slack app's manifest. It is JSON in any case, for "Create an app from a manifest" at
    https://api.slack.com/apps."""
    from adapters.slack.manifest import manifest as made

    if request_url and not request_url.startswith(("http://", "https://")):
        raise BadParameter("Write an address that starts with https://.", param_hint="--request-url")
    if not name.strip():
        raise BadParameter("Write what the app is called.", param_hint="--name")
    if request_url and not request_url.startswith("https://"):
        note("Slack itself sends to no address that does not start with https://.")
    print_json(made(name, request_url or None, socket_mode=not request_url))


def migrate(
    look: Annotated[bool, Option("--check", help="Change nothing; exit with 1 when there is something to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the database up to date. On SQLite the desk does it itself at each start."""
    from bot import settings
    from bot.cli.database import address, refuse_what_is_none
    from core.store import migrate as store

    url = address(settings.load())
    refuse_what_is_none(url)
    before = store.version(url)
    if look:
        store.check(url)
    else:
        store.upgrade(url)
    after = store.version(url)
    if as_json:
        print_json({"from": before, "to": after, "changed": before != after})
    elif before == after:
        say(f"The database is current: version {after}.")
    elif before is None:
        say(f"The database was empty and has version {after} now.")
    else:
        say(f"The database had version {before} and has version {after} now.")


def doctor(as_json: AsJson = False) -> None:
    """Look for what is wrong. It looks at configuration, data folder, database, tokens, scopes, channels, people and
    clock, and changes nothing."""
    from bot.doctor import examine, report

    findings = asyncio.run(examine())
    if as_json:
        print_json([finding.shown() for finding in findings])
    else:
        say(*report(findings))
    if any(finding.state == "fail" for finding in findings):
        raise Exit(1)
