"""The cores that the process may use, and jobs that run on its one pool of threads."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

from imgconv.errors import UsageError
from imgconv.system import control_groups

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

Task = Callable[[], None]

# Called with the work done and the whole of it.
Progress = Callable[[int, int], None]

# The files of a control group in version 2 and 1 that say which time in which period it may use.
_QUOTA_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))
_NO_QUOTA = 1_000_000


def no_progress(done: int, total: int) -> None:
    pass


def available_cores() -> int:
    """Return the cores that this process may use, by CPU affinity and quotas of control groups."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(affinity or 1, _smallest_quota())


def thread_count(threads: int | None) -> int:
    """Return ``threads``, or one for each core. Raises ``UsageError`` for other values."""
    if threads is None:
        return available_cores()
    if not isinstance(threads, Integral) or isinstance(threads, bool) or threads < 1:
        raise UsageError(f"{threads} is not a number of threads", "give a whole number from 1")
    return int(threads)


@cache  # 0.2 ms, and a run asks several times
def _smallest_quota() -> int:
    return min(map(_quota, control_groups.folders("cpu")), default=_NO_QUOTA)


def _quota(folder: Path) -> int:
    """Return the cores whose time a control group may use, rounded up."""
    for names in _QUOTA_FILES:
        with suppress(OSError, ValueError):
            quota, period = " ".join((folder / name).read_text() for name in names).split()
            if int(quota) > 0:  # without a limit it is "max", in version 1 -1
                return math.ceil(int(quota) / int(period))
    return _NO_QUOTA


class Job:
    """Tasks that several threads share. Long tasks check ``stopped`` now and then."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting = deque(tasks)
        self.stopped = False

    def work(self) -> None:
        """Run tasks until none is left. A task that raises an exception stops the others."""
        try:
            while not self.stopped:
                try:
                    task = self._waiting.popleft()
                except IndexError:
                    return
                task()
        except BaseException:
            self.stopped = True
            raise

    def run(self, threads: int, at_once: int | None = None) -> None:
        """Run all tasks on ``threads`` threads, the caller's among them.

        At most ``at_once`` tasks run at the same time. As the caller works too, a task may run a
        job on the same pool. Returns when no task runs any more, also after an interrupt.
        """
        others = min(threads, at_once or threads, len(self._waiting)) - 1
        running = [_pool(threads).submit(self.work) for _ in range(others)]
        try:
            self.work()
            _join(running)
        except BaseException:
            self.stopped = True
            self._waiting.clear()  # tasks may refer to the job: no cycle keeps their memory
            _join(running)
            raise


def _join(running: list[Future[None]]) -> None:
    """Cancel threads that have not begun, wait for the others, and raise the first exception."""
    for future in running:
        future.cancel()
    errors = [future.exception() for future in running if not future.cancelled()]
    for error in filter(None, errors):
        raise error


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # a small picture needs no pool

    return ThreadPoolExecutor(threads - 1, thread_name_prefix="imgconv")
