"""Bytes of attachments."""

import io
import os
import stat
import time
from pathlib import Path

import pytest

from core.ports import BlobStore
from core.store.blobs import FolderBlobs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", [0, 1, 65_536, 200_000])
def test_what_was_written_is_read_again(folder: Path, size: int) -> None:
    blobs: BlobStore = FolderBlobs(folder)
    data = os.urandom(size)
    key, written = blobs.write(io.BytesIO(data), limit=200_000)
    assert written == size
    with FolderBlobs(folder).open(key) as file:
        assert file.read() == data


def test_only_the_owner_can_read_them(folder: Path) -> None:
    FolderBlobs(folder).write(io.BytesIO(b"secret"), limit=10)
    assert [stat.S_IMODE(path.stat().st_mode) for path in files(folder)] == [0o600]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *(p for p in folder.iterdir()))] == [0o700] * 2


def test_names_tell_nothing(folder: Path) -> None:
    blobs = FolderBlobs(folder)
    first, _ = blobs.write(io.BytesIO(b"same"), limit=10)
    second, _ = blobs.write(io.BytesIO(b"same"), limit=10)
    assert first != second
    assert {path.name for path in files(folder)} == {first, second}


def test_too_much_leaves_nothing(folder: Path) -> None:
    blobs = FolderBlobs(folder)
    asked: list[int] = []

    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            asked.append(size)
            return b"x" * size

    with pytest.raises(ValueError, match="more than 100000 bytes"):
        blobs.write(Endless(), limit=100_000)
    assert sum(asked) == 100_001, "one byte more than allowed is enough to know"
    assert files(folder) == []


def test_a_source_that_breaks_leaves_nothing(folder: Path) -> None:
    class Breaks(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            raise ConnectionResetError

    blobs = FolderBlobs(folder)
    with pytest.raises(ConnectionResetError):
        blobs.write(Breaks(), limit=10)
    assert files(folder) == []


@pytest.mark.parametrize("key", ["", "0" * 31, "../../../etc/passwd", "0" * 32 + "/..", "G" * 32])
def test_what_is_no_key_is_refused(folder: Path, key: str) -> None:
    blobs = FolderBlobs(folder)
    with pytest.raises(KeyError):
        blobs.open(key)
    with pytest.raises(KeyError):
        blobs.delete(key)


def test_deleting(folder: Path) -> None:
    blobs = FolderBlobs(folder)
    key, _ = blobs.write(io.BytesIO(b"gone soon"), limit=10)
    blobs.delete(key)
    blobs.delete(key)
    with pytest.raises(KeyError):
        blobs.open(key)
    assert files(folder) == []


def test_what_a_killed_process_left_unfinished_is_removed_later(folder: Path) -> None:
    FolderBlobs(folder)
    old, young = folder / ".new-old", folder / ".new-young"
    old.write_bytes(b"x")
    young.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    FolderBlobs(folder)
    assert files(folder) == [young]
