"""Bytes of attachments, in a folder. Nobody but the desk's user can read them, and their names tell nothing."""

import contextlib
import os
import re
import secrets
import time
from pathlib import Path
from typing import BinaryIO

_KEY = re.compile(r"[0-9a-f]{32}")
_CHUNK = 1 << 16
# Seconds after which an unfinished file is taken for what a killed process left behind.
_LEFT_BEHIND = 3600


class FolderBlobs:
    """`core.ports.BlobStore` on a local folder. Several processes may share it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for unfinished in folder.glob(".new-*"):
            with contextlib.suppress(FileNotFoundError):
                if time.time() - unfinished.stat().st_mtime > _LEFT_BEHIND:
                    unfinished.unlink()

    def write(self, data: BinaryIO, limit: int) -> tuple[str, int]:
        key = secrets.token_hex(16)
        path = self._path(key)
        unfinished = self._folder / f".new-{key}"
        try:
            size = 0
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                while chunk := data.read(min(_CHUNK, limit + 1 - size)):
                    size += len(chunk)
                    if size > limit:
                        raise ValueError(f"more than {limit} bytes")
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if not path.parent.exists():
                path.parent.mkdir(exist_ok=True, mode=0o700)
                _sync(self._folder)
            unfinished.rename(path)
            _sync(path.parent)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
        return key, size

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError:
            raise KeyError(key) from None

    def delete(self, key: str) -> None:
        """Does nothing for a key that is gone. Raises KeyError for what is no key."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise KeyError(key)
        return self._folder / key[:2] / key


def _sync(folder: Path) -> None:
    """A new name is durable once its folder is."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
