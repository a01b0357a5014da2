"""A tile of the Fourier engine in memory, and the loops that copy to and from it.

A tile lies in blocks of sixteen columns. First each row of a block is a point, then each frequency
is. The last pass down makes four frequencies of every column at once and lays them side by side, as
a quartet: sixteen real quartets, one for each column, then sixteen imaginary ones. Four quartets of
a column are a point of the transform across, whose lanes are sixteen frequencies.

Loops take a tile as (memory, pitch, blocks): the distance and the number of its blocks, which are a
ring of columns.
"""

import numpy as np

from imgconv.engines.fft import FOUR, LANES, ONE, POINT, THREE, TWO, at, four, get, put
from imgconv.jit.functions import jit_noinline

# Columns of a block.
COLUMNS = 16

# Unused points between blocks: without them, all blocks would compete for the same lines of the
# cache.
GAP = 4


@jit_noinline
def load_rows(source, columns, tile, height):  # type: ignore[no-untyped-def]
    """Lay the columns first .. last - 1, and those ``right`` of them, into the tile as points.

    Outside the last row and column these repeat: no result that counts depends on them.
    """
    (rows, length, row_count, row_end), (first, last, right) = source, columns
    memory, pitch, blocks = tile
    for y in range(height):
        row = rows[min(y, row_count - 1) * length :]
        for column in range(first, last, COLUMNS):
            t = np.uint64(column // COLUMNS % blocks * pitch) + at(y)
            if column + right + COLUMNS <= row_end:
                p, q = np.uint64(column), np.uint64(column + right)
                copy_lanes(row, p, FOUR, memory, t, FOUR)
                copy_lanes(row, q, FOUR, memory, t + LANES, FOUR)
            else:
                for i in range(column, column + COLUMNS):
                    memory[t] = row[min(i, row_end - 1)]
                    memory[t + LANES] = row[min(i + right, row_end - 1)]
                    t += ONE


@jit_noinline
def store_rows(tile, columns, places, sums):  # type: ignore[no-untyped-def]
    """Copy the columns first .. last - 1 of the tile, and those ``right`` of them, to the sums.

    Row y is the point ``places[y]``.
    """
    (memory, pitch, blocks), (first, last, right) = tile, columns
    row_end = sums.shape[1]
    for y in range(sums.shape[0]):
        row = sums[y]
        for column in range(first, last, COLUMNS):
            t = np.uint64(column // COLUMNS % blocks * pitch) + at(places[y])
            if column + COLUMNS <= last and column + right + COLUMNS <= row_end:
                p, q = np.uint64(column), np.uint64(column + right)
                copy_lanes(memory, t, FOUR, row, p, FOUR)
                copy_lanes(memory, t + LANES, FOUR, row, q, FOUR)
            else:
                for i in range(column, min(column + COLUMNS, last)):
                    row[i] = memory[t]
                    if i + right < row_end:
                        row[i + right] = memory[t + LANES]
                    t += ONE


@jit_noinline
def last_pass_down(x, block, n):  # type: ignore[no-untyped-def]
    """Make the last pass of radix 4, whose roots are all one, from points to quartets."""
    m = n // 4
    for j in range(m):
        p, q, r, s, out = at(j), at(j + m), at(j + 2 * m), at(j + 3 * m), at(4 * j)
        for i in range(LANES):
            a, b, c, d = four(get(x, p + i), get(x, q + i), get(x, r + i), get(x, s + i))
            put_four(block, out + FOUR * i, a.real, b.real, c.real, d.real)
            put_four(block, out + FOUR * (LANES + i), a.imag, b.imag, c.imag, d.imag)


@jit_noinline
def first_pass_up(block, x, n, order, roots):  # type: ignore[no-untyped-def]
    """Make the first pass of radix 4, from quartets to points.

    The frequencies of a quartet lie n / 4 apart, as the pass needs them.
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
def gather(tile, lane, x, n):  # type: ignore[no-untyped-def]
    """Make points of one channel, their lanes the frequencies row .. row + 15."""
    (memory, pitch, _), (row, channel, channels) = tile, lane
    for j in range(n):
        column = j * channels + channel
        s = np.uint64(column // COLUMNS * pitch + column % COLUMNS * 4) + at(row)
        t = at(j)
        copy_lanes(memory, s, FOUR * POINT, x, t, FOUR)
        copy_lanes(memory, s + FOUR * LANES, FOUR * POINT, x, t + LANES, FOUR)


@jit_noinline
def spread(x, places, pixels, tile, lane):  # type: ignore[no-untyped-def]
    """Lay ``count`` points from ``start`` on, round the ring, back where ``gather`` found them."""
    (start, count), (memory, pitch, _), (row, channel, channels) = pixels, tile, lane
    n = places.shape[0]
    for pixel in range(start, start + count):
        column = pixel % n * channels + channel
        s = np.uint64(column // COLUMNS * pitch + column % COLUMNS * 4) + at(row)
        t = at(places[pixel % n])
        copy_lanes(x, t, FOUR, memory, s, FOUR * POINT)
        copy_lanes(x, t + LANES, FOUR, memory, s + FOUR * LANES, FOUR * POINT)


@jit_noinline
def copy_lanes(source, s, step, target, t, target_step):  # type: ignore[no-untyped-def]
    """Copy four times four values; all four are read before the first is written."""
    for _ in range(4):
        put_four(target, t, source[s], source[s + ONE], source[s + TWO], source[s + THREE])
        s, t = s + step, t + target_step


@jit_noinline
def put_four(target, t, a, b, c, d):  # type: ignore[no-untyped-def]
    target[t] = a
    target[t + ONE] = b
    target[t + TWO] = c
    target[t + THREE] = d
