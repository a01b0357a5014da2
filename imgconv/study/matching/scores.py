"""The scores of a template at a place, from sums over its window.

For each channel, m are the weights, n their sum, T the template and I the window; sums run over the
window and over all channels, each with a mean of its own.

    correlation   sum m (T - mT) (I - mI) / sqrt(sum m (T - mT)^2 * sum m (I - mI)^2)
    covariance    sum m (T - mT) (I - mI) / (n * channels)
    plain         sum m T I
    difference    1 - sqrt(sum m (T - I)^2 / (n * channels)) / maximum
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.study.matching.search import Search

Array = NDArray[np.float64]

# Windows of no more variance, in squared levels, are flat.
_FLAT = 1e-6


class ChannelSums(NamedTuple):
    """Sums of one channel: of weights, m T, m T^2, and for each place m T I, m I, m I^2."""

    weight: float
    template: float
    template_squares: float
    products: Any
    window: Any
    window_squares: Any


class Scale(NamedTuple):
    """The facts of a search that turn sums into scores.

    ``weight`` is the sum of the weights, ``values`` that in all channels, ``own`` the parts of the
    template with itself. ``noise`` is the rounding error of the second part.
    """

    weight: float
    values: float
    maximum: float
    unit: float
    own: tuple[float, ...]
    noise: float = 0.0


class Method(NamedTuple):
    """A kind of score: parts of each channel, which are added, and the score that they make.

    ``ignores_level`` says that a level added to both changes nothing; ``has_means`` that means are
    subtracted, so that flat windows say nothing; ``is_relative`` that the largest score is 1.
    """

    parts: Callable[[ChannelSums], tuple[Any, ...]]
    score: Callable[[tuple[Any, ...], Scale], Any]
    ignores_level: bool
    has_means: bool
    is_relative: bool


def _deviations(sums: ChannelSums) -> tuple[Any, ...]:
    """Return n^2 times the covariance, and n^2 times the variance of the window."""
    covariance = sums.weight * sums.products - sums.template * sums.window
    return covariance, sums.weight * sums.window_squares - sums.window * sums.window


def _correlation(parts: tuple[Any, ...], scale: Scale) -> Any:
    covariance, variance = parts
    is_flat = variance <= _FLAT * scale.weight**2 + scale.noise
    norm = np.sqrt(np.where(is_flat, 1.0, variance) * scale.own[1])
    return np.where(is_flat, 0.0, covariance / norm).clip(-1, 1)


def _covariance(parts: tuple[Any, ...], scale: Scale) -> Any:
    return parts[0] / (scale.weight * scale.values * scale.unit**2)


def _plain(parts: tuple[Any, ...], scale: Scale) -> Any:
    return parts[0] / scale.unit**2


def _distance(sums: ChannelSums) -> tuple[Any, ...]:
    return (sums.template_squares - 2 * sums.products + sums.window_squares,)


def _difference(parts: tuple[Any, ...], scale: Scale) -> Any:
    return 1 - np.sqrt(np.maximum(parts[0], 0) / scale.values) / scale.maximum


METHODS = {
    "correlation": Method(_deviations, _correlation, True, True, True),
    "covariance": Method(_deviations, _covariance, True, True, False),
    "plain": Method(lambda sums: (sums.products,), _plain, False, False, False),
    "difference": Method(_distance, _difference, True, False, True),
}


def total(parts: list[tuple[Any, ...]]) -> tuple[Any, ...]:
    """Return the sums over the channels."""
    return tuple(sum(each[1:], each[0]) for each in zip(*parts, strict=True))


def scale_of(search: Search, method: Method) -> Scale:
    """Return the scale of a search, with the template's own parts."""
    weights = 1.0 if search.weights is None else search.weights
    own = []
    for at in range(search.template.shape[2]):
        levels = search.template[..., at]
        weighted = weights * levels
        first, second = float(weighted.sum()), float((weighted * levels).sum())
        own.append(method.parts(ChannelSums(search.weight, first, second, second, first, second)))
    values = search.weight * search.template.shape[2]
    return Scale(search.weight, values, search.maximum, search.unit, total(own))


def is_flat(search: Search, scale: Scale) -> bool:
    """Return whether the template has no contrast at all, by the rule for windows."""
    return bool(scale.own[1] <= _FLAT * search.weight**2)


def plain_score(search: Search, method: Method, y: int, x: int) -> float:
    """Return the score at one place by plain sums, each mean subtracted first.

    A copy of the template scores exactly 1: both are summed in the same order.
    """
    height, width, _ = search.template.shape
    weights = np.ones((height, width)) if search.weights is None else search.weights
    place = slice(y, y + height), slice(x, x + width)
    parts, own = [], []
    for template, window in search.channels(place):
        if method.has_means:
            template = template - (weights * template).sum() / search.weight
            window = window - (weights * window).sum() / search.weight
        parts.append(method.parts(_sums(search.weight, weights, template, window)))
        own.append(method.parts(_sums(search.weight, weights, template, template)))
    scale = scale_of(search, method)._replace(own=total(own))
    return float(method.score(total(parts), scale))


def _sums(count: float, weights: Array, template: Array, window: Array) -> ChannelSums:
    pairs = ((template, template), (template, window), (window, window))
    squares, products, window_squares = (float((weights * a * b).sum()) for a, b in pairs)
    first, second = (float((weights * each).sum()) for each in (template, window))
    return ChannelSums(count, first, squares, products, second, window_squares)
