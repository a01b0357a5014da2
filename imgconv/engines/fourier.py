"""Fourier: large kernels of any kind, by a product of spectra, in overlapping tiles.

    F(sums) = F(rows) * conjugate(F(weights)),    F the two-dimensional Fourier transform

This holds on a tile whose opposite edges are joined, as on a torus. Results count where the kernel
does not reach over the joint; the next tile begins where they end. The work for a value grows only
with the logarithm of the kernel's size:

- Loops work on sixteen columns, or sixteen rows of frequencies, at once (``engines/fft.py``).
- The left half of the picture is the real part, the right half the imaginary part of the signal.
  Weights are real, so the two stay apart.
- Tiles overlap across, but columns are transformed once: they are a ring in the tile, in which new
  ones take the places of the oldest. A torus has no beginning. The sums lie where the kernel
  begins, which is where the oldest columns were.
- Passes over the tile do the rest on the way: the last pass down and the first one up transpose
  halfway, and the last pass across, the product and the first one back are one loop.

A NaN spoils the tiles it is in, in both halves of the picture, and a very large value the small
ones there.
"""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import Cost
from imgconv.engines.base import LARGEST_FLOAT, Engine, Lowering, Pass, PlanOptions, RowLayout
from imgconv.engines.fft import multiply, order_after, passes, radices
from imgconv.engines.tile import (
    COLUMNS,
    GAP,
    first_pass_up,
    gather,
    last_pass_down,
    load_rows,
    spread,
    store_rows,
)
from imgconv.jit.arguments import SlidingView
from imgconv.jit.functions import jit_noinline
from imgconv.jit.kernel_loop import jit_loop
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel

# The least rows and columns of a tile, and the most for kernels of up to half its size.
SHORTEST, TALLEST, WIDEST = 64, 512, 256

# Each halving of a signal, forth and back, rounds every value once more, at random; so errors grow
# with the root of their number. This factor of it is two to four times what was measured where all
# weights have one sign; where they do not, errors are less.
ERROR = 2.0**-22


