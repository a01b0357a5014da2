"""The bands of a picture, made and run side by side, turn after turn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from imgconv.system.threads import Job

# After so many turns Python is heard again: an interrupt must not wait for long.
TURNS = 32

Progress = Callable[[int, int], None]


class Turns(Protocol):
    """What is run in ``turns`` turns."""

    turns: int

    def run(self, first: int, last: int) -> None:
        """Take the turns ``first .. last - 1``."""


Band = TypeVar("Band", bound=Turns)


def run_bands(makes: Sequence[Callable[[], Band]], threads: int, progress: Progress) -> list[Band]:
    """Make and run each band in a task of its own, on so many threads; gives them.

    ``progress`` is told now and then how much of how much is done.
    """
    done = 0.0
    made: list[Band] = []

    def work(make: Callable[[], Band]) -> None:
        nonlocal done
        band = make()
        made.append(band)
        for turn in range(0, band.turns, TURNS):
            if job.stopped:
                return
            last = min(turn + TURNS, band.turns)
            band.run(turn, last)
            done += (last - turn) / band.turns / len(makes)
            progress(round(1000 * min(done, 1)), 1000)

    job = Job([partial(work, make) for make in makes])
    job.run(threads)
    progress(1000, 1000)
    return made


def itself(band: Band) -> Callable[[], Band]:
    """What makes a band that is there already."""
    return lambda: band
