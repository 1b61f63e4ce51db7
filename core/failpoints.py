"""Named places where a test can kill the process: `FAILPOINT=name` in the environment makes the process end
there at once, as `kill -9` would. `FAILPOINT=@file` arms and disarms a process that runs: the place is named in the
file, once there is one, with how often it is passed unharmed before (`delivered 2`). Without the variable a failpoint
costs one comparison."""

import itertools
import os
from pathlib import Path

_ARMED = os.environ.get("FAILPOINT", "")
_passes = itertools.count()


def failpoint(name: str) -> None:
    if _ARMED and (name == _ARMED or (_ARMED.startswith("@") and _is_due(name))):
        os._exit(137)


def _is_due(name: str) -> bool:
    try:
        armed, passes = Path(_ARMED[1:]).read_text().split()
    except FileNotFoundError:
        return False
    return name == armed and next(_passes) >= int(passes)
