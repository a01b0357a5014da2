"""Signals that end a run: at once, and with no unfinished file left behind.

Python hears of a signal when its main thread comes out of whatever library that is in, and other
threads never do. So these signals are blocked in all threads but one, which waits for them.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

from imgconv import unfinished

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")

# So long is waited for what is left to do, such as to show the cursor again on a terminal that may
# not take any more.
_MOMENT = 0.1  # seconds

_last_acts: list[Callable[[], None]] = []


def end_at_signals() -> None:
    """Have the process end with 128 and the number of the signal, as shells expect.

    Signals that whoever started it wants ignored, as ``nohup`` does, are. Call it before any other
    thread is started.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    numbers = [getattr(signal, name) for name in _ENDING]
    heard = {number for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    signal.pthread_sigmask(signal.SIG_BLOCK, heard)
    Thread(target=_end_at, args=(heard,), daemon=True).start()


@contextmanager
def at_signal(act: Callable[[], None]) -> Iterator[None]:
    """Have ``act`` done when a signal ends the process in the meantime."""
    _last_acts.append(act)
    try:
        yield
    finally:
        _last_acts.remove(act)


def _end_at(heard: set[signal.Signals]) -> None:
    number = signal.sigwait(heard)
    unfinished.abandon()
    for act in _last_acts:
        last = Thread(target=act, daemon=True)
        last.start()
        last.join(_MOMENT)
    os._exit(128 + number)
