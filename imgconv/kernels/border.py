"""What lies beyond the edge of a picture.

Each border maps a position on an axis of ``size`` pixels, which may lie outside it, to the pixel
that stands there, or to ``OUTSIDE`` where a fixed colour stands. The names are SciPy's; other
tools give them other meanings, so each has its little picture.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from imgconv.errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


if TYPE_CHECKING:
    Positions = NDArray[np.int64]

OUTSIDE = -1


def _edge(at: Positions, size: int) -> Positions:
    return at.clip(0, size - 1)


def _constant(at: Positions, size: int) -> Positions:
    inside = (at >= 0) & (at < size)
    return at * inside + OUTSIDE * ~inside


def _reflect(at: Positions, size: int) -> Positions:
    at = at % (2 * size)
    return at.clip(None, 2 * size - 1 - at)


def _mirror(at: Positions, size: int) -> Positions:
    period = max(2 * size - 2, 1)
    at = at % period
    return at.clip(None, period - at) if size > 1 else at


def _wrap(at: Positions, size: int) -> Positions:
    return at % size


class Rule(NamedTuple):
    """How one border continues a row of four pixels, drawn, and as a function of positions."""

    drawing: str
    positions: Callable[[Positions, int], Positions]


BORDERS = {
    "edge": Rule("a a a a | a b c d | d d d d", _edge),
    "constant": Rule("k k k k | a b c d | k k k k", _constant),
    "reflect": Rule("d c b a | a b c d | d c b a", _reflect),
    "mirror": Rule("c d c b | a b c d | c b a b", _mirror),
    "wrap": Rule("a b c d | a b c d | a b c d", _wrap),
}


class Border(NamedTuple):
    """One of ``BORDERS``; ``colour`` is what ``constant`` puts outside, as a person writes it.

    No colour means zero in every channel: black, and transparent where there is alpha.
    """

    name: str = "edge"
    colour: str = ""

    @classmethod
    def parse(cls, text: str) -> Border:
        """Read ``edge`` or ``constant:#ff8800``; raises ``UsageError`` for anything else."""
        name, colon, colour = text.partition(":")
        if name not in BORDERS:
            raise UsageError(f"no border is called '{name}'", f"choose from {', '.join(BORDERS)}")
        if colon and name != "constant":
            raise UsageError(f"the border '{name}' takes no colour", "only 'constant' does")
        return cls(name, colour)

    def positions(self, at: Positions, size: int) -> Positions:
        """The pixels that stand at the positions ``at`` of an axis of ``size`` pixels."""
        return BORDERS[self.name].positions(at, size)
