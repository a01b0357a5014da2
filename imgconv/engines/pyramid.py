"""Pyramid: a wide Gaussian runs on a small picture, at a cost that does not grow with sigma.

small[m]   = sum over v of b[v - m d] * picture[v]        the picture shrunk by ``d``
blurred    = h * small                                    a short kernel
sums[u]    = sum over m of d * b[u - m d] * blurred[m]    and enlarged again

in both directions. b, the cubic B-spline, is the convolution of four boxes of d pixels: a bell of
4 d - 3 weights that sum to one. Shrinking and enlarging multiply the picture's spectrum by b's,
twice; h makes up for that exactly and puts the Gaussian's in its place:

    spectrum of h at f d  =  exp(-2 (pi sigma f)^2) / (spectrum of b at f)^2

The error is of the frequencies that the small picture cannot hold. ``ERRORS`` was computed from
these formulas: half of the largest sum, over all places u, of |weight of a pixel - the Gaussian's|.
"""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import Cost
from imgconv.engines.base import Engine, Lowering, Pass, PlanOptions, gain
from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.schedule import whole_lines
from imgconv.kernels.factors import Weights
from imgconv.kernels.kernel import Kernel

# For sigma / d: the error along one axis, as a share of the difference between black and white.
ERRORS = {1.5: 8.2e-4, 1.75: 4.3e-4, 2.0: 2.5e-4, 2.5: 9.1e-5, 3.0: 4.2e-5, 4.0: 1.3e-5}

# The weight that Gaussians cut off at four sigma lack on one side of an axis, with a bit more where
# four sigma is rounded down.
_CUT = 1e-4

# The small picture is held whole, as floats: it shall have at most a sixteenth of the pixels.
LEAST_SPACING = 4

# Rows near the edges of bands are shrunk twice, more of them the larger the spacing.
MOST_SPACING = 32


def spacing(sigma: float, error: float) -> int | None:
    """Return the largest d whose ``ERRORS`` are at most ``error``, if one is worth it."""
    enough = min((ratio for ratio in ERRORS if error_at(ratio, 1) <= error), default=math.inf)
    d = min(int(sigma / enough + 1e-6), MOST_SPACING)
    return d if d >= LEAST_SPACING else None


def error_at(sigma: float, d: int) -> float:
    """Return the error along one axis, from the row of ``ERRORS`` below sigma / d."""
    ratio = max(sigma / d, min(ERRORS))
    return _CUT + min(known for least, known in ERRORS.items() if least <= ratio + 1e-6)


@cache  # a picture asks for each spline three times
def spline(d: int) -> Weights:
    """Return the cubic B-spline of spacing ``d``: 4 d - 3 weights that sum to one."""
    weights = np.ones(1)
    for _ in range(4):
        weights = np.convolve(weights, np.full(d, 1 / d))
    return weights


@lru_cache(maxsize=8)  # both axes mostly have the same one
def level_kernel(sigma: float, d: int) -> Weights:
    """Return h as far as it is not zero: odd in length, its sum one."""
    radius = math.ceil(4.5 * sigma / d) + 1
    size = max(1024, 2 * radius + 2)
    f = np.fft.fftfreq(size) / d
    with np.errstate(invalid="ignore"):
        bell = np.where(f == 0, 1, np.sin(np.pi * f * d) / (d * np.sin(np.pi * f))) ** 4
    weights = np.fft.ifft(np.exp(-2 * (np.pi * sigma * f) ** 2) / bell**2).real
    h: Weights = np.concatenate([weights[-radius:], weights[: radius + 1]])
    return h / float(h.sum())


def _near(d: int, places: NDArray[np.int64]) -> tuple[NDArray[np.int64], Weights]:
    """Return the small pixels that each place reaches, u // d - 1 .. u // d + 2, and b for them."""
    near = places[:, None] // d + np.arange(-1, 3)
    return near, np.pad(spline(d), (0, d + 3))[places[:, None] - near * d + 2 * (d - 1)]


