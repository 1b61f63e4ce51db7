"""`desk.yaml` to `Policy`: read, checked, and refused with every problem at once.

A problem reads `desk.yaml:12: accounts[0].channels[0].intake: "evry" is not an intake mode; use one of …`.
"""

from pathlib import Path

from bot.deskfile.cursor import Cursor
from bot.deskfile.document import MAX_BYTES, Scalar, parse
from bot.deskfile.policy import policy
from bot.deskfile.problems import Problems, TooMany
from bot.platforms import PLATFORMS
from bot.platforms.kind import Kinds
from core.language.errors import BadConfig
from core.language.policy import Policy


def load(path: Path, platforms: Kinds = PLATFORMS) -> Policy:
    """Raises BadConfig."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        remedy = "copy desk.example.yaml to desk.yaml, or name your file in DESKHAND_CONFIG"
        raise BadConfig([f"{path}: there is no such file; {remedy}"]) from None
    except IsADirectoryError:
        raise BadConfig([f"{path}: is a folder; name the policy file itself in DESKHAND_CONFIG"]) from None
    except OSError as error:
        raise BadConfig([f"{path}: cannot be read ({error.strerror}); check its owner and mode"]) from None
    return loads(data, str(path), platforms)


def loads(data: bytes, name: str = "desk.yaml", platforms: Kinds = PLATFORMS) -> Policy:
    """The policy in a file's bytes; `name` is what problems call the file. Raises BadConfig."""
    problems = Problems(name)
    found: Policy | None = None
    try:
        root = parse(data, problems)
        if root is None or (isinstance(root, Scalar) and root.is_nothing):
            if not problems:
                problems.add(1, "", "is empty; copy desk.example.yaml and change it")
        else:
            found = policy(Cursor(root, "", problems), platforms)
    except TooMany:
        raise BadConfig([*problems.told(), f"{name}: … and probably more"]) from None
    if problems or found is None:
        raise BadConfig(problems.told())
    return found
