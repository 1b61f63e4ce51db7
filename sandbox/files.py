"""The bytes of uploaded files, one file each under its id."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

_ID = re.compile(r"[A-Za-z0-9]{1,64}")


class FileStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, file_id: str) -> Path:
        """Where its bytes lie; `ValueError` for an id that cannot be a file's."""
        if not _ID.fullmatch(file_id):
            raise ValueError(f"{file_id!r} is no file id")
        return self._folder / file_id

    def write(self, file_id: str, content: bytes) -> None:
        path = self.path(file_id)
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def read(self, file_id: str) -> bytes:
        """`FileNotFoundError` when there are none."""
        return self.path(file_id).read_bytes()

    def clear(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
