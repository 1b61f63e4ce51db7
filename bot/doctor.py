"""What is wrong with this install, and what to do about it. Looks only; changes nothing."""

import os
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot import deskfile, doctor_model
from bot import settings as environment
from bot.cli.database import address
from bot.findings import Finding
from bot.folders import no_database_file, writable
from bot.platforms import PLATFORMS
from bot.redaction import Redactor, secrets_of
from bot.settings import Settings
from core.language.errors import BadConfig
from core.language.policy import Policy
from core.store import migrate, outbox, receipts
from core.store.engine import DatabaseDown, Store, parse_url, sqlite_path
from core.store.lock import running_desk

# Less than this is soon full of attachments.
_LOW_SPACE = 500 * 1024 * 1024


async def examine() -> list[Finding]:
    """Everything, in the order in which a person would look."""
    found: list[Finding] = []
    settings, policy = _configuration(found.append)
    redactor = Redactor(secrets_of(settings)) if settings else Redactor()
    if settings:
        found += _data(settings.data)
        found += _database(settings)
        found += [each async for each in _platforms(settings, policy)]
        found += [each async for each in doctor_model.examine(settings)]
    return [Finding(f.check, f.state, redactor.text(f.detail), redactor.text(f.remedy)) for f in found]


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """Lines for people, and what it all comes to."""
    findings = list(findings)
    width = max(len(finding.check) for finding in findings)
    for finding in findings:
        yield f"{finding.state:<7}  {finding.check:<{width}}  {finding.detail}"
        if finding.remedy:
            yield f"{'':<7}  {'':<{width}}  → {finding.remedy}"
    wrong = sum(finding.state == "fail" for finding in findings)
    doubtful = sum(finding.state == "warn" for finding in findings)
    yield ""
    if wrong:
        yield f"{wrong} to repair" + (f", {doubtful} to look at." if doubtful else ".")
    else:
        yield f"Nothing to repair, {doubtful} to look at." if doubtful else "All is well."


# --- configuration -------------------------------------------------------------------------------------------


def _configuration(add: Callable[[Finding], None]) -> tuple[Settings | None, Policy | None]:
    try:
        settings = environment.load()
    except BadConfig as error:
        for problem in error.problems:
            name, _, what = problem.partition(": ")
            add(Finding("settings", "fail", f"{name} {what.partition('; ')[0]}", what.partition("; ")[2] or what))
        return None, None
    add(Finding("settings", "ok", "the environment is in order"))
    if settings.uses_sandbox and not settings.config.exists():
        add(Finding("desk.yaml", "skipped", "there is none; the sandbox brings its own"))
        return settings, None
    try:
        policy = deskfile.load(settings.config)
    except BadConfig as error:
        for problem in error.problems:
            add(Finding("desk.yaml", "fail", problem, "repair that line, then run deskhand check"))
        return settings, None
    add(Finding("desk.yaml", "ok", f"{settings.config} is in order: {policy.name}"))
    return settings, policy


# --- this machine --------------------------------------------------------------------------------------------


def _data(folder: Path) -> Iterator[Finding]:
    owner = f"give the folder to the user that runs the desk: chown -R $(whoami) {folder}"
    try:
        there = writable(folder)
    except OSError as error:
        yield Finding("data folder", "fail", f"{folder} cannot be written to ({error.strerror})", owner)
        return
    free = shutil.disk_usage(there).free
    if free < _LOW_SPACE:
        yield Finding("data folder", "warn", f"{free // 2**20} MB are free at {there}", "make room for attachments")
        return
    made = "can be written to" if there == folder else "will be made"
    yield Finding("data folder", "ok", f"{folder} {made}, {free // 2**30} GB are free")


def _database(settings: Settings) -> Iterator[Finding]:
    url = address(settings)
    path = sqlite_path(url)
    where = str(path or parse_url(url).set(drivername="postgresql").render_as_string(hide_password=True))
    if path is not None and settings.uses_sandbox and not path.exists():
        yield Finding("database", "skipped", f"{where} is not there yet")
        return
    if path is not None and (problem := no_database_file(path)):
        said, _, remedy = problem.removeprefix("DATABASE_URL: ").partition("; ")
        yield Finding("database", "fail", said, remedy)
        return
    try:
        found = migrate.state(url)
    except DatabaseDown as error:
        remedy = "start the database, and check DATABASE_URL"
        yield Finding("database", "fail", " ".join(str(error).split()), remedy)
        return
    match found:
        case "current":
            yield Finding("database", "ok", f"{where} has the newest schema")
        case "empty" | "older" if path is not None:
            yield Finding("database", "ok", f"{where} is brought to the newest schema when the desk starts")
            return
        case "empty" | "older":
            yield Finding("database", "fail", f"{where} is {found}", "run deskhand migrate")
            return
        case _:
            try:
                migrate.check(url)
            except migrate.WrongSchema as error:
                said, _, remedy = str(error).partition(". ")
                yield Finding("database", "fail", said, remedy)
            return
    if path is not None:
        holder = running_desk(url)
        detail = f"a desk runs on this database: process {holder.pid}" if holder else "no desk runs on this database"
        yield Finding("desk", "ok", detail)
        if path.stat().st_mode & 0o077 and os.name == "posix":
            yield Finding("database file", "warn", f"others on this machine can read {path}", f"chmod 600 {path}*")
    yield from _backlog(url)


def _backlog(url: str) -> Iterator[Finding]:
    store = Store.open_now(url, threads=1)
    try:
        counts = store.read_now(lambda connection: outbox.counts(connection, datetime.now(UTC)))
        stored, quarantined = store.read_now(receipts.counts_aside)
    finally:
        store.close_now()
    if counts.dead:
        yield Finding("dead letters", "warn", f"given up: {counts.dead}", "see deskhand dead-letters")
    else:
        yield Finding("dead letters", "ok", "none")
    if quarantined:
        detail = f"events that could not be handled: {quarantined}"
        yield Finding("quarantine", "warn", detail, "see deskhand quarantine")
    else:
        yield Finding("quarantine", "ok", "empty")
    waiting = counts.pending + counts.sending + counts.unknown
    detail = f"{waiting} to be sent, {stored} to be handled"
    if counts.oldest_due > 300:
        late = f"{detail}; the oldest is {counts.oldest_due / 60:.0f} minutes late"
        yield Finding("queues", "warn", late, "see that the desk runs, and what its /readyz says")
    else:
        yield Finding("queues", "ok", detail)


# --- the platforms -------------------------------------------------------------------------------------------


async def _platforms(settings: Settings, policy: Policy | None) -> AsyncIterator[Finding]:
    if settings.uses_sandbox:
        detail = "no tokens are set: the desk runs on the sandbox"
        yield Finding("tokens", "skipped", detail, "for the real thing, set what .env.example names")
        return
    for platform in PLATFORMS.values():
        async for finding in platform.examine(settings, policy):
            yield finding
