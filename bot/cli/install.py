"""What is done once and looked at now and then: `check`, `manifest`, `migrate`, `doctor`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Option

from bot.cli.printing import AsJson, note, print_json, say

if TYPE_CHECKING:
    pass


def check(
    config: Annotated[Path | None, Option(help="The policy file. [default: DESKHAND_CONFIG, else desk.yaml]")] = None,
    as_json: AsJson = False,
) -> None:
    """Check desk.yaml and the settings in the environment. Every problem is told with its place and what to do."""
    from bot import deskfile, settings
    from bot.cli.errors import Failed, Failure
    from core.language.errors import BadConfig

    problems: list[str] = []
    path = config
    policy = None
    try:
        path = config or settings.load().config
    except BadConfig as error:
        problems += error.problems
        path = Path("desk.yaml")
    try:
        policy = deskfile.load(path)
    except BadConfig as error:
        problems += error.problems
    if config is not None:
        problems += _environment_problems()
    if problems or policy is None:
        count = f"{len(problems)} problem{'s' if len(problems) != 1 else ''}"
        raise Failed(
            Failure("bad_config", "\n".join(problems), f"{count}. Nothing was changed.", problems=tuple(problems))
        )
    counts = _counts(policy)
    if as_json:
        print_json({"ok": True, "file": str(path), "desk": policy.name, "counts": counts})
        return
    listed = ", ".join(f"{n} {_named(name, n)}" for name, n in counts.items() if n)
    say(f"{path} is fine: {listed}.")
    for hint in _hints(policy):
        note(hint)
