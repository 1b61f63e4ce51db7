"""Long runs in slices. A slice of `make soak` that has passed is not run again until the desk's code changes: what is
done stands in `var/soak/`, so the run can be stopped at any time and goes on where it was."""

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest
from support.gate import GATE, sized
from support.processes import ROOT

DONE = ROOT / "var" / "soak"
_CODE = ("adapters", "bot", "core", "jobs", "migrations", "sandbox")


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a run: which one, counted from 0, and how many times it does what it does."""

    number: int
    times: int

    def __str__(self) -> str:
        return f"{self.number}x{self.times}"


def slices(*, test: int, gates: int, soak: int, of: int = 25) -> list[Slice]:
    """So many times in all, at most `of` in a slice."""
    times = sized(test, gates, soak)
    return [Slice(number, min(of, times - start)) for number, start in enumerate(range(0, times, of))]


@contextmanager
def once(request: pytest.FixtureRequest) -> Iterator[None]:
    """In the soak: skips a test that has passed on this code; notes it when it passes."""
    if GATE != "soak":
        yield
        return
    path = DONE / f"{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}.json"
    if path.exists() and json.loads(path.read_text())["code"] == _code():
        pytest.skip(f"passed already on this code (remove {DONE} to run it again)")
    began = time.monotonic()
    yield
    DONE.mkdir(parents=True, exist_ok=True)
    done = {"test": request.node.nodeid, "code": _code(), "seconds": round(time.monotonic() - began, 1)}
    path.write_text(json.dumps(done, indent=1))


@cache
def _code() -> str:
    digest = hashlib.sha256()
    for folder in _CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
