"""Extents: the size of the result, from the positions of the kernel's origin.

For an axis of n pixels and a kernel of m weights::

    same    n            the origin lies on every pixel
    valid   n - m + 1    the whole kernel lies inside the picture (narrow convolution)
    full    n + m - 1    at least one weight lies inside the picture (wide convolution)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from imgconv.errors import UsageError


class Span(NamedTuple):
    """A range ``start .. start + size - 1`` of positions of the origin, in pixels of the input."""

    start: int
    size: int


# From the size of the picture, and the kernel's reach before and after its origin.
EXTENTS: dict[str, Callable[[int, int, int], Span]] = {
    "same": lambda size, before, after: Span(0, size),
    "valid": lambda size, before, after: Span(before, size - before - after),
    "full": lambda size, before, after: Span(-after, size + before + after),
}


def span(extent: str, size: int, before: int, after: int) -> Span:
    """Return the result's span along an axis; raises ``UsageError`` where it is empty."""
    if extent not in EXTENTS:
        raise UsageError(f"no extent is called '{extent}'", f"choose from {', '.join(EXTENTS)}")
    result = EXTENTS[extent](size, before, after)
    if result.size < 1:
        raise UsageError(
            f"a kernel that spans {before + after + 1} pixels leaves nothing of {size} pixels",
            "choose --extent same or full",
        )
    return result
