"""`make bench`, or `python -m bench [--json FILE] [--only PART …]`: how fast the desk is, as ratios against baselines
that are measured in the same run on the same machine. docs/performance.md says how each figure is defined.

The exit code is 1 when a figure falls short of its goal.
"""

import argparse
import asyncio
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bench import acks, databases, helpdesk, ingest, script
from bench.acks import Delay
from bench.databases import Databases
from bench.figures import Figure, Report, number, of_runs
from core.language.policy import Policy

_INGEST_TICKETS = 200
_INGEST_ROUNDS = 5
_HELPDESK_TICKETS = 100
_OPENED = 300
_HELPDESK_ROUNDS = 3
_ACK_ROUNDS = 5
_ACKS_EACH = 800

Part = Callable[["Bench"], Awaitable[None]]


class Bench:
    """What the parts share."""

    def __init__(self, folder: Path, report: Report, progress: Progress) -> None:
        self.folder = folder
        self.report = report
        self.progress = progress
        self.policy: Policy = script.policy(json.dumps(script.desk_file()))
        # The last thing that is said was said just now.
        self.end = time.time()

    def steps(self, what: str, total: int) -> Callable[[], None]:
        """To be called at each of the steps."""
        task: TaskID = self.progress.add_task(what, total=total)
        if not self.progress.console.is_terminal:
            # Bars are drawn at the end only; so one sees where it is.
            self.progress.console.print(f"{time.strftime('%H:%M:%S')} {what} …")
        return lambda: self.progress.advance(task)


async def on_sqlite(bench: Bench) -> None:
    await _ingest(bench, databases.Sqlite(bench.folder, bench.policy))


async def on_postgres(bench: Bench) -> None:
    with databases.postgres(bench.policy) as found:
        if found is None:
            why = "no PostgreSQL binaries here"
            bench.report.add(Figure("ingest on PostgreSQL / raw driver", None, "", 0.3, detail=why))
        else:
            await _ingest(bench, found)


async def _ingest(bench: Bench, on: Databases) -> None:
    step = bench.steps(f"ingest on {on.name}", 2 * _INGEST_ROUNDS + 1)
    said = script.script(_INGEST_TICKETS, bench.end)
    recording = await ingest.record(on, bench.policy, said, _INGEST_TICKETS)
    step()
    rates = await ingest.compare(on, bench.policy, said, _INGEST_TICKETS, recording, _INGEST_ROUNDS, step)
    bench.report.add(
        of_runs(
            f"ingest on {on.name} / raw driver",
            rates.ratios,
            goal=0.3,
            detail=f"desk {number(statistics.median(rates.desk))}/s, driver {number(statistics.median(rates.raw))}/s",
        )
    )
    most_statements: tuple[tuple[script.Kind, int], ...] = (("append", 14), ("open", 20))
    for kind, most in most_statements:
        counts = ingest.statements(said, recording, kind, met=True)
        first = ingest.statements(said, recording, kind, met=False)
        detail = f"mean {sum(counts) / len(counts):.1f}; when somebody is met for the first time at most {max(first)}"
        name = f"statements to {kind} on {on.name}, most"
        bench.report.add(Figure(name, max(counts), "", most, "less", detail=detail))


async def beside_helpdesk(bench: Bench) -> None:
    step = bench.steps("django-helpdesk", 2 * _HELPDESK_ROUNDS + 1)
    try:
        python = await helpdesk.install()
    except helpdesk.NotInstalled as error:
        bench.report.add(Figure("tickets / django-helpdesk", None, "", 3, detail=str(error)))
        return
    on = databases.Sqlite(bench.folder / "helpdesk", bench.policy)
    said = script.script(_OPENED, bench.end, only_opens=True)
    fewer = said[:_HELPDESK_TICKETS]
    ours: list[float] = []
    theirs: list[float] = []
    async with helpdesk.helpdesk(python, bench.folder, fewer, "favoured") as rival:
        for _ in range(_HELPDESK_ROUNDS):
            theirs.append(await rival.rate())
            step()
            seconds = await ingest.told(on.fresh(), bench.policy, said, _OPENED)
            ours.append(len(said) / seconds)
            step()
    mine, other = number(statistics.median(ours)), number(statistics.median(theirs))
    bench.report.add(
        of_runs(
            "tickets / django-helpdesk",
            [a / b for a, b in zip(ours, theirs, strict=True)],
            goal=3,
            detail=f"desk {mine}/s, its {other}/s (Django {rival.about['django']})",
        )
    )
    async with helpdesk.helpdesk(python, bench.folder, fewer, "defaults") as rival:
        rate = await rival.rate()
        about = rival.about
    step()
    detail = f"its {number(rate)}/s, journal {about['journal']}, synchronous {about['synchronous']}"
    bench.report.add(Figure("tickets / django-helpdesk by default", statistics.median(ours) / rate, "", detail=detail))


