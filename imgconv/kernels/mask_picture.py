"""Masks in the frequency domain that are drawn: a picture of the size of the spectrum.

Frequency 0 lies at (height // 2, width // 2), black removes a frequency and white keeps it. A
picture of real levels has a symmetric spectrum, so the mask is made symmetric: each share becomes
the mean of its own and that of the opposite frequency.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.kernels.filter import PICTURE
from imgconv.kernels.frequency_mask import FrequencyMask
from imgconv.kernels.symmetry import Symmetry
from imgconv.system.hashing import blake2b

Array = NDArray[Any]


class MaskPicture:
    """A mask by its shares, float32 (height, width) in the order of ``fft2``: see ``drawn``.

    It has the methods of ``FrequencyMask``. Equal masks have the same shares.
    """

    kind = PICTURE

    def __init__(self, shares: Array, name: str) -> None:
        self._shares, self.name = shares, name

    @classmethod
    def drawn(cls, shares: Array, name: str) -> MaskPicture:
        """Return the mask of a picture of shares 0 .. 1, frequency 0 in the middle."""
        cornered = np.fft.ifftshift(shares).astype(np.float32)
        opposite = np.roll(cornered[::-1, ::-1], (1, 1), (0, 1))
        return cls((cornered + opposite) / 2, name)

    @property
    def size(self) -> tuple[int, int]:
        """The width and the height."""
        height, width = self._shares.shape
        return width, height

    def weights(self, down: Array, across: Array) -> Array:
        """Return the share at the nearest place to each frequency, in cycles a pixel."""
        width, height = self.size
        rows, columns = (np.rint(each).astype(int) for each in (down * height, across * width))
        nearest: Array = self._shares[rows % height, columns % width].astype(np.float64)
        return nearest

    def of_columns(self, height: int, width: int, columns: slice) -> Array:
        """Return the weights of some columns of ``rfft2`` of a picture, transposed.

        Raises ``UsageError`` where the spectrum has another size.
        """
        if self.size != (width, height):
            own = "x".join(map(str, self.size))
            raise UsageError(
                f"the mask {self.name} is {own}, but the spectrum {width}x{height}",
                f"give a mask of {width}x{height}",
            )
        return self._shares[:, columns].T

    @property
    def keeps_flat(self) -> bool:
        """Whether a picture of one colour stays as it is: the mean is kept."""
        return bool(self._shares[0, 0] == 1)

    def turned(self, symmetry: Symmetry) -> MaskPicture:
        """Return the mask for stored pixels that acts as this one does on upright ones."""
        shares = self._shares
        if symmetry.mirrored != symmetry.upside_down:  # both together change nothing
            shares = np.roll(shares[:, ::-1], 1, 1)
        return MaskPicture(shares.T if symmetry.transposed else shares, self.name)

    @cached_property
    def cache_key(self) -> str:
        """The digest of the shares, which identifies the mask in fingerprints."""
        digest = blake2b(repr(self.size).encode(), digest_size=16)
        digest.update(np.ascontiguousarray(self._shares).data.cast("B"))
        return digest.hexdigest()

    def __eq__(self, other: object) -> bool:
        """Return whether two masks have the same shares."""
        return isinstance(other, MaskPicture) and self.cache_key == other.cache_key

    def __hash__(self) -> int:
        """Return a hash of the shares."""
        return hash(self.cache_key)


AnyMask = FrequencyMask | MaskPicture
