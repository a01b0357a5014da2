"""Borders and extents: the pixels outside of a picture, and the size of the result.

A border maps a position inside or outside of an axis of ``size`` pixels to the position of a pixel,
or to ``OUTSIDE`` for a constant colour. The names are SciPy's; other tools use them differently.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from imgconv import kernels
from imgconv.errors import UsageError
from imgconv.kernels.symmetry import Reach

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Positions = NDArray[np.int64]

OUTSIDE = -1


def _constant(at: "Positions", size: int) -> "Positions":
    inside = (at >= 0) & (at < size)
    return at * inside + OUTSIDE * ~inside


def _reflect(at: "Positions", size: int) -> "Positions":
    at = at % (2 * size)
    return at.clip(None, 2 * size - 1 - at)


def _mirror(at: "Positions", size: int) -> "Positions":
    period = max(2 * size - 2, 1)
    at = at % period
    return at.clip(None, period - at) if size > 1 else at


class BorderRule(NamedTuple):
    """A border: a drawing of four pixels continued, and a function of positions.

    ``is_flat`` says that all pixels far outside have one value.
    """

    drawing: str
    positions: "Callable[[Positions, int], Positions]"
    is_flat: bool = False


BORDERS = {
    "edge": BorderRule(
        "a a a a | a b c d | d d d d", lambda at, size: at.clip(0, size - 1), is_flat=True
    ),
    "constant": BorderRule("k k k k | a b c d | k k k k", _constant, is_flat=True),
    "reflect": BorderRule("d c b a | a b c d | d c b a", _reflect),
    "mirror": BorderRule("c d c b | a b c d | c b a b", _mirror),
    "wrap": BorderRule("a b c d | a b c d | a b c d", lambda at, size: at % size),
    "none": BorderRule("- - - - | a b c d | - - - -", _constant, is_flat=True),
}


def _remedy(name: str) -> str:
    """Return the remedy for the border of another tool: the name here, with its drawing."""
    meant = kernels.other_names.border_meant(name)
    if meant is None:
        return f"choose from {', '.join(BORDERS)}"
    return f"write {meant}, which is {BORDERS[meant.split(':')[0]].drawing}"


class Border(NamedTuple):
    """One of ``BORDERS``, and the colour of ``constant`` as in ``images/colour.py``.

    Without a colour every channel is 0: black, and transparent where there is alpha. ``none`` has
    no pixels outside: see ``coverage.py``.
    """

    name: str = "edge"
    colour: str = ""

    @classmethod
    def parse(cls, text: str) -> "Border":
        """Return the border of ``edge`` or ``constant:#ff8800``; raises ``UsageError``."""
        name, colon, colour = text.partition(":")
        if name not in BORDERS:
            raise UsageError(f"no border is called '{name}'", _remedy(name))
        if colon and name != "constant":
            raise UsageError(f"the border '{name}' takes no colour", "only 'constant' does")
        return cls(name, colour)

    @property
    def text(self) -> str:
        """The border as ``parse`` takes it."""
        return f"{self.name}:{self.colour}" if self.colour else self.name

    @property
    def rule(self) -> BorderRule:
        return BORDERS[self.name]


class Span(NamedTuple):
    """A range ``start .. start + size - 1`` of positions of the origin, in pixels of the input."""

    start: int
    size: int


class ExtentRule(NamedTuple):
    """An extent: its summary, and the span of the result.

    ``span`` is a function of the size of the picture, and the kernel's reach before and after its
    origin.
    """

    summary: str
    span: Callable[[int, int, int], Span]


# ``valid`` is narrow convolution, ``full`` wide convolution.
EXTENTS = {
    "same": ExtentRule(
        "as large as the picture: the origin lies on every pixel",
        lambda size, before, after: Span(0, size),
    ),
    "valid": ExtentRule(
        "smaller: the whole kernel lies inside the picture",
        lambda size, before, after: Span(before, size - before - after),
    ),
    "full": ExtentRule(
        "larger: at least one weight lies inside the picture",
        lambda size, before, after: Span(-after, size + before + after),
    ),
}


def span(extent: str, size: int, before: int, after: int) -> Span:
    """Return the result's span along an axis; raises ``UsageError`` where it is empty."""
    if extent not in EXTENTS:
        raise UsageError(f"no extent is called '{extent}'", f"choose from {', '.join(EXTENTS)}")
    result = EXTENTS[extent].span(size, before, after)
    if result.size < 1:
        raise UsageError(
            f"a kernel that spans {before + after + 1} pixels leaves nothing of {size} pixels",
            "choose --extent same or full",
        )
    return result


def spans(extent: str, size: tuple[int, int], reach: Reach) -> tuple[Span, Span]:
    """Return the result's rows and columns for a picture of the ``size`` (height, width).

    Raises ``UsageError`` as ``span`` does.
    """
    above, below, left, right = reach
    return span(extent, size[0], above, below), span(extent, size[1], left, right)
