"""Processes of the system, for tests that begin and end some."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

# Long enough for any machine, in seconds.
LONG = 60


def is_there(process: int) -> bool:
    """Whether a process runs; asks Linux."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(happened: Callable[[], bool]) -> None:
    """Return when it has happened."""
    for _ in range(100 * LONG):
        if happened():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
