"""One pool of threads for the whole process, and how many cores there are for it."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from imgconv.errors import UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor


Task = Callable[[], None]

_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def available_cores() -> int:
    """The cores that this process may use: the smaller of affinity and container quota."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(affinity or 1, _quota()))


def thread_count(threads: int | None) -> int:
    """Return ``threads``, or one for each core; raises ``UsageError`` for other values."""
    if threads is None:
        return available_cores()
    if not isinstance(threads, int) or threads < 1:
        raise UsageError(f"{threads} is not a number of threads", "give a whole number from 1")
    return threads


def _quota() -> int:
    try:
        quota, period = _CPU_MAX.read_text().split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError):
        return 1_000_000


class Job:
    """Tasks that several threads work on together; each asks ``stopped`` now and then."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        self._waiting = deque(tasks)
        self.stopped = False

    def work(self) -> None:
        """Take tasks until none is left. A task that fails stops the others."""
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
        """Run all tasks on the pool of ``threads`` threads, of which the caller's is one.

        At most ``at_once`` tasks run at the same time. The caller works too, so a task may run a
        job of its own on the same pool: it gets the help of those threads that are idle, and waits
        for no other. Returns when nothing runs any more, also after an interrupt.
        """
        helpers = min(threads, at_once or threads, len(self._waiting)) - 1
        running = [_pool(threads).submit(self.work) for _ in range(helpers)]
        try:
            self.work()
            _join(running)
        except BaseException:
            self.stopped = True
            _join(running)
            raise


def _join(running: list[Future[None]]) -> None:
    """Wait for the helpers that have begun, call off the others, and pass on what went wrong."""
    for helper in running:
        helper.cancel()
    errors = [helper.exception() for helper in running if not helper.cancelled()]
    for error in filter(None, errors):
        raise error


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """The threads beside the caller's own."""
    # Imported here, since a small picture needs no pool.
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads - 1, thread_name_prefix="imgconv")
