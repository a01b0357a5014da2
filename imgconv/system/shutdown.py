"""The end of a process by a signal: nothing unfinished stays, and some acts are the last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import NoReturn

from imgconv.system import atomic

# So long is waited for what is left to do, such as to show the cursor again on a terminal that may
# not take any more.
MOMENT = 0.1  # seconds

_last_acts: list[tuple[Callable[[], None], float]] = []

_begun = Lock()


@contextmanager
def at_end(act: Callable[[], None], seconds: float = MOMENT) -> Iterator[None]:
    """Have ``act`` done when a signal ends the process meanwhile; it may take so many seconds."""
    last = (act, seconds)
    _last_acts.append(last)
    try:
        yield
    finally:
        _last_acts.remove(last)


def end(code: int) -> NoReturn:
    """End the process with an exit code, whatever its other threads are at."""
    _begun.acquire()
    atomic.abandon()
    for act, seconds in _last_acts:
        last = Thread(target=act, daemon=True)
        last.start()
        last.join(seconds)
    os._exit(code)


@contextmanager
def not_yet() -> Iterator[None]:
    """Have the process not end meanwhile; where it is ending already, wait for that."""
    with _begun:
        yield
