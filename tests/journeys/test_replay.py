"""A chat of one's own, replayed into a desk: `python -m bench.replay`, as `make replay` runs it."""

import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from support.processes import ROOT

# The eight who write most are the agents; whoever writes less is a customer.
TALKERS = [f"talker{n}" for n in range(8)]
SAID = [
    ("ann", "My export fails with error 502 & <everyone> sees it"),
    ("ann", "Since this morning"),  # within five minutes: the same ticket
    ("talker0", "We look at it"),
    ("kim", "<@U123> *how* do I log in? <https://example.com|like so> \u202e"),
    *[(user, f"{user} says {n}") for n in range(4) for user in TALKERS],
    ("ann", "Now the import fails"),  # half an hour later: another one
    ("kim", "é" * 3000),
]


def replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench.replay", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=110
    )


def chat(path: Path) -> str:
    lines = [
        f"<message><ts>2017-06-05T14:{minute:02}:00.000{minute:03}</ts><user>{user}</user>"
        f"<text>{escape(text)}</text></message>"
        for minute, (user, text) in enumerate(SAID)
    ]
    path.write_text(f"<chat>{''.join(lines)}</chat>")
    return str(path)


def test_a_chat_is_replayed_without_loss(tmp_path: Path) -> None:
    ran = replay(chat(tmp_path / "chat.xml"), "--speed", "500")
    assert ran.returncode == 0, ran.stderr
    last = ran.stdout.splitlines()[-1]
    assert re.fullmatch(
        f"sent={len(SAID)} acked={len(SAID)} stored={len(SAID)} joined=5 tickets=4 lost=0 doubled=0 "
        r"ack_p50_ms=[\d.]+ ack_p99_ms=[\d.]+",
        last,
    )
    assert f"{len(SAID)} messages of 10 people" in ran.stderr
    assert "deliveries" in ran.stderr


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (None, "cannot be read (No such file or directory); give a chat with FILE="),
        ("not XML", "is not XML"),
        ("<chat/>", "holds no <message> elements"),
        ("<chat><message><ts>never</ts><user>a</user><text>x</text></message></chat>", "no usable ts"),
        ("<chat><message><ts>2017-06-05T14:00:00</ts><text>x</text></message></chat>", "has no user"),
    ],
)
def test_a_file_that_is_no_chat_is_refused(tmp_path: Path, text: str | None, problem: str) -> None:
    path = tmp_path / "chat.xml"
    if text is not None:
        path.write_text(text)
    ran = replay(str(path))
    assert ran.returncode == 2
    assert problem in " ".join(ran.stderr.split())
    assert "Traceback" not in ran.stderr
