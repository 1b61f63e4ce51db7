"""The harness itself: with a safeguard taken out, the test that is there to show it fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.gate import GATE
from support.safeguards import SAFEGUARDS, outdated, without

# A test that is to fail waits for what never comes.
_SECONDS = 900
_FAILED = 1


def test_the_safeguards_stand_where_the_table_says() -> None:
    assert [what for safeguard in SAFEGUARDS.values() for what in outdated(safeguard)] == []


@pytest.mark.skipif(not GATE, reason="takes minutes; make gates runs it")
@pytest.mark.timeout(_SECONDS + 60)
@pytest.mark.parametrize("name", SAFEGUARDS)
def test_without_it_a_test_fails(name: str, tmp_path: Path) -> None:
    safeguard = SAFEGUARDS[name]
    folder = without(safeguard, tmp_path)
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *safeguard.tests],
        cwd=folder,
        env={**{k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}, "GATE": safeguard.gate},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    assert ran.returncode == _FAILED, ran.stdout[-3000:]
    assert "1 failed" in ran.stdout, ran.stdout[-3000:]
