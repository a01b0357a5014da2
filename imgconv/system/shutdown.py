"""The end of a process by a signal: unfinished files are deleted, then callbacks run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import NoReturn

from imgconv.system import atomic

# How long a callback may take, in seconds: a terminal that shall show its cursor again may hang.
CALLBACK_SECONDS = 0.1

_callbacks: list[tuple[Callable[[], None], float]] = []
_begun = Lock()


@contextmanager
def on_shutdown(callback: Callable[[], None], seconds: float = CALLBACK_SECONDS) -> Iterator[None]:
    """Call ``callback`` if a signal ends the process meanwhile, and wait up to ``seconds``."""
    entry = (callback, seconds)
    _callbacks.append(entry)
    try:
        yield
    finally:
        _callbacks.remove(entry)


def shut_down(code: int) -> NoReturn:
    """End the process with an exit code, whatever its other threads do."""
    _begun.acquire()
    atomic.discard_unfinished()
    for callback, seconds in _callbacks:
        thread = Thread(target=callback, daemon=True)
        thread.start()
        thread.join(seconds)
    os._exit(code)


@contextmanager
def shutdown_deferred() -> Iterator[None]:
    """Hold back a shutdown meanwhile; block for good where one has begun."""
    with _begun:
        yield
