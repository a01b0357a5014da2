"""A kernel's reach, and the symmetries of a square, by which kernels and pictures are turned."""

from typing import NamedTuple


class Reach(NamedTuple):
    """How many pixels a kernel touches on each side of the pixel under its origin."""

    above: int
    below: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """The rows of the smallest kernel with this reach."""
        return self.above + 1 + self.below

    @property
    def width(self) -> int:
        """The columns of the smallest kernel with this reach."""
        return self.left + 1 + self.right


class Symmetry(NamedTuple):
    """A symmetry of a square, applied in this order.

    ``upside_down`` exchanges top and bottom, ``mirrored`` left and right, ``transposed`` rows and
    columns.
    """

    upside_down: bool = False
    mirrored: bool = False
    transposed: bool = False
