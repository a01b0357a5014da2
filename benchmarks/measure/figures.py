"""What a row takes: errors and memory first, then the times of all tools in turn."""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from imgconv.engines.base import Pass
from measure.reference import Levels, Values, answer_levels
from measure.work import TOOLS, Picture, Row

THREADS = (1, 2)

# A tool that has taken so many seconds for a row takes no further turn.
PATIENCE = 12.0


@dataclass(frozen=True)
class Errors:
    """In levels: how far off the float64 result at most, and off its rounding on average."""

    largest: float
    mean: float


@dataclass(frozen=True)
class Figures:
    """All that is known of a row: ``seconds`` are medians, for each tool and number of threads."""

    row: Row
    passes: list[Pass]
    seconds: dict[tuple[str, int], float]
    errors: dict[str, Errors]
    megabytes: float
    differing: int
    """How many values of imgconv's result depend on the number of threads, which none may."""

    def times_faster(self, threads: int, than: str = "OpenCV") -> float:
        """The time of another tool over that of imgconv; not a number where it was not run."""
        return self.seconds.get((than, threads), float("nan")) / self.seconds["imgconv", threads]

    @property
    def engines(self) -> str:
        """The engines that run, and in which numbers."""
        names = (each.engine + " in 16 bits" * each.is_whole for each in self.passes)
        return ", ".join(dict.fromkeys(names))

    @property
    def speed_up(self) -> float:
        """What the second thread is worth."""
        return self.seconds["imgconv", 1] / self.seconds["imgconv", 2]


@dataclass(frozen=True)
class Contestant:
    """A tool on so many threads, and what each of its turns took."""

    tool: str
    threads: int
    settle: Callable[[], None]
    run: Callable[[], Any]
    turns: list[float] = field(default_factory=list)


def measure(row: Row, picture: Picture, rounds: int) -> Figures:
    """Everything about one row."""
    megabytes = working_megabytes(row, picture)
    contestants = enter(row, picture)
    results = results_of(contestants)
    errors = errors_of(results, answer_levels(picture.pixels, row.answer))
    differing = np.count_nonzero(results["imgconv", 1] != results["imgconv", 2])
    seconds = medians_in_turn(contestants, rounds)
    return Figures(row, row.passes, seconds, errors, megabytes, int(differing))


def enter(row: Row, picture: Picture) -> list[Contestant]:
    """Everybody who does this row, in the order of their turns."""
    works = row.works()
    return [
        Contestant(
            tool.name,
            threads,
            partial(tool.settle, threads),
            partial(works[tool.name], picture, threads),
        )
        for threads in THREADS
        for tool in TOOLS
        if tool.name in works and threads in tool.threads
    ]


def working_megabytes(row: Row, picture: Picture) -> float:
    """What imgconv allocates at most beside its result, on two threads, as NumPy tells tracemalloc.

    A few rows are filtered before, so that loops are compiled, and the whole picture never was, so
    that memory which is kept from one call to the next is counted.
    """
    row.by_imgconv(picture.pixels[:64], 2)
    tracemalloc.start()
    result = row.by_imgconv(picture.pixels, 2)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (peak - result.nbytes) / 1e6


def results_of(contestants: Sequence[Contestant]) -> dict[tuple[str, int], Levels]:
    """The pictures that come out; all have run once then and are warm."""
    results = {}
    for contestant in contestants:
        contestant.settle()
        results[contestant.tool, contestant.threads] = np.asarray(contestant.run())
    return results


def errors_of(results: dict[tuple[str, int], Levels], answer: Values) -> dict[str, Errors]:
    """The errors of every tool on one thread."""
    rounded = np.floor(answer + 0.5)
    return {
        tool: Errors(float(np.abs(levels - answer).max()), float(np.abs(levels - rounded).mean()))
        for (tool, threads), levels in results.items()
        if threads == 1
    }


def medians_in_turn(contestants: Sequence[Contestant], rounds: int) -> dict[tuple[str, int], float]:
    """A B A B: what disturbs the machine for a while disturbs all alike."""
    for _ in range(rounds):
        for contestant in contestants:
            if sum(contestant.turns) < PATIENCE:
                contestant.settle()
                contestant.turns.append(seconds_of(contestant.run))
    return {(c.tool, c.threads): statistics.median(c.turns) for c in contestants}


def seconds_of(run: Callable[[], Any]) -> float:
    """The time of one call; to give its result's memory back is not part of it."""
    begun = time.perf_counter()
    result = run()
    seconds = time.perf_counter() - begun
    del result
    return seconds
