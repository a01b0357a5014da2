"""What was laid out for one picture, kept for others that are like it."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

Thing = TypeVar("Thing")


class Alike(Generic[Thing]):
    """As many things as are in use at the same time, of the kind that was wanted last."""

    def __init__(self) -> None:
        self._kept: deque[tuple[object, Thing]] = deque()

    def take(self, kind: object) -> Thing | None:
        """A thing of this kind that nobody uses, if there is one."""
        with suppress(IndexError):
            while True:
                kept, thing = self._kept.pop()
                if kept == kind:
                    return thing
        return None

    def keep(self, kind: object, thing: Thing) -> None:
        """Have it for the next who wants one, which may be another thread."""
        self._kept.append((kind, thing))
