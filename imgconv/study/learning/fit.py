"""The kernel that one picture was filtered with to become another, and how sure that is."""

import math
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.kernels.kernel import Kernel
from imgconv.study.algebra import factoring
from imgconv.study.learning.family import symmetric_family
from imgconv.study.learning.least_squares import (
    Equations,
    Solution,
    solve,
    solve_separable,
    summed,
)
from imgconv.study.learning.pairs import Pair
from imgconv.study.learning.whole import WholeWeights, whole_weights

Array = NDArray[np.float64]
Shape = tuple[int, int]
Pairs = Callable[[], Iterable[Pair]]

# The most weights: their equations take memory with the square of this number.
MOST_WEIGHTS = 1681

# The residual, in levels of 255, above which no single kernel fits.
POOR = 2.0


class FitOptions(NamedTuple):
    """The kernels among which one is learnt; ``shape`` is (height, width)."""

    shape: Shape = (3, 3)
    symmetric: str = "none"
    separable: bool = False
    ridge: float = 0.0
    total: float | None = None
    has_offset: bool = True


class Residuals(NamedTuple):
    """The residuals of a kernel: root mean square, largest, and the share of variance explained."""

    rms: float
    largest: float
    r_squared: float


class Fit(NamedTuple):
    """A kernel that was learnt.

    ``kernel`` is the result, with whole weights if they fit. ``weights`` and their standard
    ``errors``, shape (height, width), solve the least squares, with ``learnt_residuals``. The
    pictures do not determine ``dropped`` directions of the weights. ``clipped`` is the share of
    values that are black or white, ``used`` the number of values that count.
    """

    kernel: Kernel
    is_whole: bool
    residuals: Residuals
    weights: Array
    errors: Array
    offset: float
    offset_error: float
    learnt_residuals: Residuals
    maximum: float
    used: int
    clipped: float
    condition: float
    dropped: int

    @property
    def is_poor(self) -> bool:
        """Whether no single kernel made these pictures."""
        return self.residuals.rms * 255 / self.maximum > POOR

    @property
    def rank(self) -> int:
        """The number of separable parts that stand out of the errors of the weights."""
        values = np.linalg.svd(self.kernel.weights / self.kernel.scale, compute_uv=False)
        noise = 0.0 if self.is_whole else float(np.sqrt(np.mean(self.errors**2)))
        least = 2 * noise * sum(map(math.sqrt, self.kernel.weights.shape)) + 1e-9 * values[0]
        return int(np.count_nonzero(values > least))

    @property
    def separable_error(self) -> float:
        """The share of the weights, by their norm, that the best separable kernel leaves."""
        return factoring(self.kernel).share(1)


class _Blocks:
    """All equations of all pairs, each time that they are asked for."""

    def __init__(self, pairs: Pairs, shape: Shape, advance: Callable[[float], None]) -> None:
        self._pairs, self._shape, self._advance = pairs, shape, advance
        self.maximum = next(iter(pairs())).maximum
        self._clipped: list[float] = []

    def __call__(self) -> Iterator[Array]:
        for pair in self._pairs():
            self._clipped.append(pair.clipped)
            for block in pair.equations(self._shape):
                yield block
                self._advance(block.shape[1] / pair.after.size)

    @property
    def clipped(self) -> float:
        """The mean share of values that are black or white, of the pairs so far."""
        return sum(self._clipped) / len(self._clipped)


def fit(
    pairs: Pairs, options: FitOptions, advance: Callable[[float], None] = lambda share: None
) -> Fit:
    """Return the kernel that fits best; ``pairs`` are gone through twice.

    ``advance`` is called with each share of a pair that is done, twice. Raises ``UsageError`` where
    no value can be used.
    """
    shape, blocks = options.shape, _Blocks(pairs, options.shape, advance)
    equations = summed(blocks(), blocks.maximum)
    if not equations.values:
        raise UsageError(
            "nothing can be learnt: every value after is black, white or not opaque",
            "give pictures that are not clipped",
        )
    solution = _solved(equations, options)
    whole = _whole(equations, solution, options)
    learnt, *others = _residuals(blocks(), equations, solution, whole)
    unknowns, errors = solution.unknowns, solution.errors(learnt.rms, equations.values)
    weights, offset = unknowns[:-1].reshape(shape), float(unknowns[-1]) * blocks.maximum
    kernel = Kernel(weights, offset=offset)
    if whole:
        kernel = Kernel(whole.weights.reshape(shape), whole.scale, whole.offset)
    return Fit(
        kernel=kernel,
        is_whole=whole is not None,
        residuals=(others or [learnt])[0],
        weights=weights,
        errors=errors[:-1].reshape(shape),
        offset=offset,
        offset_error=float(errors[-1]) * blocks.maximum,
        learnt_residuals=learnt,
        maximum=blocks.maximum,
        used=equations.values,
        clipped=blocks.clipped,
        condition=solution.condition,
        dropped=solution.dropped,
    )


def _solved(equations: Equations, options: FitOptions) -> Solution:
    if options.separable:
        bounds = (options.total, options.ridge, options.has_offset)
        return solve_separable(equations, options.shape, *bounds)
    family = symmetric_family(options.shape, options.symmetric)
    family = family if options.total is None else family.with_sum(options.total)
    return solve(equations, family, options.ridge, options.has_offset)


def _whole(equations: Equations, solution: Solution, options: FitOptions) -> WholeWeights | None:
    """Return whole weights, where the pictures determine all weights and nothing pulls at them."""
    if solution.dropped or options.ridge:
        return None
    rms = math.sqrt(equations.squares(solution.unknowns) / equations.values)
    errors = solution.errors(rms, equations.values)
    *weights, offset = solution.unknowns.tolist()
    unit = equations.maximum
    found = whole_weights(np.array(weights), errors[:-1], offset * unit, float(errors[-1]) * unit)
    total = options.total
    if found and total is not None and abs(found.unknowns.sum() - total) > 1e-9:
        return None
    return found


def _residuals(
    blocks: Iterable[Array],
    equations: Equations,
    solution: Solution,
    whole: WholeWeights | None,
) -> list[Residuals]:
    """Return the residuals of the solution, and of whole weights."""
    tried = [np.append(solution.unknowns, -1)]
    if whole:
        tried.append(np.array([*whole.unknowns, whole.offset / equations.maximum, -1]))
    mean = np.zeros(len(tried[0]))
    mean[-2:] = equations.mean / equations.maximum, -1
    rows = np.array([*tried, mean])
    squares, largest = np.zeros(len(rows)), np.zeros(len(rows))
    for block in blocks:
        left = rows @ block
        squares += np.einsum("ij,ij->i", left, left)
        largest = np.maximum(largest, np.abs(left).max(axis=1))
    variance = squares[-1]
    return [
        Residuals(
            math.sqrt(square / equations.values),
            float(most),
            float(1 - square / variance) if variance else 1.0,
        )
        for square, most in zip(squares[:-1], largest[:-1], strict=True)
    ]
