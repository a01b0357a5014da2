"""Waiting for another thread, ready for an interrupt at any moment.

An interrupt that comes when a thread is just about to wait does not wake it, so waits without end
would now and then end only with the film. These wait a moment at a time.
"""

from __future__ import annotations

from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from typing import TypeVar

MOMENT = 0.1  # seconds

Item = TypeVar("Item")


def patiently_get(queue: Queue[Item]) -> Item:
    """The next item of ``queue``."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=MOMENT)


def patiently_put(queue: Queue[Item], item: Item) -> None:
    """Add ``item`` to ``queue`` once there is room."""
    while True:
        with suppress(Full):
            queue.put(item, timeout=MOMENT)
            return


def patiently_join(thread: Thread) -> None:
    """Wait until ``thread`` has ended."""
    while thread.is_alive():
        thread.join(MOMENT)
