"""The surroundings of a pixel before and after a step, as levels."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.border import Span
from imgconv.study.chain import AnySource, Chain, Source
from imgconv.study.pixel import Explanation

Array = NDArray[np.float64]

# The pixels to a side: the usual number, the number beside a large kernel, and the most.
_SIDE, _AROUND, _MOST = 33, 16, 257


class View(NamedTuple):
    """A part of a picture: ``levels`` (height, width, channels), and a box of x, y, width, height.

    The box is counted from the upper left corner of the part; it may reach outside.
    """

    levels: Array
    box: tuple[int, int, int, int]


def before_and_after(explanation: Explanation, size: int | None = None) -> tuple[View, View]:
    """Return ``size`` pixels to a side of the step's source, and of its result.

    The boxes are the neighbourhood, and the pixel made of it. Near an edge the part is moved
    inside, and it is no larger than the picture.
    """
    chain, step = explanation.chain, explanation.step
    place = np.array([explanation.y]), np.array([explanation.x])
    down, across = (each[0] for each in step.positions(*place))
    top, left = int(down[0]), int(across[0])
    size = size or min(max(_SIDE, len(down) + _AROUND, len(across) + _AROUND), _MOST)
    rows = around(top + len(down) // 2, step.source.height, size)
    columns = around(left + len(across) // 2, step.source.width, size)
    box = (left - columns.start, top - rows.start, len(across), len(down))
    before = View(levels_of(chain, step.source, rows, columns), box)
    rows, columns = (
        around(at, length, size)
        for at, length in ((explanation.y, step.height), (explanation.x, step.width))
    )
    box = (explanation.x - columns.start, explanation.y - rows.start, 1, 1)
    return before, View(levels_of(chain, step, rows, columns), box)


def around(at: int, length: int, size: int) -> Span:
    """Return ``size`` positions around one, moved inside an axis, or all of a shorter axis."""
    size = min(size, length)
    return Span(min(max(at - size // 2, 0), length - size), size)


def levels_of(chain: Chain, source: AnySource, rows: Span, columns: Span) -> Array:
    """Return the levels that are stored, for a step in the middle of a chain too."""
    places = [np.arange(each.start, each.start + each.size) for each in (rows, columns)]
    if isinstance(source, Source):
        return source.levels(*places)
    return chain.stored(chain.levels(source.colours(*places)))
