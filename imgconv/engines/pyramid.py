"""Pyramid: a wide Gaussian is made on a small picture, at a cost that does not grow with sigma.

coarse[m]  = sum over v of b[v - m d] * picture[v]        the picture made ``d`` times smaller
blurred    = h * coarse                                   a short kernel
sums[u]    = sum over m of d * b[u - m d] * blurred[m]    and made large again

in both directions. b, the cubic B-spline, is a box of d pixels put together with itself four times:
a bell of 4 d - 3 weights that sum to one. Shrinking and enlarging multiply the picture's spectrum
by b's, twice; h makes up for that exactly and puts the Gaussian's in its place:

    spectrum of h at f d  =  exp(-2 (pi sigma f)^2) / (spectrum of b at f)^2

What is left is what the small picture cannot hold. ``ERRORS`` was computed from these formulas:
half of the largest sum, over all places u, of |weight that a pixel has - weight of the Gaussian|.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import PyramidEngine
from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import jit_loop

Weights = NDArray[np.float64]

# For sigma / d: the error along one axis, as a share of the difference between black and white.
ERRORS = {1.5: 8.2e-4, 1.75: 4.3e-4, 2.0: 2.5e-4, 2.5: 9.1e-5, 3.0: 4.2e-5, 4.0: 1.3e-5}

# Gaussians that are cut off at four sigma lack so much on one side of an axis, and a bit more where
# four sigma is rounded down.
_CUT = 1e-4

# The small picture is held whole. It has a sixteenth of the pixels or fewer, as floats.
LEAST_SPACING = 4

# Rows near the edges of bands are shrunk twice, more of them the larger the spacing.
MOST_SPACING = 32


def spacing(sigma: float, error: float) -> int | None:
    """The largest d whose ``ERRORS`` are at most ``error``, if there is one that is worth it."""
    enough = min((ratio for ratio in ERRORS if error_at(ratio, 1) <= error), default=math.inf)
    d = min(int(sigma / enough + 1e-6), MOST_SPACING)
    return d if d >= LEAST_SPACING else None


def error_at(sigma: float, d: int) -> float:
    """The error along one axis, from the row of ``ERRORS`` below sigma / d."""
    ratio = max(sigma / d, min(ERRORS))
    return _CUT + min(known for least, known in ERRORS.items() if least <= ratio + 1e-6)


def spline(d: int) -> Weights:
    """The cubic B-spline of spacing ``d``: 4 d - 3 weights that sum to one."""
    weights = np.ones(1)
    for _ in range(4):
        weights = np.convolve(weights, np.full(d, 1 / d))
    return weights


def coarse_kernel(sigma: float, d: int) -> Weights:
    """h, as far as it is not zero: odd in length, its sum one."""
    radius = math.ceil(4.5 * sigma / d) + 1
    size = max(1024, 2 * radius + 2)
    f = np.fft.fftfreq(size) / d
    with np.errstate(invalid="ignore"):
        bell = np.where(f == 0, 1, np.sin(np.pi * f * d) / (d * np.sin(np.pi * f))) ** 4
    weights = np.fft.ifft(np.exp(-2 * (np.pi * sigma * f) ** 2) / bell**2).real
    weights = np.concatenate([weights[-radius:], weights[: radius + 1]])
    h: Weights = weights / weights.sum()
    return h


def shrinking(d: int, rows: NDArray[np.int64]) -> NDArray[np.float32]:
    """What each of ``rows`` adds to four small rows, shape (rows, 4): that of row m at m % 4.

    Row v reaches the small rows v // d - 1 .. v // d + 2.
    """
    bell = np.pad(spline(d), (0, d + 3))
    weights = np.zeros((len(rows), 4), np.float32)
    for step in range(-1, 3):
        m = rows // d + step
        weights[np.arange(len(rows)), m % 4] = bell[rows - m * d + 2 * (d - 1)]
    return weights


def enlarging(d: int, places: NDArray[np.int64]) -> NDArray[np.float32]:
    """What the small pixels u // d - 1 .. u // d + 2 add to each of ``places`` u: (places, 4)."""
    bell = np.pad(spline(d) * d, (0, d + 3))
    at = places[:, None] - (places[:, None] // d + np.arange(-1, 3)) * d + 2 * (d - 1)
    weights: NDArray[np.float32] = bell[at].astype(np.float32)
    return weights


@jit_loop
def shrink_down(rows, weights, small):  # type: ignore[no-untyped-def]
    """small[k, x] += sum over y of weights[y, k] * rows[y, x] for k of 0 .. 3, two rows at once."""
    s0, s1, s2, s3 = small[0], small[1], small[2], small[3]
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
def shrink_across(small, weights, d, channels, coarse):  # type: ignore[no-untyped-def]
    """coarse[0, n c + k] = sum over j of weights[j] * small[0, (n d + j) c + k]; empties small."""
    row, out = small[0], coarse[0]
    for n in range(out.shape[0] // channels):
        for k in range(channels):
            values = row[n * d * channels + k :]
            total = weights[0] * values[0]
            for j in range(1, weights.shape[0]):
                total += weights[j] * values[j * channels]
            out[n * channels + k] = total
    row[:] = 0


@jit_loop
def enlarge(  # type: ignore[no-untyped-def]
    firsts, down, blurred, starts, across, channels, sums, wide, held
):
    """sums[y] = sum over t < 4 of down[y, t] * the row firsts[y] + t of ``blurred``, made wide.

    ``wide`` keeps four rows that were made wide, and ``held`` the number of each.
    """
    for y in range(sums.shape[0]):
        first, out, w = firsts[y], sums[y], down[y]
        for m in range(first, first + 4):
            if held[m % 4] != m:
                held[m % 4] = m
                enlarge_across(blurred[m], starts, across, channels, wide[m % 4])
        r0, r1 = wide[first % 4], wide[(first + 1) % 4]
        r2, r3 = wide[(first + 2) % 4], wide[(first + 3) % 4]
        for x in range(out.shape[0]):
            out[x] = w[0] * r0[x] + w[1] * r1[x] + w[2] * r2[x] + w[3] * r3[x]


@jit_inline
def enlarge_across(row, starts, across, channels, wide):  # type: ignore[no-untyped-def]
    """wide[x c + k] = sum over t < 4 of across[x, t] * row[(starts[x] + t) c + k]."""
    for x in range(starts.shape[0]):
        at, w, to = row[starts[x] * channels :], across[x], wide[x * channels :]
        for k in range(channels):
            to[k] = (
                w[0] * at[k]
                + w[1] * at[channels + k]
                + w[2] * at[2 * channels + k]
                + w[3] * at[3 * channels + k]
            )


ENGINE = PyramidEngine("on a smaller picture", shrink_down, shrink_across, enlarge)


class Axis(NamedTuple):
    """One axis of a picture, and of its small picture the pixels that are ``wanted``.

    The middle of the Gaussian for the first pixel of the result lies over the pixel ``first``.
    ``weights`` blur the small picture.
    """

    d: int
    first: int
    wanted: range
    weights: NDArray[np.float64]

    @classmethod
    def of(cls, d: int, sigma: float, first: int, made: int, size: int, is_even: bool) -> Axis:
        """For ``made`` pixels, on an axis of ``size`` pixels.

        ``is_even`` says that the border is the same everywhere far outside: then one small pixel
        that lies wholly outside stands for all that lie further out.
        """
        weights = coarse_kernel(sigma, d)
        low, high = first // d - 1, (first + made - 1) // d + 2
        if is_even:
            low, high = min(low, -2), max(high, math.ceil((size + 2 * d - 2) / d))
        else:
            radius = len(weights) // 2
            low, high = min(low - radius, -2), max(high + radius, math.ceil(size / d) + 1)
        return cls(d, first, range(low, high + 1), weights)

    @property
    def reach(self) -> int:
        """How far a small pixel reaches around its own place."""
        return 2 * (self.d - 1)
