"""Processes of the system, for tests that start and kill some."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

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


def scene_command(module: str, scene: str, *args: object) -> list[str]:
    """Return the command that calls a function of a module in a new process, which may fork."""
    return [sys.executable, "-c", f"from {module} import *; {scene}{args}"]


def printed_by(module: str, scene: str, *args: object) -> str:
    """Return what a function of a module prints in a process of its own."""
    command = scene_command(module, scene, *args)
    done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=True)
    assert done.stderr == ""
    return done.stdout.strip()


@contextmanager
def as_ordinary_user() -> Iterator[None]:
    """Drop root's rights, to whom nothing is refused; an ordinary user keeps their own.

    The test is skipped where others may not read this checkout.
    """
    user = os.geteuid()
    try:
        if user == 0:
            os.seteuid(65534)
        if not os.access(__file__, os.R_OK, effective_ids=True):
            pytest.skip("other users may not read this checkout")
        yield
    finally:
        os.seteuid(user)
