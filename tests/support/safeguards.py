"""What each row of the tables in docs/reliability.md rests on, and how to take it out: in a copy of the desk's code a
few words are replaced by others. The tests named beside it must fail then."""

# ruff: noqa: E501 (what stands in the code is quoted as it stands there)

import shutil
from dataclasses import dataclass
from pathlib import Path

from support.processes import ROOT

_COPIED = ("adapters", "bot", "core", "jobs", "migrations", "sandbox", "tests", "bench", "pyproject.toml")


@dataclass(frozen=True, slots=True)
class Safeguard:
    """`tests` are pytest's node ids, run until one fails; a `gate` makes them longer. `out` are triples: a file, what
    stands there, what stands there when the safeguard is taken out."""

    tests: tuple[str, ...]
    out: tuple[tuple[str, str, str], ...]
    gate: str = ""


def without(safeguard: Safeguard, folder: Path) -> Path:
    """A copy of the project in which it is taken out."""
    for name in _COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    for name, old, new in safeguard.out:
        path = folder / name
        path.write_text(path.read_text().replace(old, new))
    return folder


def outdated(safeguard: Safeguard) -> list[str]:
    """What this table says of the code that is not so."""
    found = [(name, old, (ROOT / name).read_text().count(old)) for name, old, _ in safeguard.out]
    return [f"{name} holds {old!r} {times} times, not once" for name, old, times in found if times != 1]


def _faults(*tests: str) -> tuple[str, ...]:
    return tuple(f"tests/faults/{one}" for one in tests)


_KILLED = _faults("test_F07_killed_at_any_time.py")
_SEND = "jobs/delivery/send.py"
_BOLT_CHECKS_TOO = (
    "adapters/slack/listeners.py",
    "request_verification_enabled=signing_secret is not None",
    "request_verification_enabled=False",
)

