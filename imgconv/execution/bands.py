"""The bands of a picture, each made and run by a task of its own."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from imgconv.system.threads import Job, Progress

# Python runs again after this many iterations, since an interrupt must not wait for long.
ITERATIONS = 32


class Runnable(Protocol):
    """A schedule of iterations."""

    iterations: int

    def run(self, first: int, last: int) -> None:
        """Run the iterations ``first .. last - 1``."""


Band = TypeVar("Band", bound=Runnable)


def run_bands(makers: Sequence[Callable[[], Band]], threads: int, progress: Progress) -> list[Band]:
    """Make and run each band on one of ``threads``; return them all."""
    done = 0.0
    made: list[Band] = []

    def work(make: Callable[[], Band]) -> None:
        nonlocal done
        band = make()
        made.append(band)
        for first in range(0, band.iterations, ITERATIONS):
            if job.stopped:
                return
            last = min(first + ITERATIONS, band.iterations)
            band.run(first, last)
            done += (last - first) / band.iterations / len(makers)
            progress(round(1000 * min(done, 1)), 1000)

    job = Job([partial(work, make) for make in makers])
    job.run(threads)
    progress(1000, 1000)
    return made


def run_again(bands: Sequence[Band], threads: int, progress: Progress) -> None:
    """Run bands that are made already."""
    run_bands([partial(_same, band) for band in bands], threads, progress)


def _same(band: Band) -> Band:
    return band
