"""Processes of the system, for tests that start and kill some."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

# The time limit for any process, in seconds, long enough for any machine.
TIMEOUT = 60


def is_running(process: int) -> bool:
    """Return whether a process runs and is no zombie; reads Linux's /proc."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(is_done: Callable[[], bool]) -> None:
    """Return when ``is_done`` returns true; raise AssertionError after the time limit."""
    for _ in range(100 * TIMEOUT):
        if is_done():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen")
