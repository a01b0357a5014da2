"""The sizes of a layer's maps, and how far the picture is continued for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import Border
from imgconv.kernels.kernel import Reach
from imgconv.study.layer.activation import Pool
from imgconv.study.layer.bank import Bank

Positions = NDArray[np.int64]


class Sampling(NamedTuple):
    """Where the kernels of a layer are laid: every ``stride`` pixels, weights ``dilation`` apart.

    ``same`` and ``full`` continue the picture by the border once, before all filters of a chain.
    """

    stride: int = 1
    dilation: int = 1
    extent: str = "valid"
    border: Border = Border()


class Geometry(NamedTuple):
    """``source`` is (height, width) of the picture, ``reach`` that of all kernels together.

    ``added`` is what the border adds on each side. ``summed`` and ``size`` are (height, width) of a
    map before and after pooling.
    """

    source: tuple[int, int]
    reach: Reach
    added: Reach
    summed: tuple[int, int]
    size: tuple[int, int]

    @classmethod
    def of(cls, pixels: Pixels, bank: Bank, sampling: Sampling, pool: Pool | None) -> Geometry:
        """Return the sizes; raises ``UsageError`` where nothing is left."""
        reaches = [_together(entry.reaches(sampling.dilation)) for entry in bank.entries]
        reach = Reach(*map(max, zip(*reaches, strict=True)))
        added = _added(reach, sampling.extent)
        tall = pixels.height + added.height - reach.height
        wide = pixels.width + added.width - reach.width
        if tall < 1 or wide < 1:
            size = f"{reach.width}x{reach.height}"
            raise UsageError(
                f"a kernel of {size} leaves nothing of {pixels.width}x{pixels.height}",
                "choose --extent same or full, or a smaller kernel",
            )
        summed = (tall - 1) // sampling.stride + 1, (wide - 1) // sampling.stride + 1
        source = pixels.height, pixels.width
        return cls(source, reach, added, summed, pool.size(*summed) if pool else summed)

    def positions(self, pixels: Pixels, border: Border) -> tuple[Positions, Positions]:
        """Return the rows and columns of the continued picture, ``OUTSIDE`` where it has none."""
        added = self.added
        if any(added) and border.name == "none":
            raise UsageError("maps know no border none", "choose another --border")
        place = border.rule.positions
        rows = np.arange(-added.above, pixels.height + added.below)
        columns = np.arange(-added.left, pixels.width + added.right)
        return place(rows, pixels.height), place(columns, pixels.width)


def _added(reach: Reach, extent: str) -> Reach:
    above, below, left, right = reach
    if extent == "full":
        return Reach(above + below, above + below, left + right, left + right)
    return reach if extent == "same" else Reach(0, 0, 0, 0)


def _together(reaches: Sequence[Reach]) -> Reach:
    return Reach(*map(sum, zip(*reaches, strict=True)))
