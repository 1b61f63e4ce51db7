"""A measured figure beside its goal, and how figures are shown."""

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

Better = Literal["more", "less"]


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is what counts; `runs` what it is the median of; `detail` what it was made from. Without a goal it is
    told for comparison only. `value` is None for what could not be measured here; `detail` then says why."""

    name: str
    value: float | None
    unit: str
    goal: float | None = None
    better: Better = "more"
    runs: tuple[float, ...] = ()
    detail: str = ""

    @property
    def verdict(self) -> Literal["ok", "short", "not measured", ""]:
        if self.value is None:
            return "not measured"
        if self.goal is None:
            return ""
        reached = self.value >= self.goal if self.better == "more" else self.value <= self.goal
        return "ok" if reached else "short"


@dataclass(slots=True)
class Report:
    machine: dict[str, Any]
    figures: list[Figure] = field(default_factory=list)

    def add(self, *figures: Figure) -> None:
        self.figures += figures

    @property
    def short(self) -> list[Figure]:
        return [figure for figure in self.figures if figure.verdict == "short"]

    def show(self, console: Console) -> None:
        table = Table(box=None, header_style="bold", pad_edge=False)
        for title in ("figure", "measured", "goal", "", "spread", "from"):
            table.add_column(title, overflow="fold")
        for one in self.figures:
            style = {"ok": "green", "short": "red"}.get(one.verdict, "")
            table.add_row(
                one.name,
                "–" if one.value is None else f"{number(one.value)} {one.unit}".strip(),
                _goal(one),
                f"[{style}]{one.verdict}[/]" if style else one.verdict,
                f"{number(min(one.runs))} … {number(max(one.runs))}" if len(one.runs) > 1 else "",
                one.detail,
            )
        console.print(table)

    def write(self, path: Path) -> None:
        figures = [{**asdict(figure), "verdict": figure.verdict} for figure in self.figures]
        path.write_text(json.dumps({"machine": self.machine, "figures": figures}, indent=1) + "\n")


def of_runs(name: str, runs: Sequence[float], unit: str = "", **more: Any) -> Figure:
    """The median of several runs."""
    return Figure(name, statistics.median(runs), unit, runs=tuple(runs), **more)


def number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.2f}"


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≥' if figure.better == 'more' else '≤'} {number(figure.goal)} {figure.unit}".strip()
