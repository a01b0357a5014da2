"""End a run at a signal at once, with no temporary file left behind.

Python handles signals in its main thread, between two instructions, so a long call of a library
delays them. Here one thread waits for them, and all others block them. A forked process does not
have that thread: its parent ends it.
"""

from __future__ import annotations

import signal
from threading import Thread

from imgconv.system import shutdown

_SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")

_waiting: list[Thread] = []


def end_at_signals() -> None:
    """Have the process exit at a signal with 128 plus its number, as shells expect.

    Signals that the parent has set to be ignored, as ``nohup`` does, stay ignored. Call it before
    any other thread is started.
    """
    if not hasattr(signal, "pthread_sigmask"):
        return
    numbers = [getattr(signal, name) for name in _SIGNALS]
    awaited = {number for number in numbers if signal.getsignal(number) != signal.SIG_IGN}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    _waiting.append(Thread(target=_shut_down_at, args=(awaited,), daemon=True))
    _waiting[0].start()


def are_waited_for() -> bool:
    """Return whether ``end_at_signals`` has taken effect in this process."""
    return bool(_waiting)


def _shut_down_at(awaited: set[signal.Signals]) -> None:
    shutdown.shut_down(128 + signal.sigwait(awaited))