@jit_loop
def fourier(rows, length, kernel, down, across, sums, scratch):  # type: ignore[no-untyped-def]
    """For each tile: columns forth, rows forth, times the spectrum, rows back, columns back.

    ``kernel`` is (channels, height, width, step, spectrum); ``down`` and ``across``: see ``axis``.
    """
    channels, kernel_height, kernel_width, step, spectrum = kernel
    height, width = down[0].shape[0], across[0].shape[0]
    size = max(height, width) * 2 * COLUMNS
    buffers = (scratch[:size], scratch[size : 2 * size], scratch[2 * size : 3 * size])
    tile = (scratch[3 * size :], (height + GAP) * 2 * COLUMNS, width * channels // COLUMNS)
    row_end = sums.shape[1] + (kernel_width - 1) * channels
    source = (rows, length, sums.shape[0] + kernel_height - 1, row_end)
    half = (sums.shape[1] // channels + 1) // 2
    for start in range(0, half, step):
        first = (start + width - step) * channels if start > 0 else 0
        columns = (first, (start + width) * channels, half * channels)
        load_rows(source, columns, tile, height)
        transform_columns(tile, columns, down, buffers, True)
        for row in range(0, height, COLUMNS):
            factors = spectrum[2 * row * width :]
            multiply_rows(tile, (row, channels, start, step), factors, across, buffers)
        columns = (start * channels, min(start + step, half) * channels, half * channels)
        transform_columns(tile, columns, down, buffers, False)
        store_rows(tile, columns, down[4], sums)


@jit_noinline
def transform_columns(tile, columns, down, buffers, is_forth):  # type: ignore[no-untyped-def]
    """Transform columns of the tile, down to quartets of frequencies, or back up from them."""
    (memory, pitch, blocks), (x, y, z), (roots, forth, back, order, _) = tile, buffers, down
    height = roots.shape[0]
    for column in range(columns[0], columns[1], COLUMNS):
        block = memory[column // COLUMNS % blocks * pitch :]
        if is_forth:
            passes(block, x, y, z, height, forth, roots)
            last_pass_down(z, block, height)
        else:
            first_pass_up(block, z, height, order, roots)
            passes(z, x, y, block, height, back, roots)


@jit_noinline
def multiply_rows(tile, place, factors, across, buffers):  # type: ignore[no-untyped-def]
    """Transform sixteen rows of frequencies, multiply them by the weights' and transform back."""
    (row, channels, start, step), (x, y, z) = place, buffers
    roots, forth, back, order, places = across
    width = roots.shape[0]
    for channel in range(channels):
        lane = (row, channel, channels)
        gather(tile, lane, z, width)
        passes(z, x, y, z, width, forth, roots)
        multiply(z, x, width, factors, order, roots)
        passes(x, y, z, x, width, back, roots)
        spread(x, places, (start, step), tile, lane)


def axis(n: int) -> tuple[NDArray[Any], ...]:
    """Return the tables roots, forth, back, order and places of the transform of ``n`` points.

    The spans forth and back leave out the last pass forth and the first one back; ``order`` has
    the first frequencies of fours. Back is forth again, which leaves value y at ``places[y]``.
    """
    forth, back = radices(n), radices(n)[::-1]
    return (
        np.exp(-2j * np.pi * np.arange(n) / n).astype(np.complex64),
        np.cumprod([1, *forth[:-1]]),
        np.cumprod([1, *back])[1:].copy(),
        order_after(forth)[::4].copy(),
        np.argsort(order_after(back))[-np.arange(n) % n],
    )


def tile_size(kernel: Kernel, rows: RowLayout) -> tuple[int, int]:
    """Return height and width, powers of two, of the tile with the least work for each value."""
    half = (rows.length // rows.channels - kernel.width + 2) // 2
    work = {w: -(-half // _step(kernel, w)) * _work(w) for w in _sizes(kernel.width, WIDEST)}
    return _tile_height(kernel), min(work, key=work.__getitem__)


def _tile_height(kernel: Kernel) -> int:
    """Return the height of tiles, which is the same for every picture, as is the strip height."""
    work = {h: _work(h) / (h - kernel.height + 1) for h in _sizes(kernel.height, TALLEST)}
    return min(work, key=work.__getitem__)


def _work(size: int) -> float:
    """Return the relative time of a side of a tile."""
    return size * (math.log2(size) - 2)  # 2: the nearer caches hold less of larger tiles


def _sizes(length: int, most: int) -> Iterator[int]:
    """Yield powers of two that a kernel fits in, up to the larger of ``most`` and 2 * length."""
    size = SHORTEST
    while size <= most or size < 4 * length:
        if size - length + 1 >= COLUMNS:
            yield size
        size *= 2


def _step(kernel: Kernel, width: int) -> int:
    """Return how many columns of results a tile has: whole blocks."""
    return (width - kernel.width + 1) // COLUMNS * COLUMNS


def strip_height(kernel: Kernel) -> int:
    """Return how many rows of results a tile has."""
    return _tile_height(kernel) - kernel.height + 1


def scratch(kernel: Kernel, rows: RowLayout) -> tuple[int]:
    """Return the size of a tile, and of three buffers for a transform."""
    height, width = tile_size(kernel, rows)
    points = 3 * max(height, width) + width * rows.channels // COLUMNS * (height + GAP)
    return (points * 2 * COLUMNS,)


def prepare(kernel: Kernel, rows: RowLayout) -> tuple[Any, ...]:
    """Return the groups ``kernel``, ``down`` and ``across`` as the loop takes them."""
    height, width = tile_size(kernel, rows)
    sizes = rows.channels, kernel.height, kernel.width, _step(kernel, width)
    return (*sizes, _spectrum(kernel, height, width)), axis(height), axis(width)


def _spectrum(kernel: Kernel, height: int, width: int) -> NDArray[np.float32]:
    """Return the conjugate spectrum of the weights in points, sixteen rows after sixteen rows."""
    values = np.fft.fft2(kernel.weights, (height, width)).conj() / (height * width)
    values = values[np.ix_(order_after(radices(height)), order_after(radices(width)))]
    values = values.reshape(-1, COLUMNS, width).swapaxes(1, 2)
    return np.stack([values.real, values.imag], axis=2).astype(np.float32).ravel()


def multiplications(kernel: Kernel) -> float:
    """Estimate multiplications per value: two for each halving of a tile, more if tiles overlap."""
    height, width = tile_size(kernel, RowLayout(1, 4096))
    used = (height - kernel.height + 1) * (width - kernel.width + 1)
    return 2 * math.log2(height * width) * height * width / used


def _overflows(kernel: Kernel, largest: float) -> bool:
    """Return whether sums over a tile may be too large for float32 where results are not."""
    points = _tile_height(kernel) * max(WIDEST, 4 * kernel.width)
    return points * largest * max(1.0, kernel.magnitude) > LARGEST_FLOAT


def error(kernel: Kernel, maximum: float) -> float:
    """Return the largest error of sums of values of 0 .. ``maximum``."""
    halvings = math.log2(_tile_height(kernel)) + math.log2(max(WIDEST, 4 * kernel.width))
    return float(ERROR * math.sqrt(halvings) * kernel.magnitude * maximum)


def lower(lowering: Lowering, kernel: Kernel, sums: SlidingView, level: object) -> None:
    """Add the call of the loop. Padded to the step's reach, all kernels have one tile height."""
    kernel, layout = kernel.padded(lowering.reach), lowering.layout
    memory = lowering.schedule.workspace(scratch(kernel, layout), layout.dtype)
    lowering.add(fourier, kernel, prepare(kernel, layout), sums, memory)


def candidate(kernel: Kernel, options: PlanOptions) -> Pass | None:
    """Return the pass of a kernel whose direct form has many more multiplications."""
    if kernel.height * kernel.width > MOST_WEIGHTS:
        return None
    off = error(kernel, options.bounds.magnitude) / abs(kernel.scale)
    is_worth_it = kernel.taps > 2 * (kernel.height + kernel.width) and not options.is_float
    is_suited = kernel.taps and is_worth_it and off <= options.tolerance / 255
    if not options.is_finite or not (is_suited or options.engine == "fourier"):
        return None
    if _overflows(kernel, options.bounds.magnitude * options.maximum):
        return None
    return Pass("fourier", kernel, multiplications(kernel), kernel.scale, off)


ENGINE = Engine(candidate, lower, Cost(0.0, 0.075), ("gaussian:2", "gaussian:8"), strip_height)
