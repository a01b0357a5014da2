"""A free list: what was made for one picture is lent to the next one of the same kind."""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")


class FreeList(Generic[Item]):
    """A free list for one kind of object; asking for another kind empties it.

    So it holds as many as threads use at the same time, and nothing of earlier kinds.
    """

    def __init__(self) -> None:
        self._free: deque[tuple[object, Item]] = deque()

    def take(self, kind: object) -> Item | None:
        """Return a free object of this kind, if there is one."""
        with suppress(IndexError):  # another thread may have taken the last one
            while True:
                found, item = self._free.pop()
                if found == kind:
                    return item
        return None

    def give(self, kind: object, item: Item) -> None:
        """Put an object back."""
        self._free.append((kind, item))
