"""Fourier: large kernels of any kind, by a product of spectra, in overlapping tiles.

    F(sums) = F(rows) * conjugate(F(weights)),    F the two-dimensional Fourier transform

This holds on a tile whose opposite edges are joined, as on a torus. Results count where the kernel
does not reach over the joint; the next tile begins where they end. The work for a value grows with
the logarithm of the kernel's size only, and these keep it low:

- Loops work on sixteen columns, or sixteen rows of frequencies, at once (``engines/fft.py``).
- The left half of the picture is the real part, the right half the imaginary part of what is
  transformed. Weights are real, so the two stay apart.
- Tiles overlap across, but columns are transformed once: those of a tile are a ring, in which the
  new ones take the places of the oldest. A torus does not mind where it begins. The sums lie where
  the kernel begins, which is where the oldest columns were.
- Passes over the tile do on the way what else is to be done: the last pass down and the first one
  up transpose halfway, and the last pass across, the product and the first one back are one loop.

A tile lies in memory in blocks of sixteen columns. First each row of a block is a point, then each
frequency is. The last pass down makes four frequencies of every column at once and lays them side
by side, as a quartet: sixteen real quartets, one for each column, then sixteen imaginary ones. Four
quartets of a column are what a point of the transform across is made of, whose lanes are sixteen
frequencies.

A value that is not a number spoils the tiles it is in, in both halves of the picture, and a very
large one the small ones there.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.base import Engine
from imgconv.engines.fft import (
    FOUR,
    LANES,
    POINT,
    THREE,
    TWO,
    at,
    four,
    get,
    order_after,
    passes,
    powers_of_root,
    put,
    radices,
    spans,
)
from imgconv.jit.functions import jit_noinline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import Kernel

ONE = np.uint64(1)

# Columns of a block.
COLUMNS = 16

# How many more points than a column has lie between blocks: without them, all blocks would compete
# for the same lines of the cache.
GAP = 4

# Tiles have at least and, for kernels of up to half their size, at most so many rows and columns.
SHORTEST, TALLEST, WIDEST = 64, 512, 256

# Each halving of a signal, forth and back, rounds every value once more, at random; so errors grow
# with the root of their number. This factor of it is two to four times what was measured where all
# weights have one sign; where they do not, errors are less.
ERROR = 2.0**-22


@jit_loop
def fourier(  # type: ignore[no-untyped-def]
    rows,
    length,
    channels,
    kernel_height,
    kernel_width,
    step,
    roots_down,
    forth_down,
    back_down,
    order_down,
    place_down,
    roots_across,
    forth_across,
    back_across,
    order_across,
    place_across,
    spectrum,
    sums,
    scratch,
):
    """For each tile: columns forth, rows forth, times the spectrum, rows back, columns back."""
    height, width = roots_down.shape[0], roots_across.shape[0]
    size = max(height, width) * 2 * COLUMNS
    x, y = scratch[:size], scratch[size : 2 * size]
    z, tile = scratch[2 * size : 3 * size], scratch[3 * size :]
    blocks, pitch = width * channels // COLUMNS, (height + GAP) * 2 * COLUMNS
    row_count = sums.shape[0] + kernel_height - 1
    row_end = sums.shape[1] + (kernel_width - 1) * channels
    half = (sums.shape[1] // channels + 1) // 2
    right = half * channels
    for start in range(0, half, step):
        first = (start + width - step) * channels if start > 0 else 0
        last = (start + width) * channels
        load_rows(rows, length, row_count, row_end, right, first, last, tile, pitch, blocks, height)
        for column in range(first, last, COLUMNS):
            block = tile[column // COLUMNS % blocks * pitch :]
            passes(block, x, y, z, height, forth_down, roots_down)
            last_pass_down(z, block, height)
        for row in range(0, height, COLUMNS):
            factors = spectrum[2 * row * width :]
            for channel in range(channels):
                gather(tile, pitch, row, channel, channels, z, width)
                passes(z, x, y, z, width, forth_across, roots_across)
                multiply(z, x, width, factors, order_across, roots_across)
                passes(x, y, z, x, width, back_across, roots_across)
                spread(x, place_across, start, step, tile, pitch, row, channel, channels, width)
        first, last = start * channels, min(start + step, half) * channels
        for column in range(first, last, COLUMNS):
            block = tile[column // COLUMNS % blocks * pitch :]
            first_pass_up(block, z, height, order_down, roots_down)
            passes(z, x, y, block, height, back_down, roots_down)
        store_rows(tile, pitch, blocks, place_down, right, first, last, sums)


@jit_noinline
def load_rows(  # type: ignore[no-untyped-def]
    rows, length, row_count, row_end, right, first, last, tile, pitch, blocks, height
):
    """Lay the columns ``first .. last - 1``, and those ``right`` of them, into the tile as points.

    Beyond the last row and column these repeat: no result that counts depends on them.
    """
    for y in range(height):
        row = rows[min(y, row_count - 1) * length :]
        for column in range(first, last, COLUMNS):
            t = np.uint64(column // COLUMNS % blocks * pitch) + at(y)
            if column + right + COLUMNS <= row_end:
                p, q = np.uint64(column), np.uint64(column + right)
                for _ in range(4):
                    copy_four(row, p, tile, t)
                    copy_four(row, q, tile, t + LANES)
                    p, q, t = p + FOUR, q + FOUR, t + FOUR
            else:
                for i in range(column, column + COLUMNS):
                    tile[t] = row[min(i, row_end - 1)]
                    tile[t + LANES] = row[min(i + right, row_end - 1)]
                    t += ONE


@jit_noinline
def store_rows(  # type: ignore[no-untyped-def]
    tile, pitch, blocks, place, right, first, last, sums
):
    """Copy the columns ``first .. last - 1`` of the tile, and those ``right`` of them, to the sums.

    ``place`` says which point a row is.
    """
    row_end = sums.shape[1]
    for y in range(sums.shape[0]):
        row = sums[y]
        for column in range(first, last, COLUMNS):
            t = np.uint64(column // COLUMNS % blocks * pitch) + at(place[y])
            if column + COLUMNS <= last and column + right + COLUMNS <= row_end:
                p, q = np.uint64(column), np.uint64(column + right)
                for _ in range(4):
                    copy_four(tile, t, row, p)
                    copy_four(tile, t + LANES, row, q)
                    p, q, t = p + FOUR, q + FOUR, t + FOUR
            else:
                for i in range(column, min(column + COLUMNS, last)):
                    row[i] = tile[t]
                    if i + right < row_end:
                        row[i + right] = tile[t + LANES]
                    t += ONE


@jit_noinline
def last_pass_down(x, block, n):  # type: ignore[no-untyped-def]
    """The last pass of radix 4, which turns by nothing, from points to quartets."""
    m = n // 4
    for j in range(m):
        p, q, r, s, out = at(j), at(j + m), at(j + 2 * m), at(j + 3 * m), at(4 * j)
        for i in range(LANES):
            a, b, c, d = four(get(x, p + i), get(x, q + i), get(x, r + i), get(x, s + i))
            put_four(block, out + FOUR * i, a.real, b.real, c.real, d.real)
            put_four(block, out + FOUR * (LANES + i), a.imag, b.imag, c.imag, d.imag)


@jit_noinline
def first_pass_up(block, x, n, order, roots):  # type: ignore[no-untyped-def]
    """The first pass of radix 4, from quartets to points.

    The frequencies of a quartet are those that it takes: they lie n / 4 apart.
    """
    for j in range(n // 4):
        f = order[j]
        once, twice, thrice = roots[f], roots[2 * f], roots[3 * f]
        for i in range(LANES):
            p, q, out = at(4 * j) + FOUR * i, at(4 * j) + FOUR * (LANES + i), at(4 * f) + i
            a, b, c, d = four(
                complex(block[p], block[q]),
                complex(block[p + ONE], block[q + ONE]),
                complex(block[p + TWO], block[q + TWO]),
                complex(block[p + THREE], block[q + THREE]),
            )
            put(x, out, a)
            put(x, out + POINT, once * b)
            put(x, out + TWO * POINT, twice * c)
            put(x, out + THREE * POINT, thrice * d)


@jit_noinline
def multiply(x, y, n, factors, order, roots):  # type: ignore[no-untyped-def]
    """The last pass forth, the product with the weights' spectrum, and the first pass back."""
    m = n // 4
    for j in range(m):
        f = order[j]
        once, twice, thrice = roots[f], roots[2 * f], roots[3 * f]
        p, q, r, s, k, out = at(j), at(j + m), at(j + 2 * m), at(j + 3 * m), at(4 * j), at(4 * f)
        for i in range(LANES):
            a, b, c, d = four(get(x, p + i), get(x, q + i), get(x, r + i), get(x, s + i))
            a, b, c, d = four(
                a * get(factors, k + i),
                b * get(factors, k + POINT + i),
                c * get(factors, k + TWO * POINT + i),
                d * get(factors, k + THREE * POINT + i),
            )
            put(y, out + i, a)
            put(y, out + POINT + i, once * b)
            put(y, out + TWO * POINT + i, twice * c)
            put(y, out + THREE * POINT + i, thrice * d)


