"""The eight symmetries of a square, which kernels and pictures are turned by."""

from __future__ import annotations

from typing import NamedTuple


class Symmetry(NamedTuple):
    """One of the eight symmetries of a square: turned over as each says, one after the other.

    ``upside_down`` changes top and bottom, ``mirrored`` left and right; ``transposed`` makes rows
    of columns.
    """

    upside_down: bool = False
    mirrored: bool = False
    transposed: bool = False