async def beside_bolt(bench: Bench) -> None:
    step = bench.steps("acks beside Bolt", 2 * _ACK_ROUNDS)
    found = await acks.throughput(bench.folder, bench.end, _ACK_ROUNDS, _ACKS_EACH, step)
    bench.report.add(
        of_runs(
            "acks over HTTP, committed / Bolt alone",
            found.ratios,
            goal=0.2,
            detail=f"desk {number(statistics.median(found.desk))}/s, Bolt {number(statistics.median(found.bolt))}/s",
        ),
        Figure(f"p99 of Bolt alone at {acks.STEADY[-1].rate}/s", found.bolt_p99 * 1000, "ms"),
    )


async def under_load(bench: Bench) -> None:
    loads = (*acks.STEADY, acks.BURST)
    step = bench.steps("acks under load", len(loads))
    await _under_load(bench, loads, 1.0, "", step)


async def delivering(bench: Bench) -> None:
    step = bench.steps("acks while delivering", len(acks.DELIVERING))
    await _under_load(bench, acks.DELIVERING, acks.UNLIMITED, ", delivering", step)


async def _under_load(
    bench: Bench, loads: tuple[acks.Load, ...], rate_factor: float, words: str, step: Callable[[], None]
) -> None:
    found, dead = await acks.delays(bench.folder, bench.end, loads, rate_factor, step)
    for one in found:
        goal = 1000.0 if one.load == acks.BURST else 50.0
        name = f"p99 of the ack at {one.load.rate}/s{words}"
        p99 = [seconds * 1000 for seconds in one.p99]
        bench.report.add(of_runs(name, p99, "ms", goal=goal, better="less", detail=_told(one)))
    harmed = sum(one.failed + one.lost for one in found)
    sent = sum(one.load.count for one in found)
    detail = f"of {number(sent)} events; {dead} effects given up"
    bench.report.add(Figure(f"not acked or lost{words}", harmed, "", 0, "less", detail=detail))


def _told(one: Delay) -> str:
    later = f", {one.stored} handled a little later" if one.stored else ""
    return f"p50 {number(one.p50 * 1000)} ms, longest {number(one.longest * 1000)} ms{later}"


PARTS: dict[str, Part] = {
    "sqlite": on_sqlite,
    "postgres": on_postgres,
    "helpdesk": beside_helpdesk,
    "bolt": beside_bolt,
    "load": under_load,
    "delivering": delivering,
}


async def run(parts: list[str], report: Report, console: Console) -> None:
    columns = (TextColumn("{task.description:<24}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as name, Progress(*columns, console=console) as progress:
        bench = Bench(Path(name), report, progress)
        for part in parts:
            await PARTS[part](bench)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make bench", description="How fast the desk is, against baselines.")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file, too")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="some parts (default: all)")
    options = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160)
    python, processors, load = platform.python_version(), os.cpu_count(), round(os.getloadavg()[0], 1)
    console.print(f"Python {python}, {processors} processors, {load} processes waiting for them before this began")
    report = Report({"python": python, "system": platform.platform(), "processors": processors, "load": load})
    begun = time.monotonic()
    try:
        asyncio.run(run(options.only, report, console))
    finally:
        # What was measured before something failed is worth knowing too.
        report.show(console)
        console.print(f"{time.monotonic() - begun:.0f} seconds")
        if options.json:
            report.write(options.json)
    return 1 if report.short else 0


if __name__ == "__main__":
    sys.exit(main())
