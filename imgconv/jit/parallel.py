"""Compile workers: processes that compile some of the loops that are missing.

Without them, since November 2026, a first run would take 3.83 s instead of 2.40 s: a process
compiles one loop at a time, and most of that is Python. A worker begins with the longest loop, the
run itself with the shortest; each skips loops that another process is compiling. They are for the
command line: in other programs ``sys.executable`` may be no Python.
"""

import os
import signal
import subprocess
import sys
import time
from ast import literal_eval
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread

from imgconv.jit import code_cache
from imgconv.jit.kernel_loop import Wanted, effort
from imgconv.system.available_memory import free_memory
from imgconv.system.lazy_imports import install_stand_ins
from imgconv.system.threads import available_cores

# More would wait for the longest loop, and each imports Numba, which takes memory.
MAX_WORKERS = 3

_MEMORY = 250_000_000  # bytes that a compiling process takes, also the run itself
_POLL_INTERVAL = 0.1  # seconds
_SCRIPT = "import sys; sys.path[:] = {}; from imgconv.jit import parallel; parallel.work()"


def worker_count() -> int:
    """Return the number of useful workers: by cores, memory, and whether they can share a cache."""
    if not sys.executable or not code_cache.can_be_shared():
        return 0
    return int(max(0, min(MAX_WORKERS, available_cores() - 1, free_memory() // _MEMORY - 1)))


@contextmanager
def compile_workers(missing: Sequence[Wanted]) -> Iterator[None]:
    """Have workers compile missing loops until the context is left."""
    longest_first = sorted(missing, key=effort, reverse=True)
    named = [(loop.loop.__module__, loop.loop.__name__, kinds) for loop, kinds in longest_first]
    count = min(worker_count(), len(missing) - 1)
    with workers([("imgconv.jit.parallel:compile_loops", repr(named))] * count):
        yield


@contextmanager
def workers(calls: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Start a process for each call ("module:function", its argument); kill them at the end."""
    processes: list[subprocess.Popen[bytes]] = []
    script, devnull = _SCRIPT.format(sys.path), subprocess.DEVNULL
    try:
        for call in calls:
            command = [sys.executable, "-P", "-c", script, str(os.getpid()), *call]
            with suppress(OSError):  # no process can be started: the run goes without
                processes.append(
                    subprocess.Popen(command, stdin=devnull, stdout=devnull, stderr=devnull)
                )
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def work() -> None:
    """Make the call on this worker's command line; end with it or with the parent process."""
    parent, name, argument = sys.argv[1:]
    install_stand_ins()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # inherited: system/shutdown.py blocks some
    Thread(target=_end_with, args=[int(parent)], daemon=True).start()
    module, function = name.split(":")
    getattr(import_module(module), function)(argument)
    os._exit(0)


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_POLL_INTERVAL)
    os._exit(1)


def compile_loops(missing: str) -> None:
    """Compile loops (module, name, kinds), given as a literal, unless others compile them."""
    for module, name, kinds in literal_eval(missing):
        getattr(import_module(module), name).compile(kinds, wait=False)
