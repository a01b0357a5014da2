"""The end of a process by a signal, at once: unfinished files are deleted, then callbacks run.

Python handles signals in its main thread, between two instructions, so a long call of a library
delays them. Here one thread waits for them, and all others block them. A forked process does not
have that thread: its parent ends it.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import NoReturn

from imgconv.system import atomic

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

# How long a callback may take, in seconds: a terminal that shall show its cursor again may hang.
CALLBACK_SECONDS = 0.1

_callbacks: list[tuple[Callable[[], None], float]] = []
_begun = Lock()
_waiting: list[Thread] = []


def end_at_signals() -> None:
    """Have the process exit at a signal with 128 plus its number, as shells expect.

    Signals that the parent ignores, as ``nohup`` does, stay ignored. Call it before threads start.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    numbers = [getattr(signal, name) for name in _SIGNALS]
    awaited = {number for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    _waiting.append(Thread(target=lambda: shut_down(128 + signal.sigwait(awaited)), daemon=True))
    _waiting[0].start()


def signals_are_awaited() -> bool:
    """Return whether ``end_at_signals`` has taken effect in this process."""
    return bool(_waiting)


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
