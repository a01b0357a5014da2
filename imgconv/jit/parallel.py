"""Other processes that compile some of the loops that this one lacks.

Numba compiles one loop at a time in a process, and most of that is Python. So the first run of a
filter gets help: each helper takes the longest loop that nobody is at, the run itself the shortest,
and what one has made the others load. It is for the command line: elsewhere Python's own program
may be something else.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from threading import Thread
from typing import Any

from imgconv.jit import code_cache
from imgconv.jit.kernel_loop import Wanted, effort
from imgconv.system.available_memory import free_memory
from imgconv.system.lazy_imports import install_stand_ins
from imgconv.system.threads import available_cores

# More would wait for the longest loop, and each imports Numba, which takes memory.
MOST = 3

# What a process takes that compiles, the run as well, in bytes.
_MEMORY = 250_000_000

# A helper looks so often whether its run is there.
_MOMENT = 0.1  # seconds

_COMMAND = (
    "import sys; sys.path[:] = {}; from imgconv.jit.parallel import work; work(*sys.argv[1:])"
)


def useful() -> int:
    """How many helpers are of use: as cores and memory allow, where all can share the cache."""
    if not sys.executable or not code_cache.can_be_shared():
        return 0
    return int(max(0, min(MOST, available_cores() - 1, free_memory() // _MEMORY - 1)))


@contextmanager
def helped(missing: Sequence[Wanted]) -> Iterator[None]:
    """Have helpers at what is missing, until this process has all of it."""
    longest_first = sorted(missing, key=effort, reverse=True)
    named = [(loop.loop.__module__, loop.loop.__name__, kinds) for loop, kinds in longest_first]
    count = min(useful(), len(missing) - 1)
    with at_work([("imgconv.jit.parallel:compile_all", json.dumps(named))] * count):
        yield


@contextmanager
def at_work(works: Sequence[tuple[str, str]]) -> Iterator[None]:
    """Have a helper at each work: a function, written ``module:function``, and what it is given."""
    helpers: list[subprocess.Popen[bytes]] = []
    try:
        for work in works:
            with suppress(OSError):  # there is no room for another process: it goes without
                helpers.append(_start(*work))
        yield
    finally:
        for helper in helpers:
            helper.kill()
            helper.wait()


def _start(name: str, given: str) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-P", "-c", _COMMAND.format(sys.path), str(os.getpid()), name, given]
    nothing = subprocess.DEVNULL
    return subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)


def work(run: str, name: str, given: str) -> None:
    """What a helper does for the run of that number: no longer than it is there."""
    install_stand_ins()
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # a run has blocked some, also for its helpers
    Thread(target=_end_with, args=[int(run)], daemon=True).start()
    module, function = name.split(":")
    getattr(import_module(module), function)(given)
    os._exit(0)


def _end_with(run: int) -> None:
    while os.getppid() == run:
        time.sleep(_MOMENT)
    os._exit(1)


def compile_all(missing: str) -> None:
    """For helpers: compile the loops that are named, but for those that others are at."""
    for module, name, lists in json.loads(missing):
        getattr(import_module(module), name).compile(_tuples(lists), wait=False)


def _tuples(values: Any) -> Any:
    """Kinds as they were before JSON made lists of them."""
    return tuple(map(_tuples, values)) if isinstance(values, list) else values
