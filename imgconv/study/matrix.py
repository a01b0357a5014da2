"""The weight matrix of a filter: each result is a row of weights times all pixels of the picture.

Row ``y * width + x`` of the result, column ``y * width + x`` of the input. Almost all weights are
0, so the matrix is kept in compressed sparse rows (CSR), as SciPy has it.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import OUTSIDE
from imgconv.kernels.kernel import Kernel
from imgconv.study.chain import Chain, Step, places
from imgconv.system.available_memory import free_memory

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

MOST_WEIGHTS = 20_000_000

# The memory that a weight takes while the matrix is made.
_BYTES = 64


class Matrix(NamedTuple):
    """``data`` and their columns ``indices`` by rows: ``indptr[r] .. indptr[r + 1] - 1``.

    ``taps`` has the numbers of the kernel's weights of which each value is the sum, in reading
    order, from ``starts[k]`` on. ``constant`` is added to each weighted sum: the offset,
    and the sum of the constant border.
    """

    data: Array
    indices: Indices
    indptr: Indices
    shape: tuple[int, int]
    taps: Indices
    starts: Indices
    constant: Array

    @property
    def nonzero(self) -> int:
        return int(np.count_nonzero(self.data))

    def times(self, values: Array) -> Array:
        """Return the product with all pixels of one channel, without ``constant``."""
        products = np.append(self.data * values[self.indices], 0.0)
        sums: Array = np.add.reduceat(products, self.indptr[:-1])
        return np.where(np.diff(self.indptr) > 0, sums, 0.0)

    def row(self, number: int) -> dict[int, tuple[float, list[int]]]:
        """Return the value and the taps of each column of a row that is not empty."""
        found = {}
        for at in range(self.indptr[number], self.indptr[number + 1]):
            end = self.starts[at + 1] if at + 1 < len(self.starts) else len(self.taps)
            found[int(self.indices[at])] = (
                float(self.data[at]),
                self.taps[self.starts[at] : end].tolist(),
            )
        return found

    def csr(self) -> dict[str, Array | Indices]:
        """Return ``data``, ``indices`` and ``indptr`` without weights of 0, and ``shape``."""
        kept = self.data != 0
        counts = np.concatenate([[0], np.cumsum(kept)])
        return {
            "data": self.data[kept],
            "indices": self.indices[kept],
            "indptr": counts[self.indptr],
            "shape": np.array(self.shape),
        }

    def dense(self) -> Array:
        """Return the whole matrix, float64."""
        whole = np.zeros(self.shape)
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.indptr))
        whole[rows, self.indices] = self.data
        return whole


def weight_matrix(chain: Chain) -> Matrix:
    """Return the matrix of one filter of one kernel over one channel.

    Raises ``UsageError`` for other filters, and ``LimitError`` for too many weights.
    """
    step, kernel = chain.single("it has no one matrix")
    count = step.height * step.width * kernel.weights.size
    if count > MOST_WEIGHTS or count * _BYTES > free_memory():
        raise LimitError(
            f"a matrix of {count:,} weights is too large", "use a smaller picture or kernel"
        )
    return _compressed(step, kernel, *_positions(step), float(chain.facts.colour[0]))


def _positions(step: Step) -> tuple[Indices, Indices]:
    """Return the input rows and columns under the kernel, OUTSIDE where there is no pixel."""
    down, across = step.positions(*places(step))
    place = step.border.rule.positions
    return place(down, step.source.height), place(across, step.source.width)


def _compressed(
    step: Step, kernel: Kernel, down: Indices, across: Indices, colour: float
) -> Matrix:
    weights = kernel.weights / kernel.scale
    (height, tall), (width, wide) = down.shape, across.shape
    # For every result pixel (y, x) and tap (j, i), in this order.
    shape = (height, width, tall, wide)
    ys, xs = (np.broadcast_to(p, shape) for p in (down[:, None, :, None], across[None, :, None, :]))
    is_inside = (ys != OUTSIDE) & (xs != OUTSIDE)
    columns = step.source.height * step.source.width
    rows = np.arange(height * width).reshape(height, width, 1, 1)
    keys = (rows * columns + ys * step.source.width + xs)[is_inside]
    numbers = np.broadcast_to(np.arange(weights.size).reshape(tall, wide), shape)[is_inside]
    order = np.argsort(keys, kind="stable")
    keys, taps = keys[order], numbers[order]
    distinct, starts = np.unique(keys, return_index=True)
    data = np.add.reduceat(np.append(weights.ravel()[taps], 0.0), starts) if len(starts) else keys
    indptr = np.searchsorted(distinct, np.arange(height * width + 1) * columns)
    outside = (weights * ~is_inside).sum(axis=(2, 3)).ravel()
    size = (height * width, columns)
    if step.is_divided:  # by the weights inside: there are no others
        share = (kernel.weights * is_inside).sum(axis=(2, 3)).ravel() / kernel.sum
        data = data / np.repeat(np.where(share > 0, share, np.inf), np.diff(indptr))
        outside = np.zeros(len(share))
    constant = outside * colour + kernel.offset
    return Matrix(data, distinct % columns, indptr, size, taps, starts, constant)


def difference(matrix: Matrix, chain: Chain) -> float:
    """Return the largest difference of W x and the filter's sums of the picture, in its levels."""
    step = chain.steps[0]
    (sums,) = step.results(step.window(*places(step)))
    source = step.source.values(*places(step.source))
    largest = 0.0
    for channel in range(sums.shape[2]):
        product = matrix.times(source[..., channel].ravel()) + matrix.constant
        largest = max(largest, float(np.abs(product - sums[..., channel].ravel()).max()))
    return largest


def counting_pixels(width: int, height: int) -> Pixels:
    """Return grey pixels of a size, whose levels are whole and all over the range."""
    y, x = np.mgrid[:height, :width]
    values = (37 * x + 91 * y + x * y) % 256
    return Pixels(values.astype(np.uint8)[..., None], ("l",))
