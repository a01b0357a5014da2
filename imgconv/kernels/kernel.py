"""The kernel: a small grid of weights that slides over a picture.

For every colour channel, at every pixel::

    out[y, x] = offset + (1 / scale) * sum over j, i of weights[j, i] * in[y + j - oy, x + i - ox]

The kernel is laid over the picture as it is written (correlation). ``Kernel.flip`` turns it by 180
degrees, which is convolution in the mathematical sense. ``(oy, ox)`` is the origin, by default the
middle ``(height // 2, width // 2)``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import KernelError
from imgconv.kernels import display
from imgconv.kernels.checks import LARGEST_WEIGHT as LARGEST_WEIGHT
from imgconv.kernels.checks import MOST_WEIGHTS as MOST_WEIGHTS
from imgconv.kernels.checks import (
    checked_number,
    checked_offset,
    checked_origin,
    checked_scale,
    checked_weights,
)
from imgconv.kernels.factors import Factor, Weights, sigma_of, single_factor, singular_factors
from imgconv.kernels.filter import NORMALIZATIONS
from imgconv.kernels.symmetry import Reach as Reach
from imgconv.kernels.symmetry import Symmetry
from imgconv.system.hashing import blake2b

# Integer weights whose absolute values sum to less have exact float32 sums on 8-bit pictures.
_EXACT_SUM = 2**16

# Rows of numbers, or an array. With NumPy's ArrayLike, type checkers refuse [[1, 2], [0.5, 0]].
WeightsLike: TypeAlias = Sequence[Sequence[float]] | NDArray[Any]

# A kernel is made of a grid, or of a column and a row.
_Parts: TypeAlias = tuple[Weights, ...]


def widest_reach(kernels: Iterable[Kernel]) -> Reach:
    """Return the reach of all kernels together."""
    return Reach(*map(max, zip(*(kernel.reach for kernel in kernels), strict=True)))


class Kernel:
    """Weights, scale, offset and origin: immutable.

    ``weights`` is a list of rows, or any 2-D array of finite numbers, shape (height, width).
    ``scale`` divides the sum; ``offset`` is added after that, in the values of the picture.
    ``origin`` is (row, column), inside the kernel, by default (height // 2, width // 2).
    All are attributes, and so are ``height`` and ``width``, in pixels. Equal kernels have one hash.
    Raises ``KernelError`` for anything else.
    """

    height: int
    width: int
    scale: float
    offset: float
    origin: tuple[int, int]
    _parts: _Parts

    def __init__(
        self,
        weights: WeightsLike,
        scale: float = 1,
        offset: float = 0,
        origin: tuple[int, int] | None = None,
    ) -> None:
        self._set((checked_weights(weights),), scale, offset, origin)

    @classmethod
    def outer(
        cls,
        column: Sequence[float] | NDArray[Any],
        row: Sequence[float] | NDArray[Any],
        scale: float = 1,
        offset: float = 0,
        origin: tuple[int, int] | None = None,
    ) -> Kernel:
        """Return the kernel ``outer(column, row)``, whose grid is made only when it is used.

        A Gaussian of sigma 200 has 2.6 million weights but only two factors of 1601.
        """
        kernel = cls.__new__(cls)
        parts = tuple(checked_weights([part])[0] for part in (column, row))
        kernel._set(parts, scale, offset, origin)
        return kernel

    def _set(
        self, parts: _Parts, scale: float, offset: float, origin: tuple[int, int] | None
    ) -> None:
        shape: tuple[int, ...] = parts[0].shape if len(parts) == 1 else (*map(len, parts),)
        height, width = shape
        middle = (height // 2, width // 2)
        vars(self).update(
            _parts=parts,
            height=height,
            width=width,
            scale=checked_scale(scale, parts),
            offset=checked_offset(offset),
            origin=middle if origin is None else checked_origin(origin, height, width),
        )

    def __setattr__(self, name: str, value: object) -> NoReturn:
        """Raise ``AttributeError``: others may hold the same kernel, or its hash."""
        raise AttributeError(f"a kernel is immutable, also its {name}; 'replaced' makes another")

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a kernel that was pickled or copied, by which NumPy makes arrays writable."""
        vars(self).update({name: value for name, value in state.items() if name != "weights"})
        for part in self._parts:
            part.setflags(write=False)

    @cached_property
    def weights(self) -> Weights:
        """The grid, float64, shape (height, width), read-only."""
        if len(self._parts) == 1:
            return self._parts[0]
        weights = np.outer(*self._parts)
        weights.setflags(write=False)
        return weights

    @property
    def size(self) -> str:
        """The size as text: width x height."""
        return f"{self.width}x{self.height}"

    @property
    def is_centred(self) -> bool:
        """Whether the origin is the middle, as by default."""
        return self.origin == (self.height // 2, self.width // 2)

    @property
    def reach(self) -> Reach:
        """The pixels on each side of the origin: above, below, left and right."""
        row, column = self.origin
        return Reach(row, self.height - 1 - row, column, self.width - 1 - column)

    @cached_property
    def sum(self) -> float:
        """The exact sum of the weights, rounded once."""
        return math.prod(math.fsum(part.ravel()) for part in self._parts)

    @cached_property
    def taps(self) -> int:
        """The number of weights that are not zero."""
        return math.prod(int(np.count_nonzero(part)) for part in self._parts)

    @property
    def has_one_sign(self) -> bool:
        """Whether all weights are at least 0, or at most: up to a share of 1e-12."""
        return abs(self.sum) >= (1 - 1e-12) * self.magnitude

    @property
    def is_zero_sum(self) -> bool:
        """Whether the weights sum to zero, so that a flat picture gives the offset."""
        return abs(self.sum) <= 1e-9 * self.magnitude

    @property
    def is_average(self) -> bool:
        """Whether the weights sum to the scale, without an offset: brightness is preserved."""
        return self.offset == 0 and abs(self.sum / self.scale - 1) <= 1e-9

    @cached_property
    def is_box(self) -> bool:
        """Whether all weights are equal and not zero, as in a box blur."""
        return self.taps > 0 and all(bool(np.all(part == part.flat[0])) for part in self._parts)

    @cached_property
    def is_integer(self) -> bool:
        """Whether all weights are integers."""
        return all(bool(np.all(part == np.rint(part))) for part in self._parts)

    @cached_property
    def magnitude(self) -> float:
        """The sum of the absolute weights."""
        return math.prod(float(np.abs(part).sum()) for part in self._parts)

    @cached_property
    def rank(self) -> int:
        """The number of factors: 1 means separable, 0 that all weights are zero."""
        return len(self.factors)

    @cached_property
    def factors(self) -> tuple[Factor, ...]:
        """The separable factors, largest first: ``weights == sum of outer(column, row)``.

        Factors of a separable kernel of integers are integers, so that two passes are exact.
        """
        if not self.taps:
            return ()
        return (self.factor,) if self.factor else singular_factors(self.weights)

    def of_rank(self, rank: int) -> Kernel:
        """Return the sum of the first ``rank`` factors: the best kernel of that rank."""
        factors = self.factors[:rank]
        weights = sum((np.outer(*factor) for factor in factors), np.zeros_like(self.weights))
        kernel = Kernel(weights, self.scale, self.offset, self.origin)
        vars(kernel)["factors"] = factors
        return kernel

    @cached_property
    def factor(self) -> Factor | None:
        """The column and row of a separable kernel, else None."""
        if len(self._parts) == 2:
            return Factor(*self._parts)
        return single_factor(self.weights, self.is_integer) if self.taps else None

    @cached_property
    def sigmas(self) -> tuple[float, float] | None:
        """The sigmas, in pixels, of a column and a row that are Gaussians, else None."""
        down, across = map(sigma_of, self.factor) if self.factor else (None, None)
        return (down, across) if down and across else None

    def flip(self) -> Kernel:
        """Return the kernel turned by 180 degrees about its origin, for convolution."""
        return self.turned(Symmetry(upside_down=True, mirrored=True))

    def turned(self, symmetry: Symmetry) -> Kernel:
        """Return the kernel turned about its origin by a symmetry of the square."""
        rows, columns = (slice(None, None, -1 if turns else 1) for turns in symmetry[:2])
        above, below, left, right = self.reach
        origin = (below if symmetry.upside_down else above, right if symmetry.mirrored else left)
        origin = origin[::-1] if symmetry.transposed else origin
        if len(self._parts) == 2:
            parts: _Parts = (self._parts[0][rows], self._parts[1][columns])
            parts = parts[::-1] if symmetry.transposed else parts
        else:
            weights = self.weights[rows, columns]
            parts = (np.ascontiguousarray(weights.T if symmetry.transposed else weights),)
        return _of_parts(parts, self.scale, self.offset, origin)

    def scaled(self, factor: float) -> Kernel:
        """Return the kernel whose result is ``factor`` times this one's."""
        factor = checked_number("factor", factor)
        parts = (self._parts[0] * factor, *self._parts[1:])
        kernel = _of_parts(parts, self.scale, self.offset * factor, self.origin)
        if self.factor:  # exact, unlike a factor found in the scaled weights
            vars(kernel)["factor"] = Factor(self.factor.column * factor, self.factor.row)
        return kernel

    def normalised(self, rule: str = "sum") -> Kernel:
        """Return the kernel whose weights are rescaled by a rule.

        ``sum`` divides them by their sum, ``abs`` by that of their absolute values, ``size`` by
        their number; ``softmax`` makes them probabilities, and ``none`` changes nothing. Raises
        ``KernelError`` for an unknown rule, and for a sum of zero.
        """
        if not isinstance(rule, str) or rule not in NORMALIZATIONS:
            raise KernelError(
                f"no normalisation is called '{rule}'", f"choose from {', '.join(NORMALIZATIONS)}"
            )
        if rule == "none":
            return self
        if rule == "softmax":
            raised = np.exp(self.weights - self.weights.max())
            return Kernel(raised / raised.sum(), 1, self.offset, self.origin)
        if rule == "size":
            return self.replaced(scale=self.height * self.width)
        total = self.sum if rule == "sum" else self.magnitude
        if self.magnitude == 0 or (rule == "sum" and self.is_zero_sum):
            raise KernelError(
                "the weights sum to zero, so they cannot be divided by their sum",
                "normalize by abs or none",
            )
        return self.replaced(scale=total)

    def folded(self, rounds: bool = True) -> Kernel:
        """Return the kernel with its scale divided into the weights, if results round the same.

        Where results are not rounded at all, unless ``rounds``, it always is. Integer weights have
        exact sums. If such a sum over the scale can be a half, the scale stays: dividing once, at
        the end, rounds halves up exactly. An odd scale gives no halves unless the offset has a
        fraction, and a power of two changes no digits of the weights.
        """
        may_be_half = self.scale % 2 == 0 or not self.offset.is_integer()
        halves = may_be_half and math.frexp(self.scale)[0] != 0.5
        far_from_half = abs(self.scale) < _EXACT_SUM and self.scale.is_integer()
        needs_scale = rounds and self.is_integer and (halves or not far_from_half)
        needs_scale = needs_scale and abs(self.scale) <= LARGEST_WEIGHT
        factor = self.factor
        is_level = self.scale == 1 and (self.is_integer or not factor)
        if is_level or (needs_scale and self.magnitude < _EXACT_SUM):
            return self
        if factor:  # a row up to 1, so that float32 holds both: a power of two changes no digits
            unit = 2.0 ** math.frexp(np.abs(factor.row).max())[1] / 2
            factor = Factor(factor.column * (1 / self.scale) * unit, factor.row / unit)
        if factor and len(self._parts) == 2:
            return Kernel.outer(*factor, 1, self.offset, self.origin)
        kernel = Kernel(self.weights * (1 / self.scale), 1, self.offset, self.origin)
        if factor:  # exact, where that of the scaled weights may not be
            vars(kernel)["factor"] = factor
        return kernel

    def replaced(
        self,
        scale: float | None = None,
        offset: float | None = None,
        origin: tuple[int, int] | None = None,
    ) -> Kernel:
        """Return the same weights with another scale, offset or origin."""
        kernel = _of_parts(
            self._parts,
            self.scale if scale is None else scale,
            self.offset if offset is None else offset,
            self.origin if origin is None else origin,
        )
        if "factor" in vars(self):
            vars(kernel)["factor"] = self.factor
        return kernel

    def padded(self, reach: Reach) -> Kernel:
        """Return the kernel with zeros around it, so that its reach is ``reach``."""
        above, below, left, right = (new - own for new, own in zip(reach, self.reach, strict=True))
        weights = np.pad(self.weights, ((above, below), (left, right)))
        return Kernel(weights, self.scale, self.offset, (reach.above, reach.left))

    def compose(self, then: Kernel) -> Kernel:
        """Return the convolution of both kernels: one step in place of two, but for the border."""
        if not isinstance(then, Kernel):
            raise KernelError(f"{then!r} is no kernel", "give an imgconv.Kernel")
        origin = (self.origin[0] + then.origin[0], self.origin[1] + then.origin[1])
        scale, offset = self.scale * then.scale, then.offset + self.offset * then.sum / then.scale
        if self.factor and then.factor:
            column, row = map(np.convolve, self.factor, then.factor)
            return Kernel.outer(column, row, scale, offset, origin)
        weights = np.zeros((self.height + then.height - 1, self.width + then.width - 1))
        for (j, i), weight in np.ndenumerate(then.weights):
            weights[j : j + self.height, i : i + self.width] += weight * self.weights
        return Kernel(weights, scale, offset, origin)

    def __eq__(self, other: object) -> bool:
        """Return whether both have the same weights, scale, offset and origin."""
        if not isinstance(other, Kernel):
            return NotImplemented
        mine, others = ((each.scale, each.offset, each.origin) for each in (self, other))
        return mine == others and np.array_equal(self.weights, other.weights)

    def __hash__(self) -> int:
        """Return a hash of the numbers and of the row of the origin; the grid is not made."""
        row = self.origin[0]
        weights = self._parts[0][row] * (self._parts[1] if len(self._parts) == 2 else 1.0)
        # Adding 0 makes -0, which equals 0, the same bytes.
        return hash((self.size, self.scale, self.offset, self.origin, (weights + 0.0).tobytes()))

    @cached_property
    def cache_key(self) -> tuple[object, ...]:
        """The key of a plan for this kernel: equal keys give sums that are equal to the last bit.

        Equal kernels have different keys if one is a grid, the other a column and a row.
        """
        digests = [blake2b(part.tobytes(), digest_size=16).digest() for part in self._parts]
        return self.size, self.scale, self.offset, self.origin, *digests

    def __repr__(self) -> str:
        """Return the call that makes the kernel; of many weights only the middle is shown."""
        return display.text(self)

    def _repr_html_(self) -> str:
        """Return a table of the weights, coloured by sign and size, for notebooks."""
        return display.table(self)


def _of_parts(parts: _Parts, scale: float, offset: float, origin: tuple[int, int]) -> Kernel:
    if len(parts) == 1:
        return Kernel(parts[0], scale, offset, origin)
    return Kernel.outer(parts[0], parts[1], scale, offset, origin)
