"""Waiting for another thread: until it is ready, and never for longer than a moment at a time."""

from __future__ import annotations

from queue import Empty, Full, Queue
from threading import Thread

from imgconv.batch.stream import POLL_SECONDS, get, join, put


class Slow(Queue[str]):
    """A queue in which every third wait is over in time; none may last longer than a moment."""

    waits = 0

    def _is_over(self, timeout: float | None) -> bool:
        assert timeout == POLL_SECONDS
        self.waits += 1
        return self.waits % 3 == 0

    def get(self, block: bool = True, timeout: float | None = None) -> str:
        if not self._is_over(timeout):
            raise Empty
        return super().get(block)

    def put(self, item: str, block: bool = True, timeout: float | None = None) -> None:
        if not self._is_over(timeout):
            raise Full
        super().put(item)


class Long(Thread):
    """A thread that ends in the third moment that it is waited for."""

    waits = 0

    def is_alive(self) -> bool:
        return self.waits < 3

    def join(self, timeout: float | None = None) -> None:
        assert timeout == POLL_SECONDS
        self.waits += 1


def test_a_queue_is_asked_moment_by_moment_until_it_gives_and_takes() -> None:
    queue = Slow()
    put(queue, "picture")
    assert get(queue) == "picture"
    assert queue.waits == 6


def test_a_thread_is_asked_moment_by_moment_until_it_has_ended() -> None:
    thread = Long()
    join(thread)
    assert thread.waits == 3
