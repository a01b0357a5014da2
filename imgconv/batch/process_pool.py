"""A pool of worker processes, forked from this one, that share out numbered tasks.

Python runs one thread of a process at a time, so threads wait for each other's Python; workers do
not. A worker inherits the imported modules, and blocks the signals that its parent waits for. It
ends when the write end of a pipe is closed: by its parent, or by the end of its parent.
"""

import os
import signal
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import islice
from multiprocessing import active_children, get_context
from threading import Thread
from typing import Any

from imgconv.system import atomic
from imgconv.system.shutdown import on_shutdown, shutdown_deferred

Run = Callable[[int], Any]

# Shares submitted for each worker: one that runs, and one that waits, so that no worker is idle.
_SUBMITTED = 2

# The most tasks of a share. To hand one over costs 0.4 ms, to filter a small JPEG 4 ms.
_LARGEST_SHARE = 8

# Shares become smaller towards the end, so that all workers end at about the same time.
_SHARES_LEFT = 4

# How long workers may take to delete unfinished files when a signal ends the run, in seconds.
_END_SECONDS = 5.0

# A worker calls this with the number of each task.
_run: Run


def run_tasks(numbers: Iterable[int], workers: int, run: Run) -> Iterator[tuple[int, Any]]:
    """Call ``run`` with all numbers, in workers, and yield each with its result as they come.

    A worker that dies ends its pool. The result of a task that was submitted to it is None, whether
    it was done or not; new workers do the others. Where there is no room for workers, this process
    does all. No other thread may run Python meanwhile, but one that waits for signals.
    """
    waiting = deque(numbers)
    while waiting:
        running: dict[Future[Any], list[int]] = {}
        with _started_pool(workers, run) as pool, suppress(BrokenProcessPool):
            if pool is None:
                yield from ((number, run(number)) for number in waiting)
                return
            yield from _results(pool, waiting, running, workers)
        for future, share in running.items():
            results = [None] * len(share) if future.exception() else future.result()
            yield from zip(share, results, strict=True)


def _results(
    pool: ProcessPoolExecutor,
    waiting: deque[int],
    running: dict[Future[Any], list[int]],
    workers: int,
) -> Iterator[tuple[int, Any]]:
    while waiting or running:
        while waiting and len(running) < _SUBMITTED * workers:
            size = min(_LARGEST_SHARE, -(-len(waiting) // (_SHARES_LEFT * workers)))
            share = list(islice(waiting, size))
            running[pool.submit(_run_share, share)] = share  # which a broken pool refuses
            for _ in share:
                waiting.popleft()
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            results = future.result()
            yield from zip(running.pop(future), results, strict=True)


@contextmanager
def _started_pool(workers: int, run: Run) -> Iterator[ProcessPoolExecutor | None]:
    """Give a pool; None where there is no room for processes or threads, or no semaphores."""
    reading, writing = os.pipe()
    pool = None
    try:
        with on_shutdown(partial(_end_workers, writing), _END_SECONDS):
            with shutdown_deferred(), warnings.catch_warnings():
                # Python warns of other threads, whose locks stay locked in workers. There is only
                # the one that waits for signals, and a shutdown, which takes locks, is deferred.
                warnings.simplefilter("ignore", DeprecationWarning)
                with suppress(OSError, RuntimeError, ImportError):
                    arguments = run, reading, writing
                    forked = ProcessPoolExecutor(workers, get_context("fork"), _start, arguments)
                    forked.submit(os.getpid)  # forks all workers
                    pool = forked
            yield pool
    finally:
        with shutdown_deferred():  # for good, where a shutdown has begun
            _end_workers(writing)
        if pool:
            pool.shutdown()
        os.close(reading)


def _end_workers(writing: int) -> None:
    os.close(writing)
    for worker in active_children():
        worker.join()


def _start(run: Run, reading: int, writing: int) -> None:
    global _run
    _run = run
    os.close(writing)
    # A broken pool sends SIGTERM to its workers, which must delete their unfinished files first.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        Thread(target=_end_with_pipe, args=(reading,), daemon=True).start()
    except RuntimeError:  # there is no room for a thread
        os._exit(1)


def _end_with_pipe(reading: int) -> None:
    os.read(reading, 1)  # blocks until the pipe is closed
    atomic.discard_unfinished()
    os._exit(1)


def _run_share(numbers: list[int]) -> list[Any]:
    return [_run(number) for number in numbers]
