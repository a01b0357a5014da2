"""The table, the claims, and where a row falls short: the lines of docs/benchmarks.md."""

from __future__ import annotations

import datetime
import math
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from measure.claims import Verdict
from measure.figures import THREADS, Figures
from measure.machine import processor
from measure.work import HEIGHT, TOOLS, WIDTH

INTRODUCTION = """\
# Benchmarks

Written by `python benchmarks/in_memory.py`: not to be edited. For `imgconv match` beside OpenCV and
scikit-image see [match](understanding/match.md#how-fast).

A picture of {width}x{height} pixels, RGB, 8 bits, in memory: a photograph, noise in two corners,
its edge going on outwards. All tools are called as a user would call them, make their own result,
and take turns in one process; a time is the median of {rounds} turns in milliseconds, on one thread
and on two (of fewer where a tool took more than {patience:g} seconds for a row). All cores are kept
awake by programs that give way to any other: one that sleeps takes milliseconds to come back.
*copy* copies the same bytes into memory that is there already. An engine *in 16 bits* sums whole
numbers, which are exact, or fixed point. Everything was compared with float64 before it was timed.
An error is written *largest / mean*, in levels: the largest distance from the result in float64, of
which rounding alone makes 0.5, and the mean distance from that result rounded. *memory* is what
imgconv allocates beside picture and result, on two threads, in MB. A dash stands for what a tool
does not do, or so slowly that it was not run.

{opencv}

Machine: {machine}, {cores} cores. {versions}. {date}.
"""

OPENCV = """\
OpenCV: `blur`, `GaussianBlur` with the size left to it, `filter2D`; Sobel to 32-bit float, then
`magnitude` and `convertScaleAbs`; Laplacian to 16 bits, then `convertScaleAbs`; the chain in 32-bit
float, since imgconv does not round between filters; the last row shows it with rounding. Pillow's
`GaussianBlur` is an approximation, and its `Kernel` leaves the pixels at the edge as they were.
SciPy runs channel by channel to 32-bit float, rounded at the end."""


@dataclass(frozen=True)
class Column:
    """A heading, and what stands below it for a row; ``width`` is the least."""

    heading: str
    cell: Callable[[Figures], str]
    width: int = 0

    def pad(self, text: str) -> str:
        """Names to the left, figures to the right."""
        width = max(self.width, len(self.heading))
        return text.ljust(width) if self.heading in ("row", "engine") else text.rjust(width)


def times(tool: str) -> Callable[[Figures], str]:
    def cell(figures: Figures) -> str:
        found = [figures.seconds.get((tool, threads)) for threads in THREADS]
        return " / ".join(f"{seconds * 1000:.1f}" for seconds in found if seconds) or "-"

    return cell


def errors(tool: str) -> Callable[[Figures], str]:
    def cell(figures: Figures) -> str:
        found = figures.errors.get(tool)
        return f"{found.largest:.3f} / {found.mean:.4f}" if found else "-"

    return cell


def faster(figures: Figures) -> str:
    found = [figures.times_faster(threads) for threads in THREADS]
    return " / ".join(f"{ratio:.2f}" for ratio in found if not math.isnan(ratio)) or "-"


COLUMNS = (
    Column("row", lambda figures: figures.row.name, 16),
    Column("engine", lambda figures: figures.engines, 21),
    *(Column(tool.name, times(tool.name), 9 * len(tool.threads)) for tool in TOOLS),
    Column("times OpenCV", faster, 14),
    Column("2 threads", lambda figures: f"{figures.speed_up:.2f}"),
    Column("memory", lambda figures: f"{figures.megabytes:.1f}"),
    *(Column(f"error {tool.name}", errors(tool.name), 16) for tool in TOOLS if tool.name != "copy"),
)


def heading() -> str:
    """The two lines above the rows."""
    rule = ["-" * len(column.pad(column.heading)) for column in COLUMNS]
    return _line([column.pad(column.heading) for column in COLUMNS]) + "\n" + _line(rule)


def line(figures: Figures) -> str:
    """One row of the table."""
    return _line([column.pad(column.cell(figures)) for column in COLUMNS])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def verdict_line(verdict: Verdict) -> str:
    """A claim, its worst figure, and whether it holds."""
    return f"- {'PASS' if verdict.passed else 'short'}: {verdict.claim}: {verdict.figure}"


def shortfall_lines(verdicts: Sequence[Verdict], sections: Mapping[str, str]) -> list[str]:
    """Each row that misses a claim, with its figures, and the section of the notes on its limit."""
    found: dict[str, list[str]] = {}
    for verdict in verdicts:
        for row, figure in verdict.short.items():
            found.setdefault(row, []).append(f"{verdict.claim}: {figure}")
    return [
        f"- **{row}** ({'; '.join(claims)}): see {_link(sections.get(row, 'Two threads'))}"
        for row, claims in found.items()
    ] or ["No row does."]


def _link(section: str) -> str:
    """A Markdown link to a section of the notes."""
    return f"[{section}](performance-notes.md#{section.lower().replace(' ', '-')})"


def introduction(rounds: int, patience: float) -> str:
    """How it was measured, on what, with what, when."""
    versions = ", ".join(f"{_versioned(tool.name)} {tool.version}" for tool in TOOLS)
    return INTRODUCTION.format(
        width=WIDTH,
        height=HEIGHT,
        rounds=rounds,
        patience=patience,
        opencv=OPENCV,
        machine=processor(),
        cores=os.cpu_count(),
        versions=f"Python {platform.python_version()}, {versions}",
        date=datetime.date.today().isoformat(),
    )


def summary(verdicts: Sequence[Verdict], sections: Mapping[str, str], others: float) -> str:
    """Return the claims, and the rows that miss one, which follow the table."""
    return "\n".join(
        [
            f"\nMeanwhile other programs took {_share(others)} of the time of all cores.",
            "\n## Claims\n",
            "Speed is beside OpenCV; times hold on one thread and on two, the worse is shown. Rows",
            "that stand in the table only for comparison are left out of claims about all rows.\n",
            *map(verdict_line, verdicts),
            "\n## Where a row falls short\n",
            *shortfall_lines(verdicts, sections),
            "",
        ]
    )


def _share(part: float) -> str:
    return "an unknown part" if math.isnan(part) else f"{part:.1%}"


def _versioned(tool: str) -> str:
    return "NumPy" if tool == "copy" else tool
