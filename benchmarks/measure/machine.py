"""The machine: what it calls itself, its cores awake, and what other programs took of them."""

from __future__ import annotations

import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

import numpy as np

_INFORMATION, _STATISTICS = Path("/proc/cpuinfo"), Path("/proc/stat")


def processor() -> str:
    """What the processor calls itself."""
    names = [
        line.partition(":")[2].strip()
        for line in _lines(_INFORMATION)
        if line.startswith("model name")
    ]
    return names[0] if names else platform.processor() or platform.machine()


def wake_cores(seconds: float = 0.2) -> None:
    """Keep all cores busy for a while.

    A core of a virtual machine that has slept takes some tenths of a second to come back: beside a
    run on one thread, the first runs on two took half as long again as later ones, with any tool.
    """
    end = time.perf_counter() + seconds

    def work() -> None:
        values = np.ones(500_000, np.float32)
        while time.perf_counter() < end:
            np.sqrt(values, out=values)

    threads = [Thread(target=work) for _ in range(os.cpu_count() or 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


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
    """The first line of the statistics: user, nice, system, idle, waiting, and interrupts."""
    for line in _lines(_STATISTICS):
        user, nice, system, _, _, *interrupts = map(int, line.split()[1:9])
        return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    return float("nan")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
