"""Waiting for another thread: until it is ready, and never longer than an interrupt may wait."""

from __future__ import annotations

from queue import Empty, Full, Queue

from imgconv.batch.stream import POLL_SECONDS, interruptibly


class Slow(Queue[str]):
    """A queue in which every third wait succeeds; none may be longer than ``POLL_SECONDS``."""

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


def test_a_queue_is_polled_until_it_takes_and_gives() -> None:
    queue = Slow()
    interruptibly(queue.put, "picture")
    assert interruptibly(queue.get) == "picture"
    assert queue.waits == 6
