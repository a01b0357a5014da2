"""A bank of kernels: each of its entries makes one map of a picture.

The text of a bank is a filter, several joined by ``|``, ``random:N:SIZE[:SEED]``, or the path of an
array of weights: (height, width), (maps, height, width), or (maps, channels, height, width), whose
maps are sums over the channels.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import KernelError, ReadError, UsageError
from imgconv.formats.number_files import ARRAYS, read_numbers
from imgconv.formats.registry import suffix_of
from imgconv.kernels import library
from imgconv.kernels.checks import LARGEST_WEIGHT, MOST_WEIGHTS
from imgconv.kernels.filter import BANK, Filter, check_kernels
from imgconv.kernels.kernel import Kernel, Reach, widest_reach

Array = NDArray[np.float64]

MOST_MAPS = 4096

_RANDOM = "random"


class Entry(NamedTuple):
    """The filters of one map: a chain, or ``weights`` (channels, height, width)."""

    name: str
    filters: tuple[Filter, ...] = ()
    weights: Array | None = None

    def reaches(self, dilation: int) -> list[Reach]:
        """Return how far each step reaches, with ``dilation`` pixels from weight to weight."""
        if self.weights is not None:
            reaches = [Kernel(self.weights[0]).reach]
        else:
            reaches = [widest_reach(filter.kernels) for filter in self.filters]
        return [Reach(*(side * dilation for side in reach)) for reach in reaches]

    @property
    def grids(self) -> list[Array]:
        """The grids of weights, over the scale of each kernel."""
        if self.weights is not None:
            return [*self.weights]
        return [k.weights / k.scale for filter in self.filters for k in filter.kernels]


class Bank(NamedTuple):
    """The entries of a bank, which sum over ``channels``; None for a map of each channel."""

    entries: tuple[Entry, ...]
    channels: int | None = None

    def weights(self) -> Array | None:
        """Return all weights as one array, where each entry is one kernel of the same size."""
        grids = [entry.grids for entry in self.entries]
        if len({grid.shape for each in grids for grid in each}) > 1:
            return None
        if self.channels is not None:
            return np.array(grids)
        return np.array([grid for (grid,) in grids]) if set(map(len, grids)) == {1} else None


def read_bank(text: str, is_split: bool = False) -> Bank:
    """Return the bank that a text names; ``is_split`` makes a map of each kernel of a filter.

    Raises ``UsageError``, and ``ReadError`` for a file that is none.
    """
    name, *values = (part.strip() for part in text.split(":"))
    if name == _RANDOM:
        bank = Bank((*_numbered(_RANDOM, _random(text, values)),))
    elif suffix_of(text) in ARRAYS:
        bank = _of_array(text)
    else:
        parts = [part.strip() for part in text.split("|")]
        if not all(parts):
            raise UsageError(f"'{text}' has an empty filter", "join filters by single |")
        bank = Bank(tuple(entry for part in parts for entry in _of_filter(part, is_split)))
    if len(bank.entries) > MOST_MAPS:
        raise UsageError(f"{len(bank.entries)} maps are too many", f"give up to {MOST_MAPS}")
    return bank


def _of_filter(text: str, is_split: bool) -> Iterator[Entry]:
    filters = library.find_with_banks(text)
    check_kernels(filters)
    *before, last = filters
    if any(filter.combine == BANK for filter in before):
        raise KernelError(f"'{text}' has a bank before its end", "put it at the end of the chain")
    if last.combine != BANK and not is_split:
        yield Entry(text, (*filters,))
        return
    count = len(last.kernels)
    for number, kernel in enumerate(last.kernels, 1):
        name = f"{text} {number}" if count > 1 else text
        yield Entry(name, (*before, last._replace(kernels=(kernel,), combine="none")))


def _random(text: str, values: list[str]) -> Array:
    """Return kernels of normal numbers, divided by how many each has."""
    remedy = "write random:MAPS:SIZE[:SEED], as in random:32:16"
    if len(values) not in (2, 3) or not all(v.isdigit() and len(v) < 19 for v in values):
        raise UsageError(f"'{text}' is no random bank", remedy)
    count, size, seed = [*map(int, values), 0][:3]
    if not count or not size or count > MOST_MAPS or count * size * size > MOST_WEIGHTS:
        raise UsageError(
            f"a bank of {count} kernels of {size}x{size} is empty or too large",
            f"give up to {MOST_MAPS} maps, and {MOST_WEIGHTS:,} weights",
        )
    return np.random.default_rng(seed).standard_normal((count, size, size)) / (size * size)


def _of_array(path: str) -> Bank:
    try:
        weights = _weights(read_numbers(path, MOST_WEIGHTS), path)
    except ReadError as error:
        remedy = "give fewer weights" if "--max-pixels" in error.remedy else error.remedy
        raise ReadError(error.problem, remedy) from error
    if weights.ndim not in (2, 3, 4) or 0 in weights.shape:
        raise KernelError(
            f"{path} has the shape {'x'.join(map(str, weights.shape)) or 'of one number'}",
            "give (maps, height, width) or (maps, channels, height, width)",
        )
    if weights.dtype.kind not in "biuf":
        raise KernelError(f"{path} holds {weights.dtype} numbers", "give real ones")
    weights = weights.astype(np.float64)
    if not (np.abs(weights) <= LARGEST_WEIGHT).all():
        raise KernelError(
            f"{path} has weights that are not finite, or too large", "give finite ones"
        )
    if weights.ndim < 4:
        return Bank((*_numbered("kernel", weights.reshape(-1, *weights.shape[-2:])),))
    entries = [Entry(f"kernel {n}", weights=each) for n, each in enumerate(weights, 1)]
    return Bank((*entries,), weights.shape[1])


def _weights(arrays: Mapping[str, Array], path: str) -> Array:
    """Return the array ``weights``, or the only one."""
    if "weights" in arrays:
        return arrays["weights"]
    if len(arrays) != 1:
        raise KernelError(f"{path} has {len(arrays)} arrays", "call that of the kernels 'weights'")
    return next(iter(arrays.values()))


def _numbered(name: str, grids: Array) -> Iterator[Entry]:
    for number, grid in enumerate(grids, 1):
        title = f"{name} {number}"
        yield Entry(title, (Filter(title, (Kernel(grid),)),))
