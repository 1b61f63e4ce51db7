"""The desk's own code names no platform: what differs between them is the contract's business."""

from pathlib import Path

from bot.platforms import PLATFORMS

ROOT = Path(__file__).parents[2]


def test_nothing_in_the_core_or_the_jobs_names_a_platform() -> None:
    files = [file for folder in ("core", "jobs") for file in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 50
    named = [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()}"
        for file in files
        for number, line in enumerate(file.read_text().splitlines(), 1)
        if any(name in line.lower() for name in PLATFORMS)
    ]
    assert named == []
