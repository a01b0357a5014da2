"""Signals that end a run: at once, and with no unfinished file left behind.

Python hears of a signal when its main thread comes out of whatever library that is in, and other
threads never do. So these signals are blocked in all threads but one, which waits for them. A
process that is forked has no such thread: whoever it works for ends it.
"""

from __future__ import annotations

import signal
from threading import Thread

from imgconv.system import shutdown

_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")

_waiting: list[Thread] = []


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
    _waiting.append(Thread(target=_end_at, args=(heard,), daemon=True))
    _waiting[0].start()


def are_waited_for() -> bool:
    """Whether this process is one that ends at signals like this."""
    return bool(_waiting)


def _end_at(heard: set[signal.Signals]) -> None:
    shutdown.shut_down(128 + signal.sigwait(heard))