SAFEGUARDS: dict[str, Safeguard] = {
    # --- these four with the desk killed at any time under a crowd ---
    "reconcile, killed at any time": Safeguard(
        _KILLED, ((_SEND, "    if row.kind in READ_BACK:\n", "    if False:\n"),), gate="gates"
    ),
    "settle time, killed at any time": Safeguard(
        _KILLED,
        (
            (_SEND, "timedelta(seconds=work.settings.settle_seconds)", "timedelta(0)"),
            ("core/store/claims.py", '"later": now + timedelta(seconds=settle)', '"later": now'),
        ),
        gate="gates",
    ),
    "unique keys, killed at any time": Safeguard(
        _KILLED,
        (
            (
                "core/store/receipts.py",
                '    receipt.c.connection == bindparam("c"), receipt.c.natural_key == bindparam("k")\n)\n_set_aside',
                '    receipt.c.connection == bindparam("c"), receipt.c.natural_key == bindparam("k")\n).limit(1)\n_set_aside',
            ),
            (
                "core/store/receipts.py",
                '    bindparam("natural_key"),\n    bindparam("event_id"),',
                '    bindparam("natural_key") + func.random(),\n    bindparam("event_id"),',
            ),
        ),
        gate="gates",
    ),
    "conditional claim, two desks": Safeguard(
        _faults("test_F12_two_programs.py::test_F12_two_desks_on_one_database_and_one_of_them_is_away"),
        (
            (
                "jobs/delivery/dispatch.py",
                "lane.elsewhere = waiting.holder",
                "lane.elsewhere = False and waiting.holder",
            ),
            (
                "core/store/lanes.py",
                'lane.c.lease_until <= bindparam("now"), lane',
                'bindparam("now") == bindparam("now"), lane',
            ),
            (
                "core/store/claims.py",
                '    .where(outbox.c.id == bindparam("row"), outbox.c.state == "pending")\n    .values(\n',
                '    .where(outbox.c.id == bindparam("row"))\n    .values(\n',
            ),
            (
                "core/store/claims.py",
                "    if not renew(tx, hold, seconds=lease):\n        return Lost()\n    now =",
                "    now =",
            ),
            ("core/store/claims.py", 'outbox.c.state == bindparam("in_state"))', 'bindparam("in_state") != "")'),
        ),
        gate="gates",
    ),
    # --- faults ---
    "F01 F04 one transaction": Safeguard(
        _faults("test_F01_handle_killed.py::test_F01_killed_before_the_commit[postgresql-handling-join]"),
        (
            (
                "core/desk/desk.py",
                '        failpoint("handling")\n',
                '        tx.connection.exec_driver_sql("COMMIT")\n        failpoint("handling")\n',
            ),
        ),
    ),
    "F01 the ack waits for the commit": Safeguard(
        _faults("test_F07_program_killed.py::test_F01_F04_killed_before_the_commit[sqlite-socket-0]"),
        (
            (
                "adapters/slack/intake.py",
                "            answer = await self._handle(await self._placed(event))\n",
                "            asyncio.get_running_loop().call_later(0.05, asyncio.ensure_future, self._handle(event))\n            answer = None\n",
            ),
        ),
    ),
    "F02 what is known is answered as it was": Safeguard(
        _faults("test_F01_handle_killed.py::test_F02_killed_after_the_commit[sqlite]"),
        (("core/desk/desk.py", "        known = not taken.won and ", "        known = False and "),),
    ),
    "F03 quarantine": Safeguard(
        _faults("test_F03_handling_fails.py"),
        (
            (
                "core/desk/desk.py",
                "            if taken.won:\n                aside",
                "            if False:\n                aside",
            ),
        ),
    ),
    "F04 nothing is kept by itself": Safeguard(
        _faults("test_F01_handle_killed.py::test_F04_killed_at_each_statement[postgresql]"),
        (
            (
                "core/desk/desk.py",
                '        failpoint("handling")\n',
                '        tx.connection.exec_driver_sql("COMMIT")\n',
            ),
        ),
    ),
    "F05 a start looks what waits": Safeguard(
        _faults("test_F05_delivery_killed.py::test_F05_killed_after_the_commit_before_sending[sqlite]"),
        (
            (
                "jobs/delivery/dispatch.py",
                "        self._look_again = True\n        self._overview_at",
                "        self._look_again = False\n        self._overview_at",
            ),
        ),
    ),
    "F07 reconcile": Safeguard(
        _faults("test_F05_delivery_killed.py"), ((_SEND, "    if row.kind in READ_BACK:\n", "    if False:\n"),)
    ),
    "F08 settle time": Safeguard(
        _faults("test_F16_slack_answers_badly.py::test_F08_F16_an_outcome_that_is_not_known_is_looked_up"),
        ((_SEND, "timedelta(seconds=work.settings.settle_seconds)", "timedelta(0)"),),
    ),
    "F09 the first receipt wins": Safeguard(
        _faults("test_F09_races.py::test_F09_fifty_copies_of_one_event"),
        (("core/desk/desk.py", "        known = not taken.won and ", "        known = False and "),),
    ),
    "F10 the client's own id": Safeguard(
        ("tests/desk/test_intake.py::test_F10_one_message_under_two_ids_and_in_two_envelopes",),
        (("core/desk/intake.py", "author.id, event.client_id, since)", "author.id, None, since)"),),
    ),
    "F11 a claim is a lock": Safeguard(
        _faults("test_F09_races.py::test_F11_two_agents_claim_at_once_200_times"),
        (("core/desk/ownership.py", "    if ticket.assignee:\n        name", "    if False:\n        name"),),
    ),
    "F12 one desk on a SQLite file": Safeguard(
        _faults("test_F12_two_programs.py::test_F12_a_second_desk_on_a_sqlite_file_refuses_and_says_who_holds_it"),
        (
            ("bot/preflight.py", "    if path and holder:\n", "    if False:\n"),
            ("bot/app.py", " as listener, desk_lock(url):\n", " as listener:\n"),
        ),
    ),
    "F13 no acknowledgement without the database": Safeguard(
        _faults("test_F13_postgres_fails.py::test_F13_postgres_restarted_under_load"),
        (
            (
                "core/store/postgres_pool.py",
                "                    failure = down(error)\n",
                "                    return None\n                    failure = down(error)\n",
            ),
        ),
    ),
    "F14 an unknown commit is run again": Safeguard(
        _faults("test_F14_commit_unknown.py"),
        (
            (
                "core/store/postgres_pool.py",
                "                if not troubled and _sqlstate",
                "                if troubled or _sqlstate",
            ),
        ),
    ),
    "F15 wait as long as told": Safeguard(
        _faults("test_F16_slack_answers_badly.py::test_F15_where_slack_says_to_wait_only_that_lane_waits"),
        (
            (_SEND, "            seconds = error.retry_after\n", "            seconds = 0.0\n"),
            (_SEND, "            _wait_as_told(work, row, error)\n            seconds", "            seconds"),
        ),
    ),
    "F16 an unknown outcome is not sent again": Safeguard(
        _faults("test_F16_slack_answers_badly.py::test_F08_F16_an_outcome_that_is_not_known_is_looked_up"),
        ((_SEND, "        case _ if row.kind in FETCHING:\n", "        case _ if row.kind:\n"),),
    ),
    "F17 one attempt where nothing can be said": Safeguard(
        _faults("test_F17_slack_closes.py::test_F17_an_archived_channel"),
        (
            (
                _SEND,
                "            await _reached(work, row)\n            await w.give_up(work, hold, row, error)\n        case NotSent():",
                "            await w.retry(work, hold, row, error)\n        case NotSent():",
            ),
        ),
    ),
    "F18 a revoked token pauses": Safeguard(
        _faults("test_F17_slack_closes.py::test_F18_a_revoked_token_pauses_everything_and_loses_nothing"),
        (
            (
                _SEND,
                "            await w.pause(\n                work, row, error, lambda tx: claims.again(tx, hold, row, why=str(error), seconds=0, counted=False)\n            )\n",
                "            await w.retry(work, hold, row, error)\n",
            ),
        ),
    ),
    "F20 the history is read": Safeguard(
        ("tests/journeys/test_catch_up.py",),
        (
            (
                "jobs/catch_up.py",
                "        rounds = (connection.catch_up() for connection in self._connections.values())\n",
                "        rounds = (asyncio.sleep(0) for connection in self._connections.values())\n",
            ),
        ),
    ),
    "F21 what is said meanwhile": Safeguard(
        ("tests/desk/test_overtaken_meanwhile.py",),
        (
            (
                "core/desk/desk.py",
                '    things = [("message", on, ref.channel, ref.message)]\n',
                '    things = [("message", on, ref.channel, ref.message)] * (not isinstance(event, MessagePosted))\n',
            ),
        ),
    ),
    "F22 bounded attempts": Safeguard(
        _faults(
            "test_F16_slack_answers_badly.py::test_F22_what_slack_never_takes_is_given_up_and_the_conversation_goes_on"
        ),
        ((_SEND, "    elif row.attempts >= settings.max_attempts:\n", "    elif False:\n"),),
    ),
    "F27 a token is tried first": Safeguard(
        _faults("test_F27_program_refuses.py::test_F27_the_program_refuses[a bot token that Slack refuses]"),
        (
            (
                "bot/preflight.py",
                "_refuse([problem for problem in pool.map(lambda ask: ask(client), tries) if problem])",
                "pass",
            ),
        ),
    ),
    "F28 nothing new is taken in": Safeguard(
        _faults("test_F28_program_stops.py::test_F28_a_stop_with_work_in_flight[sqlite-socket]"),
        (
            (
                "bot/app.py",
                "        for adapter in app.chats.values():\n            stack.push_async_callback(adapter.stop_intake, settings.shutdown_seconds * 0.3)\n",
                "",
            ),
        ),
    ),
    # --- threats ---
    "T01 escaping": Safeguard(
        _faults("test_T01_whole_desk.py"),
        (("adapters/slack/markup.py", '.replace("<", "&lt;").replace(">", "&gt;")', ""),),
    ),
    "T02 rights": Safeguard(
        _faults("test_T02_rights.py"),
        (("core/rules/permissions.py", "    if not allowed(verb.who, person.role):\n", "    if False:\n"),),
    ),
    "T02 whose ticket": Safeguard(
        _faults("test_T02_rights.py"),
        (("core/rules/permissions.py", "    if not sees(person, ticket):\n", "    if False:\n"),),
    ),
    "T03 a note stays inside": Safeguard(
        _faults("test_T03_notes_stay_inside.py"),
        (
            (
                "core/desk/intake.py",
                'audience="internal" if conversation.side == "triage" else "public"',
                'audience="public"',
            ),
        ),
    ),
    "T06 the signature": Safeguard(
        _faults("test_T06_slack_webhook.py"),
        (
            (
                "adapters/web/guard.py",
                "    return hmac.compare_digest(expected, signature)\n",
                "    return bool(expected)\n",
            ),
            _BOLT_CHECKS_TOO,
        ),
    ),
    "T06 the time": Safeguard(
        _faults("test_T06_slack_webhook.py"),
        (
            ("adapters/web/guard.py", "    if abs(now - int(timestamp)) > _OLDEST:\n", "    if False:\n"),
            _BOLT_CHECKS_TOO,
        ),
    ),
    "T09 cleaned at intake": Safeguard(
        _faults("test_T09_any_text.py"),
        (("core/language/text.py", '_UNSAFE.sub("", text[: limit * 2]', "str(text[: limit * 2]"),),
    ),
    "T09 a long answer in several posts": Safeguard(
        ("tests/desk/test_long_texts.py",),
        (
            (
                "core/desk/replying.py",
                "    for part in unit.rooms.parts(conversation.connection, text):\n",
                "    for part in (text,):\n",
            ),
        ),
    ),
    "T11 bots are not answered": Safeguard(
        _faults("test_T11_bots.py"),
        (
            ("core/desk/intake.py", "    if event.author_is_bot:\n", "    if False:\n"),
            ("core/desk/intake.py", '    if author.standing == "bot":\n', "    if False:\n"),
        ),
    ),
}
