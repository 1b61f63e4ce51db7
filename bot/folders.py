"""Files of the desk, and whether they can be what they are to be."""

import tempfile
from pathlib import Path

# In the data folder: where a running desk takes an operator's requests.
SOCKET = "desk.sock"
_SQLITE = b"SQLite format 3\0"


def writable(folder: Path) -> Path:
    """The folder, or the nearest above it that is there, in which it would be made. Raises OSError where no file can
    be made; leaves none behind."""
    there = folder
    while not there.exists():
        there = there.parent
    # Asking for the mode is not enough: a file system can be read-only, or full.
    with tempfile.TemporaryFile(dir=there) as probe:
        probe.write(b"deskhand")
    return there


def no_database_file(path: Path) -> str | None:
    """What is wrong with a file that should be a SQLite database; one that is missing or empty can become one."""
    if not path.exists():
        return None
    if path.is_dir():
        return f"DATABASE_URL: {path} is a folder; name a file in it: sqlite:///{path}/deskhand.db"
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_SQLITE))
    except OSError as error:
        return f"DATABASE_URL: cannot read {path} ({error.strerror}); give it to the user that runs the desk"
    if beginning in (b"", _SQLITE):
        return None
    return f"DATABASE_URL: {path} is no SQLite database; name another file, and the desk makes it"
