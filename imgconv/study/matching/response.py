"""The scores of a template at all places, by Fourier transforms of tiles (overlap-save).

Sums of whole numbers are whole: where rounding errors stay below a half they are removed, so that
a copy of the template scores exactly 1, and equal windows score equally.
"""

from collections.abc import Callable, Iterator
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import LimitError
from imgconv.study.matching.scores import ChannelSums, Method, Scale, total
from imgconv.study.matching.search import Search
from imgconv.study.transforms import ROUNDING, fast_length
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory
from imgconv.system.threads import Progress, no_progress

Array = NDArray[np.float64]
Spectrum = NDArray[np.complex128]

# A transform, and the norm of the values.
Transformed = tuple[Spectrum, float]

# The side of a tile, unless the template is larger than a quarter of it. Of 256 to 4096, it is the
# fastest for templates of 16 to 128 pixels a side.
_TILE = 1024

# Bytes for each value of a tile and of the response, while they are made.
_TILE_BYTES, _RESPONSE_BYTES = 160, 10


class Response(NamedTuple):
    """Scores (height, width), a value for each place; ``is_exact`` where no sum was rounded."""

    scores: Array
    is_exact: bool


class _Channel(NamedTuple):
    """The sums of a channel of a tile, and the error of its sums of squares."""

    sums: ChannelSums
    square_error: float
    is_exact: bool


class _Spectra(NamedTuple):
    """The transforms of m T of each channel, and of m unless all weights are equal."""

    templates: list[Transformed]
    weights: Transformed | None


def correlating_spectrum(values: Array, tile: tuple[int, int]) -> Transformed:
    """Return the conjugate transform, whose product with the picture's is a correlation."""
    return np.conj(np.fft.rfft2(values, tile)), float(np.linalg.norm(values))


def turned_spectrum(values: Array, tile: tuple[int, int]) -> Transformed:
    """Return the transform of values turned by 180 degrees, whose product is a convolution.

    The last of the turned values lies at (0, 0), so that places are upper left corners.
    """
    height, width = values.shape
    laid = np.zeros(tile)
    laid[:height, :width] = values[::-1, ::-1]
    spectrum: Spectrum = np.fft.rfft2(np.roll(laid, (1 - height, 1 - width), (0, 1)))
    return spectrum, float(np.linalg.norm(values))


def response(
    search: Search,
    method: Method,
    scale: Scale,
    transform: Callable[[Array, tuple[int, int]], Transformed] = correlating_spectrum,
    progress: Progress = no_progress,
) -> Response:
    """Return the scores of all places; ``progress`` gets the number of places done, and of all.

    Raises ``LimitError`` where memory is not enough.
    """
    height, width = search.shape
    h, w, _ = search.template.shape
    (rows, tile_height), (columns, tile_width) = _spans(height, h), _spans(width, w)
    _check_memory(height * width, tile_height * tile_width)
    tile = tile_height, tile_width
    spectra = _spectra(search, lambda values: transform(values, tile))
    scores = np.empty((height, width))
    is_exact = True
    for down in rows:
        for across in columns:
            part = slice(down.start, down.stop + h - 1), slice(across.start, across.stop + w - 1)
            parts, noise = [], 0.0
            for channel in _channels(search, spectra, part, tile):
                parts.append(method.parts(channel.sums))
                noise += scale.weight * channel.square_error
                is_exact = is_exact and channel.is_exact
            scores[down, across] = method.score(total(parts), scale._replace(noise=noise))
            done = down.start * width + (down.stop - down.start) * across.stop
            progress(done, height * width)
    return Response(scores, is_exact)


def _spans(length: int, kernel: int) -> tuple[list[slice], int]:
    """Return equal parts of the places along an axis, and the length of their transforms."""
    longest = max(_TILE, 1 << (4 * kernel - 1).bit_length())
    count = -(-length // (longest - kernel + 1))
    step = -(-length // count)
    parts = [slice(first, min(first + step, length)) for first in range(0, length, step)]
    return parts, fast_length(step + kernel - 1)


def _check_memory(places: int, tile: int) -> None:
    needed = places * _RESPONSE_BYTES + tile * _TILE_BYTES
    if needed > NOT_WORTH_ASKING and needed > (free := free_memory()):
        raise LimitError(
            f"the scores take about {needed / 1e6:,.0f} MB of memory, and {free / 1e6:,.0f} MB "
            "are free",
            "search in a part, by --within",
        )


def _spectra(search: Search, transform: Callable[[Array], Transformed]) -> _Spectra:
    weights = np.ones(search.template.shape[:2]) if search.weights is None else search.weights
    channels = range(search.template.shape[2])
    templates = [transform(weights * search.template[..., at]) for at in channels]
    return _Spectra(templates, None if search.weights is None else transform(weights))


def _channels(
    search: Search, spectra: _Spectra, part: tuple[slice, slice], tile: tuple[int, int]
) -> Iterator[_Channel]:
    """Yield the sums of each channel in a part of the picture."""
    size = search.template.shape[:2]
    weights = 1.0 if search.weights is None else search.weights
    may_round = not search.is_float
    for (template, levels), spectrum in zip(search.channels(part), spectra.templates, strict=True):
        weighted = weights * template
        own = float(weighted.sum()), float((weighted * template).sum())
        transform = _Transform(levels, tile, size, may_round)
        products, error = transform.correlated(spectrum)
        squares = levels * levels
        if spectra.weights is None:
            norm = 0.0 if may_round else float(np.linalg.norm(squares))
            sums, square_sums = (_box_sums(each, size) for each in (levels, squares))
            errors = [error, ROUNDING * norm * sqrt(size[0] * size[1])]
        else:
            sums, sum_error = transform.correlated(spectra.weights)
            of_squares = _Transform(squares, tile, size, may_round)
            square_sums, square_error = of_squares.correlated(spectra.weights)
            errors = [error, sum_error, square_error]
        found = ChannelSums(search.weight, *own, products, sums, square_sums)
        yield _Channel(found, errors[-1], not any(errors))


class _Transform:
    """The transform of a part of the picture, from which correlations are made."""

    def __init__(
        self, levels: Array, tile: tuple[int, int], kernel: tuple[int, int], may_round: bool
    ) -> None:
        self._tile, self._may_round = tile, may_round
        self._places = levels.shape[0] - kernel[0] + 1, levels.shape[1] - kernel[1] + 1
        self._norm = float(np.linalg.norm(levels))
        self._spectrum: Spectrum = np.fft.rfft2(levels, tile)

    def correlated(self, kernel: Transformed) -> tuple[Array, float]:
        """Return the sums at all places, and their error: 0 if they are rounded to whole ones."""
        product = np.fft.irfft2(self._spectrum * kernel[0], self._tile)
        sums: Array = product[: self._places[0], : self._places[1]]
        error = ROUNDING * self._norm * kernel[1]
        if self._may_round and error < 0.25:
            return np.rint(sums), 0.0
        return sums, error


def _box_sums(values: Array, size: tuple[int, int]) -> Array:
    """Return the sums of all windows of a size, exact where values are whole; overwrite values."""
    height, width = size
    down = np.cumsum(values, axis=0, out=values)
    rows = down[height - 1 :]
    rows[1:] = down[height:] - down[:-height]
    across = np.cumsum(rows, axis=1, out=rows)
    sums = across[:, width - 1 :]
    sums[:, 1:] = across[:, width:] - across[:, :-width]
    return sums