def shrinking(d: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the weights of each row in four small rows, (rows, 4): that of row m at m % 4."""
    near, bell = _near(d, rows)
    weights = np.empty(bell.shape, np.float32)
    np.put_along_axis(weights, near % 4, bell.astype(np.float32), axis=1)
    return weights


def enlarging(d: int, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the weights, (places, 4), of the small pixels u // d - 1 .. u // d + 2 at each u."""
    return (_near(d, places)[1] * d).astype(np.float32)


@jit_loop
def shrink_down(rows, weights, growing):  # type: ignore[no-untyped-def]
    """Add sum over y of weights[y, k] * rows[y, x] to growing[k, x], k < 4, two rows at once."""
    s0, s1, s2, s3 = growing[0], growing[1], growing[2], growing[3]
    for y in range(0, rows.shape[0] - 1, 2):
        r, q, w, v = rows[y], rows[y + 1], weights[y], weights[y + 1]
        for x in range(r.shape[0]):
            s0[x] = s0[x] + w[0] * r[x] + v[0] * q[x]
            s1[x] = s1[x] + w[1] * r[x] + v[1] * q[x]
            s2[x] = s2[x] + w[2] * r[x] + v[2] * q[x]
            s3[x] = s3[x] + w[3] * r[x] + v[3] * q[x]
    if rows.shape[0] % 2:
        r, w = rows[rows.shape[0] - 1], weights[rows.shape[0] - 1]
        for x in range(r.shape[0]):
            s0[x] = s0[x] + w[0] * r[x]
            s1[x] = s1[x] + w[1] * r[x]
            s2[x] = s2[x] + w[2] * r[x]
            s3[x] = s3[x] + w[3] * r[x]


@jit_loop
def shrink_across(grown, weights, d, channels, small):  # type: ignore[no-untyped-def]
    """Set small[0, n c + k] to sum over j of weights[j] * grown[0, (n d + j) c + k]; clear it."""
    row, out = grown[0], small[0]
    for n in range(out.shape[0] // channels):
        for k in range(channels):
            values = row[n * d * channels + k :]
            total = weights[0] * values[0]
            for j in range(1, weights.shape[0]):
                total += weights[j] * values[j * channels]
            out[n * channels + k] = total
    row[:] = 0


@jit_loop
def enlarge(down, blurred, across, sums, ring):  # type: ignore[no-untyped-def]
    """Set sums[y] to sum over t < 4 of weights[y, t] * row firsts[y] + t of ``blurred``, widened.

    ``down`` is (firsts, weights). The ring ``wide`` keeps four such rows, ``held`` their numbers.
    """
    (firsts, weights), (starts, weights_across, channels), (wide, held) = down, across, ring
    for y in range(sums.shape[0]):
        first, out, w = firsts[y], sums[y], weights[y]
        for m in range(first, first + 4):
            if held[m % 4] != m:
                held[m % 4] = m
                enlarge_across(blurred[m], starts, weights_across, channels, wide[m % 4])
        r0, r1 = wide[first % 4], wide[(first + 1) % 4]
        r2, r3 = wide[(first + 2) % 4], wide[(first + 3) % 4]
        for x in range(out.shape[0]):
            out[x] = w[0] * r0[x] + w[1] * r1[x] + w[2] * r2[x] + w[3] * r3[x]


@jit_inline
def enlarge_across(row, starts, weights, channels, wide):  # type: ignore[no-untyped-def]
    """Set wide[x c + k] to sum over t < 4 of weights[x, t] * row[(starts[x] + t) c + k]."""
    for x in range(starts.shape[0]):
        at, w, to = row[starts[x] * channels :], weights[x], wide[x * channels :]
        for k in range(channels):
            to[k] = (
                w[0] * at[k]
                + w[1] * at[channels + k]
                + w[2] * at[2 * channels + k]
                + w[3] * at[3 * channels + k]
            )


class Axis(NamedTuple):
    """One axis of a picture, and the pixels of its small picture that are ``wanted``.

    For the first pixel of the result, the middle of the Gaussian lies over the pixel ``first``.
    """

    d: int
    first: int
    wanted: range
    weights: Weights

    @classmethod
    def of(cls, d: int, sigma: float, first: int, made: int, size: int, is_flat: bool) -> Axis:
        """Return the axis for ``made`` pixels of a result, of a picture of ``size`` pixels.

        If ``is_flat``, the border has one value far outside: one small pixel there stands for all.
        """
        weights = level_kernel(sigma, d)
        low, high = first // d - 1, (first + made - 1) // d + 2
        if is_flat:
            low, high = min(low, -2), max(high, math.ceil((size + 2 * d - 2) / d))
        else:
            radius = len(weights) // 2
            low, high = min(low - radius, -2), max(high + radius, math.ceil(size / d) + 1)
        return cls(d, first, range(low, high + 1), weights)

    @property
    def reach(self) -> int:
        """The number of pixels that a small pixel reaches around its own place."""
        return 2 * (self.d - 1)


class Level(Protocol):
    """The small picture for one pass, complete and blurred: float32 (rows, pixels * channels)."""

    down: Axis
    across: Axis
    rows: NDArray[np.float32]


def lower(lowering: Lowering, kernel: Kernel, sums: SlidingView, level: Level) -> None:
    """Add the call that enlarges the small picture."""
    schedule, bounds, channels = lowering.schedule, lowering.bounds, lowering.layout.channels
    down, across, length = level.down, level.across, sums.array.shape[1]
    places = np.arange(bounds[0], bounds[-1]) + (down.first - lowering.first)
    which = schedule.column(bounds[:-1] - bounds[0])
    firsts = SlidingView(places // down.d - 1 - down.wanted.start, which, sums.height)
    weights = SlidingView(enlarging(down.d, places), which, sums.height)
    columns = np.arange(length // channels) + across.first
    starts = columns // across.d - 1 - across.wanted.start
    along = (starts, enlarging(across.d, columns), channels)
    ring = (schedule.workspace((4, whole_lines(length))), schedule.state(np.full(4, -1)))
    schedule.call(enlarge, (firsts, weights), level.rows, along, sums, ring, when=sums.height)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a Gaussian on a picture as small as the tolerance allows."""
    if kernel.sigmas is None:
        return None
    (down, across), grows = kernel.sigmas, gain(kernel)
    each = options.share / grows / 2
    d, c = spacing(down, each), spacing(across, each)
    if d is None or c is None:
        return None
    error = grows * (error_at(down, d) + error_at(across, c)) * options.bounds.magnitude
    multiplications = 8 + 8 / d + 9 * (down / d + across / c) / (d * c)
    return Pass("pyramid", kernel, multiplications, kernel.scale / kernel.sum, error, (d, c))


ENGINE = Engine(candidate, lower, Cost(0.0, 0.085), ("gaussian:8", "gaussian:30"))
