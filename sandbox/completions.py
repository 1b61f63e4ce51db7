"""What the page can complete: the app's slash commands, and what may follow them.

The manifest names the commands. A JSON file (`SANDBOX_COMPLETIONS`) says more, as the app knows its commands best:

    {"/ticket": [{"word": "priority", "args": "[number] <priority>", "help": "set how urgent it is",
                  "values": {"priority": ["urgent", "high", "normal", "low"]}}]}

In `args` an argument in `[…]` may be left out, one in `<…>` may not. Where its name stands in `values`, those are
offered; for `agent` and `person` people are, for `channel` places; others are only shown.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

from sandbox.slack.manifest import Manifest

Json = dict[str, Any]

_ARGUMENT: Final = re.compile(r"([\[<])([^\]>]+)[\]>]")
_KINDS: Final = {"agent": "person", "person": "person", "channel": "place"}


def commands_view(manifest: Manifest, completions: Path | None) -> list[Json]:
    """The manifest's commands with the verbs of the file. The file is read anew each time, so that it can be changed
    while the sandbox runs; one that is missing or broken adds nothing."""
    known = _read(completions)
    return [
        {
            "name": command.name,
            "description": command.description,
            "usage": command.usage_hint,
            "verbs": [_verb(one) for one in known.get(command.name, []) if isinstance(one, dict)],
        }
        for command in manifest.commands
    ]


def shortcuts_view(manifest: Manifest) -> list[Json]:
    return [
        {"type": each.kind, "callback_id": each.callback_id, "name": each.name, "app": manifest.name}
        for each in manifest.shortcuts
    ]


def _verb(given: Json) -> Json:
    usage = str(given.get("args", ""))
    values = given.get("values", {})
    return {
        "name": str(given.get("word", "")),
        "args": usage,
        "help": str(given.get("help", "")),
        "arguments": [
            {
                "kind": "choice" if (name := label.strip(" ….")) in values else _KINDS.get(name, name),
                "values": [str(one) for one in values.get(name, [])],
                "optional": bracket == "[",
            }
            for bracket, label in _ARGUMENT.findall(usage)
        ],
    }


def _read(path: Path | None) -> Json:
    if path is None:
        return {}
    try:
        commands = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(commands, dict):
        return {}
    return {name: verbs for name, verbs in commands.items() if isinstance(verbs, list)}
