"""What the page can complete: the app's slash commands, and what may follow them.

The manifest names the commands. A JSON file (`SANDBOX_COMPLETIONS`) says more, as the app knows its commands best:

    {"commands": [{"name": "/ticket", "verbs": [
        {"name": "assign", "usage": "assign [ticket] @person", "help": "Give it to somebody",
         "arguments": [{"name": "ticket", "kind": "ticket"}, {"name": "person", "kind": "person"}]}]}]}

An argument's `kind` is `person`, `place`, `choice` (with `values`, plain or as `{"value", "help"}`) or a word of the
app's own, which is only shown; `"many": true` on the last one repeats it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sandbox.slack.manifest import Manifest


def commands_view(manifest: Manifest, completions: Path | None) -> list[dict[str, Any]]:
    """The manifest's commands with the verbs of the file. The file is read anew each time, so that it can be changed
    while the sandbox runs; one that is missing or broken adds nothing."""
    known = {str(each.get("name")): each for each in _read(completions) if isinstance(each, dict)}
    return [
        {
            "name": command.name,
            "description": command.description,
            "usage": command.usage_hint,
            "verbs": known.get(command.name, {}).get("verbs", []),
        }
        for command in manifest.commands
    ]


def shortcuts_view(manifest: Manifest) -> list[dict[str, Any]]:
    return [
        {"type": each.kind, "callback_id": each.callback_id, "name": each.name, "app": manifest.name}
        for each in manifest.shortcuts
    ]


def _read(path: Path | None) -> list[Any]:
    if path is None:
        return []
    try:
        commands = json.loads(path.read_text(encoding="utf-8"))["commands"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return commands if isinstance(commands, list) else []