@jit_noinline
def gather(tile, pitch, row, channel, channels, x, n):  # type: ignore[no-untyped-def]
    """Make points of one channel, their lanes the frequencies ``row .. row + 15``."""
    for j in range(n):
        column = j * channels + channel
        s = np.uint64(column // COLUMNS * pitch + column % COLUMNS * 4) + at(row)
        t = at(j)
        for _ in range(4):
            copy_four(tile, s, x, t)
            copy_four(tile, s + FOUR * LANES, x, t + LANES)
            s, t = s + FOUR * POINT, t + FOUR


@jit_noinline
def spread(  # type: ignore[no-untyped-def]
    x, place, start, count, tile, pitch, row, channel, channels, n
):
    """Lay ``count`` points from ``start`` on, round the ring, back where ``gather`` found them."""
    for pixel in range(start, start + count):
        column = pixel % n * channels + channel
        s = np.uint64(column // COLUMNS * pitch + column % COLUMNS * 4) + at(row)
        t = at(place[pixel % n])
        for _ in range(4):
            copy_four(x, t, tile, s)
            copy_four(x, t + LANES, tile, s + FOUR * LANES)
            s, t = s + FOUR * POINT, t + FOUR


@jit_noinline
def copy_four(source, s, target, t):  # type: ignore[no-untyped-def]
    """Copy four values at once, which they are if all are read before the first is written."""
    put_four(target, t, source[s], source[s + ONE], source[s + TWO], source[s + THREE])


@jit_noinline
def put_four(target, t, a, b, c, d):  # type: ignore[no-untyped-def]
    """Set four values side by side."""
    target[t] = a
    target[t + ONE] = b
    target[t + TWO] = c
    target[t + THREE] = d


class Size(NamedTuple):
    """Rows and columns of a tile, both powers of two."""

    height: int
    width: int


def tile_size(kernel: Kernel, channels: int, length: int) -> Size:
    """The tile that takes the least work for each value, for rows of ``length`` values."""
    half = (length // channels - kernel.width + 2) // 2

    def work_across(width: int) -> float:
        return -(-half // _step(kernel, width)) * _work(width)

    return Size(
        _tile_height(kernel),
        min(_sizes(kernel.width, WIDEST), key=work_across),
    )


def _tile_height(kernel: Kernel) -> int:
    """The same for every picture, and so are the rows of its grid."""

    def work_down(height: int) -> float:
        return _work(height) / (height - kernel.height + 1)

    return min(_sizes(kernel.height, TALLEST), key=work_down)


def _work(size: int) -> float:
    """How long a side of a tile takes, by and large; without the 2, larger ones would win.

    They would take as many operations for each value, but more memory than the nearer caches hold.
    """
    return size * (math.log2(size) - 2)


def _sizes(length: int, most: int) -> Iterator[int]:
    """Powers of two that a kernel fits in, up to ``most`` or, if that is more, twice its length."""
    size = SHORTEST
    while size <= most or size < 4 * length:
        if size - length + 1 >= COLUMNS:
            yield size
        size *= 2


def _step(kernel: Kernel, width: int) -> int:
    """How many columns of results a tile has: whole blocks."""
    return (width - kernel.width + 1) // COLUMNS * COLUMNS


def grid(kernel: Kernel) -> int:
    """How many rows of results a tile has."""
    return _tile_height(kernel) - kernel.height + 1


def scratch(kernel: Kernel, channels: int, length: int) -> tuple[int]:
    """A tile, and three times what a transform works on."""
    height, width = tile_size(kernel, channels, length)
    points = 3 * max(height, width) + width * channels // COLUMNS * (height + GAP)
    return (points * 2 * COLUMNS,)


def prepare(kernel: Kernel, channels: int, length: int) -> tuple[Any, ...]:
    """What the loop takes: the kernel's size, and tables for the way down, across, and between."""
    height, width = tile_size(kernel, channels, length)
    step = _step(kernel, width)
    spectrum = _spectrum(kernel, height, width)
    sizes = channels, kernel.height, kernel.width, step
    return *sizes, *_axis(height), *_axis(width), spectrum


def _axis(n: int) -> tuple[NDArray[Any], ...]:
    """Roots, the spans of passes forth and back, first frequencies of fours, places of values.

    The spans leave out the last pass forth and the first one back. Back is forth a second time.
    """
    forth = radices(n)
    back = forth[::-1]
    place = np.argsort(order_after(back))[-np.arange(n) % n]
    order = order_after(forth)[::4].copy()
    return powers_of_root(n), spans(forth)[:-1].copy(), spans(back)[1:].copy(), order, place


def _spectrum(kernel: Kernel, height: int, width: int) -> NDArray[np.float32]:
    """The conjugate spectrum of the weights, in points, sixteen rows after sixteen rows."""
    values = np.fft.fft2(kernel.weights, (height, width)).conj() / (height * width)
    values = values[np.ix_(order_after(radices(height)), order_after(radices(width)))]
    values = values.reshape(-1, COLUMNS, width).swapaxes(1, 2)
    return np.stack([values.real, values.imag], axis=2).astype(np.float32).ravel()


def multiplications(kernel: Kernel) -> float:
    """Those of a value: two for each halving of a tile, more as tiles overlap; by and large."""
    height, width = tile_size(kernel, 1, 4096)
    used = (height - kernel.height + 1) * (width - kernel.width + 1)
    return 2 * math.log2(height * width) * height * width / used


def error(kernel: Kernel, maximum: float) -> float:
    """How far sums may be from the exact ones, for values of 0 .. ``maximum``."""
    halvings = math.log2(_tile_height(kernel)) + math.log2(max(WIDEST, 4 * kernel.width))
    return float(ERROR * math.sqrt(halvings) * kernel.magnitude * maximum)


ENGINE = Engine("a product of spectra", prepare, fourier, scratch, grid)
