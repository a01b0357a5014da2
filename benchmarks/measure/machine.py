"""The machine: what it calls itself, its cores awake, and what other programs took of them."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_INFORMATION, _STATISTICS = Path("/proc/cpuinfo"), Path("/proc/stat")


def processor() -> str:
    """What the processor calls itself."""
    names = [
        line.partition(":")[2].strip()
        for line in _lines(_INFORMATION)
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


# Counts until whoever began it is gone.
_COUNT = """
import os, sys
parent, core = map(int, sys.argv[1:])
os.sched_setaffinity(0, {core})
os.nice(19)
os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


@contextmanager
def cores_awake() -> Iterator[None]:
    """Keep all cores awake by programs that give way to any other at once, where there are such.

    A core of a virtual machine that sleeps takes some milliseconds to come back, which is all that
    a short run on two threads takes, with any tool.
    """
    cores = os.sched_getaffinity(0) if hasattr(os, "SCHED_IDLE") else set()
    words = [sys.executable, "-c", _COUNT, str(os.getpid())]
    counting = [subprocess.Popen([*words, str(core)]) for core in cores]
    try:
        yield
    finally:
        for program in counting:
            program.kill()
            program.wait()


@dataclass(frozen=True)
class Moment:
    """A time, and the processor time used until then by this process and by all; in seconds."""

    now: float
    own: float
    all: float

    @classmethod
    def here(cls) -> Moment:
        """This moment."""
        return cls(time.perf_counter(), time.process_time(), _busy_seconds())

    def share_of_others(self) -> float:
        """What other programs took of all cores since then, 0 to 1; not a number if unknown."""
        end = Moment.here()
        others = (end.all - self.all) - (end.own - self.own)
        return others / ((end.now - self.now) * (os.cpu_count() or 1))


def _busy_seconds() -> float:
    """The first line of the statistics: user, nice, system, idle, waiting, and interrupts.

    What is nice gives way to others.
    """
    for line in _lines(_STATISTICS):
        user, _, system, _, _, *interrupts = map(int, line.split()[1:9])
        return (user + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return float("nan")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
