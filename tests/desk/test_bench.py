"""What `make bench` compares is comparable: both sides write the same rows, and the load is what Slack would send. What
`make replay` cannot use it says, with 2."""

import json
import time
from collections import Counter
from pathlib import Path

import pytest
from support.processes import program

from bench import ingest, script
from bench.databases import Sqlite
from bench.server import bolt_server, load

TICKETS = 12


def said(tickets: int = TICKETS) -> list[script.Message]:
    return script.script(tickets, time.time())


def test_one_message_in_five_opens_a_ticket_at_each_moment() -> None:
    opens = [message.kind == "open" for message in said(600)]

    even = range(script.EVEN_AFTER, len(opens) - script.EVEN_AFTER - 100, 100)

    assert {sum(opens[start : start + 100]) for start in even} == {20}


async def test_the_driver_writes_the_rows_that_the_desk_writes(tmp_path: Path) -> None:
    policy = script.policy(json.dumps(script.desk_file()))
    databases = Sqlite(tmp_path, policy)
    messages = said()

    recording = await ingest.record(databases, policy, messages, TICKETS)
    steps: list[None] = []
    rates = await ingest.compare(databases, policy, messages, TICKETS, recording, 1, lambda: steps.append(None))

    assert recording.counts["ticket"] == TICKETS
    assert recording.counts["message"] == recording.counts["receipt"] == len(messages)
    assert len(rates.ratios) == 1
    assert len(steps) == 2
    assert min(*rates.desk, *rates.raw) > 0


async def test_the_load_is_signed_as_slack_signs_and_acked_once_each(tmp_path: Path) -> None:
    bodies = tmp_path / "bodies"
    bodies.write_text("\n".join(json.dumps(message.payload) for message in said()))
    async with bolt_server(tmp_path) as url:
        at_once = await load(url, bodies, 0, 30, connections=4)
        at_rate = await load(url, bodies, 30, 30, rate=300.0, connections=4)

    assert Counter([at_once.acked, at_rate.acked]) == {30: 2}
    assert len(at_rate.delays) == 30
    assert at_rate.seconds > 0.09  # the last one is due 29/300 s after the first


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([""], "cannot be read (Is a directory); give a chat with FILE=…"),
        (["nowhere.xml"], "nowhere.xml: cannot be read (No such file or directory)"),
        (["pyproject.toml"], "pyproject.toml: is not XML"),
        (["chat.xml", "--speed", "0"], "--speed: '0' is no number above 0"),
        (["chat.xml", "--speed", "fast"], "--speed: 'fast' is no number above 0"),
    ],
)
async def test_a_replay_of_nothing(arguments: list[str], words: str) -> None:
    async with program("-m", "bench.replay", *arguments, env={"COLUMNS": "200"}) as replay:
        assert await replay.ended() == 2
    assert words in replay.output
    assert "Traceback" not in replay.output
