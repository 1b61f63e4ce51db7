"""Long runs in slices. A test of `make soak` that has passed is not run again until the desk's code or the test's own
file changes: what is done stands in `var/soak/`, so the run can be stopped at any time and goes on where it was."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from support.gate import sized
from support.processes import ROOT

DONE = ROOT / "var" / "soak"
_CODE = ("adapters", "bot", "core", "jobs", "migrations", "sandbox", "tests/support")


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a run: which one, counted from 0, and how many times it does what it does."""

    number: int
    times: int

    def __str__(self) -> str:
        return f"{self.number}x{self.times}"


def slices(*, test: int, gates: int, soak: int, of: int) -> list[Slice]:
    """So many times in all, at most `of` in a slice."""
    times = sized(test, gates, soak)
    return [Slice(number, min(of, times - start)) for number, start in enumerate(range(0, times, of))]


class Resumed:
    """A pytest plugin: leaves out what has passed on this code, and notes what passes."""

    def __init__(self, done: Path = DONE) -> None:
        self._done = done
        self._passed: set[str] = set()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        passed = [item for item in items if self._is_done(item.nodeid)]
        if passed:
            config.hook.pytest_deselected(items=passed)
            items[:] = [item for item in items if not self._is_done(item.nodeid)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" and report.passed:
            self._passed.add(report.nodeid)
        elif report.when == "teardown" and report.passed and report.nodeid in self._passed:
            self._done.mkdir(parents=True, exist_ok=True)
            self._path(report.nodeid).write_text(json.dumps({"test": report.nodeid, "code": _code(report.nodeid)}))

    def _is_done(self, test: str) -> bool:
        path = self._path(test)
        return path.exists() and bool(json.loads(path.read_text())["code"] == _code(test))

    def _path(self, test: str) -> Path:
        return self._done / f"{hashlib.sha256(test.encode()).hexdigest()[:16]}.json"


def _code(test: str) -> str:
    return f"{_desk()} {_digest([ROOT / test.split('::')[0]])}"


@cache
def _desk() -> str:
    return _digest(sorted(path for folder in _CODE for path in (ROOT / folder).rglob("*.py")))


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
