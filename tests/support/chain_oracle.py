"""A chain of filters by its definition, in float64, with a bound of the error of every value.

Values that are rounded to float32 on the way, and sums that an engine approximates, leave errors.
Each is followed through the rest of the chain: sums add errors, quotients and products mix them.
An error is infinite where the result may be anything, as behind a threshold that a value is near.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from tests.support import oracle
from tests.support.oracle import Array

Positions = NDArray[np.int64]

# Half of the distance from 1 to the next float32, the smallest and the largest float32.
EPSILON, SMALLEST, LARGEST = 2.0**-24, 2.0**-149, float(np.finfo(np.float32).max)

# The weights of a kernel that are summed together: a block of their terms fits a core's cache.
AT_ONCE = 64

# Alpha is noise where it is less than this share of white.
NOISE = 2.0**-20


class Loss(NamedTuple):
    """What an engine may lose of the sums of one kernel.

    ``error`` is a share of white. Sums have ``terms`` that are rounded to float32: by a share of
    the weighted values in their neighbourhood, or, of ``spread``, of the largest in the picture.
    If ``is_fused``, the sums of the filter before were never made; the terms are those of both.
    """

    error: float = 0.0
    terms: float = 0.0
    spread: float = 0.0
    is_fused: bool = False


class Rules(NamedTuple):
    """What a picture and its settings mean for a chain; ``colour`` is that of the border.

    Channels in ``gammas`` are light, whose transfer function has that gamma, or is sRGB's (None).
    """

    channels: tuple[str, ...]
    maximum: float
    is_float: bool
    border: str
    colour: Array
    extent: str
    chosen: frozenset[str] | None
    straight_alpha: bool
    gammas: Mapping[str, float | None] = MappingProxyType({})

    @property
    def alpha(self) -> int | None:
        return self.channels.index("a") if "a" in self.channels else None

    def filters(self, name: str, average: bool) -> bool:
        """Return whether a filter acts on a channel: on alpha only where it is asked to."""
        if self.chosen is not None:
            return name in self.chosen
        return name != "a" or average

    def shows(self, name: str) -> bool:
        """Return whether a range rule acts on a channel that is filtered."""
        return self.chosen is not None or name != "a"

    def weighted(self) -> NDArray[np.bool_]:
        """Return which channels are colours that averages weight by alpha."""
        is_colour = [name not in ("a", "x") for name in self.channels]
        is_chosen = [self.chosen is None or name in self.chosen for name in self.channels]
        return np.array(is_colour) & is_chosen


class Values(NamedTuple):
    """Values (height, width, channels), the bounds of their errors, and the sizes of their terms.

    A value that is NaN or infinite is certain where its error is finite. Colours are multiplied by
    alpha if they are ``premultiplied``.
    """

    values: Array
    errors: Array
    sizes: Array
    premultiplied: bool = False

    @classmethod
    def exact(cls, picture: Array) -> Values:
        return cls(picture, np.zeros_like(picture), finite_size(picture))

    def rounded(self) -> Values:
        """Return the values with the error of one rounding to float32 more."""
        size = finite_size(self.values)
        errors = self.errors + EPSILON * size + SMALLEST
        return self._replace(errors=np.where(size > LARGEST, math.inf, errors))


def finite_size(values: Array) -> Array:
    """Return values without their sign, and 0 for those that are NaN or infinite."""
    return np.where(np.isfinite(values), np.abs(values), 0)


def thirds(together: Array) -> Array:
    """Return values, errors and sizes that lie one behind the other, as an array of three."""
    return np.moveaxis(together.reshape(*together.shape[:2], 3, -1), 2, 0)


def averages(filter: Filter) -> bool:
    """Return whether a filter averages pixels: a picture of one colour stays as it is."""
    count = len(filter.kernels)
    if filter.combine != "add-above" and (filter.combine != "none" or count > 1):
        return False
    sums = [math.fsum(kernel.weights.ravel()) for kernel in filter.kernels]
    sizes = [float(np.abs(kernel.weights).sum()) for kernel in filter.kernels]
    are_zero = all(abs(sums[at]) <= 1e-8 * sizes[at] for at in range(1, count))
    keeps = abs(sums[0] / filter.kernels[0].scale - 1) < 1e-8 and are_zero
    keeps &= not any(kernel.offset for kernel in filter.kernels)
    return keeps and any(np.count_nonzero(kernel.weights) > 1 for kernel in filter.kernels)


def is_identity(filter: Filter) -> bool:
    """Return whether a filter leaves every pixel as it is."""
    first, *others = filter.kernels
    keeps_own = first.weights[first.origin] == first.scale and not first.offset
    is_alone = keeps_own and np.count_nonzero(first.weights) == 1
    keeps_first = filter.combine == "none" or filter.combine == "add-above"
    is_plain = keeps_first and filter.range == "clamp"
    return is_alone and is_plain and not any(k.weights.any() or k.offset for k in others)


def expected(
    state: Values, filters: Sequence[Filter], rules: Rules, losses: Sequence[Sequence[Loss]]
) -> Values:
    """Return the result of a chain, neither rounded nor clamped; ``losses`` are for each kernel."""
    with np.errstate(all="ignore"):
        for position, filter in enumerate(filters):
            state = _step(state, filter, filters[position + 1 :], rules, losses[position])
    return state


def _step(
    state: Values,
    filter: Filter,
    later: Sequence[Filter],
    rules: Rules,
    losses: Sequence[Loss],
) -> Values:
    average = averages(filter)
    weighs = average and rules.alpha is not None and not rules.straight_alpha
    colour, has_product = rules.colour, state.premultiplied
    if weighs or has_product:
        pixel, certain = rules.colour[None, None], np.zeros((1, 1, len(rules.colour)))
        colour = _premultiplied(Values(pixel, certain, certain), rules).values[0, 0]
    if weighs and not has_product:
        state = _premultiplied(state, rules)
    if not losses[0].is_fused:
        state = state._replace(sizes=finite_size(state.values))
    met = _met(state, filter, rules, colour)
    most = max(float(state.sizes.max()), float(np.abs(colour).max()))
    sums = [
        _sums(met, kernel, loss, (most, rules.maximum))
        for kernel, loss in zip(filter.kernels, losses, strict=True)
    ]
    result = _combined(sums, filter, rules.maximum)
    is_filtered = np.array([rules.filters(name, average) for name in rules.channels])
    if has_product if is_identity(filter) else weighs:
        if _stays_premultiplied(filter, later, rules):
            result = result._replace(premultiplied=True)
        else:
            result = _divided(result, rules, _hidden_alpha(filter, later, rules))
    result = _ranged(result, filter.range, rules, is_filtered)
    carried = thirds(met.terms[..., *met.origin])
    values, errors, sizes = (
        np.where(is_filtered, a, b) for a, b in zip(result[:3], carried, strict=True)
    )
    return Values(values, errors, sizes, result.premultiplied)


def _premultiplied(state: Values, rules: Rules) -> Values:
    """Return colours times alpha; a colour under alpha of 0 counts as 0, whatever it is."""
    at, which = rules.alpha, rules.weighted()
    alpha, off = state.values[..., at, None], state.errors[..., at, None]
    values, errors, sizes, _ = state
    product = values * alpha / rules.maximum
    error = _times(np.abs(values), off) + _times(np.abs(alpha), errors) + _times(errors, off)
    error = error / rules.maximum + 2 * EPSILON * finite_size(product)
    is_certain = np.isnan(product) & (np.abs(alpha) > off) & np.isfinite(errors)
    is_hidden = (alpha == 0) & (off == 0)
    is_unbounded = np.isnan(error) | (finite_size(product) + error > LARGEST)
    error = np.where(is_certain | is_hidden, 0, np.where(is_unbounded, math.inf, error))
    product = np.where(is_hidden, 0, product)
    return Values(
        np.where(which, product, values),
        np.where(which, error, errors),
        np.where(which, sizes * finite_size(alpha) / rules.maximum, sizes),
        True,
    )


def _times(size: Array, error: Array) -> Array:
    return np.where(error == 0, 0, size * error)


def _divided(state: Values, rules: Rules, hidden: tuple[float, float]) -> Values:
    """Return colours divided by alpha; they are 0 where alpha lies between the ``hidden`` ones."""
    at, which = rules.alpha, rules.weighted()
    alpha, off = state.values[..., at, None], state.errors[..., at, None]
    values, errors = state[:2]
    quotient = values / (alpha / rules.maximum)
    error = (_times(np.abs(quotient), off) + errors * rules.maximum) / (np.abs(alpha) - off)
    error += 2 * EPSILON * finite_size(quotient)
    is_bounded = (np.abs(alpha) > off) & ~np.isnan(error) & (finite_size(quotient) <= LARGEST)
    error = np.where(is_bounded, error, math.inf)
    is_certain = np.isnan(quotient) & np.isfinite(errors) & np.isfinite(off)
    low, high = hidden
    is_hidden = (alpha - off > low) & (alpha + off < high)
    is_shown = (alpha + off <= low) | (alpha - off >= high) | np.isnan(alpha)
    quotient = np.where(is_hidden, 0, quotient)
    error = np.where(is_certain, 0, error)
    error = np.where(is_hidden, 0, np.where(is_shown, error, math.inf))
    return Values(np.where(which, quotient, values), np.where(which, error, errors), state.sizes)


def _hidden_alpha(filter: Filter, later: Sequence[Filter], rules: Rules) -> tuple[float, float]:
    """Return between which values alpha hides all colour: those that become 0, and noise."""
    is_last = not any(averages(then) for then in later)
    if rules.chosen is not None:
        is_last = "a" in rules.chosen and not later and filter.range == "clamp"
    noise = NOISE * rules.maximum
    return (-math.inf, 0.5) if is_last and not rules.is_float else (-noise, noise)


def _stays_premultiplied(filter: Filter, later: Sequence[Filter], rules: Rules) -> bool:
    """Return whether colours stay multiplied by alpha: they do between filters that average."""
    following = next((then for then in later if not is_identity(then)), None)
    is_wanted = following is not None and averages(following)
    filters_alpha = rules.chosen is None or "a" in rules.chosen
    return is_wanted and filters_alpha and filter.range == "clamp"


def _reach(filter: Filter) -> tuple[int, int, int, int]:
    """Return how many pixels all kernels reach above, below, left and right of their origin."""
    above, left = (max(k.origin[axis] for k in filter.kernels) for axis in (0, 1))
    below = max(kernel.height - kernel.origin[0] for kernel in filter.kernels) - 1
    return above, below, left, max(k.width - k.origin[1] for k in filter.kernels) - 1


class Met(NamedTuple):
    """What the kernels of a filter meet: values, their errors, and the sizes of their terms.

    The shape of ``terms`` is (rows, columns, 3 * channels, kernel rows, kernel columns), and
    ``origin`` lies in the last two. Where sums are divided by the weights inside of the picture,
    ``inside`` is 1 there and 0 outside.
    """

    terms: Array
    origin: tuple[int, int]
    inside: Array | None


def _met(state: Values, filter: Filter, rules: Rules, colour: Array) -> Met:
    above, below, left, right = _reach(filter)
    size, origin = (above + below + 1, left + right + 1), (above, left)
    together = np.concatenate(state[:3], axis=2)
    border, inside = rules.border, None
    if border == "none":
        border = "constant" if all(map(_has_mean, filter.kernels)) else "edge"
        if border == "constant":
            ones = np.ones(together.shape[:2])
            inside = oracle.neighbourhoods(ones, size, origin, border, rules.extent)
    constant = np.concatenate([colour, np.zeros_like(colour), np.abs(colour)])
    terms = oracle.neighbourhoods(together, size, origin, border, rules.extent, constant)
    return Met(terms, origin, inside)


def _has_mean(kernel: Kernel) -> bool:
    """Return whether all weights have one sign, so that a part of them makes a mean."""
    return bool((kernel.weights > 0).any() != (kernel.weights < 0).any())


def _sums(met: Met, kernel: Kernel, loss: Loss, sizes: tuple[float, float]) -> Values:
    """Return the sums of a kernel over its scale, plus its offset; a weight of 0 meets nothing.

    ``sizes`` are the largest value that it meets, and white.
    """
    most, white = sizes
    where = np.nonzero(kernel.weights)
    weights = kernel.weights[where]
    j, i = (at + top - own for at, top, own in zip(where, met.origin, kernel.origin, strict=True))
    divisor = np.array(kernel.scale)
    if met.inside is not None:
        inside = np.einsum("yxn,n->yx", met.inside[..., j, i], weights)[..., None]
        divisor = kernel.scale * np.where(inside == 0, math.inf, inside) / weights.sum()
    total, error, size = thirds(_weighted(met.terms, weights, j, i))
    total, error, size = total / divisor, error / abs(divisor), size / abs(divisor)
    grown = abs(kernel.scale / divisor)
    spread = loss.spread * most * abs(weights).sum() / abs(divisor)
    error += EPSILON * (loss.terms * size + spread) + loss.error * white * grown
    error += EPSILON * abs(kernel.offset) * (loss.terms > 0)
    error += SMALLEST * loss.terms * (1 + most) * grown  # weights may be too small for float32, too
    overflows = size * np.maximum(1.0, abs(divisor)) + abs(kernel.offset) > LARGEST / 2
    result = Values(total + kernel.offset, np.where(overflows, math.inf, error), size)
    return result.rounded() if loss.terms or loss.error else result


def _weighted(terms: Array, weights: Array, j: Positions, i: Positions) -> Array:
    """Return the sums of terms at ``j`` and ``i`` times weights, of values with their signs."""
    sums = np.zeros(terms.shape[:3])
    signed = np.repeat([weights, abs(weights), abs(weights)], terms.shape[2] // 3, axis=0)
    for first in range(0, len(weights), AT_ONCE):
        some = slice(first, first + AT_ONCE)
        sums += np.einsum("yxcn,cn->yxc", terms[..., j[some], i[some]], signed[:, some])
    return sums


def _combined(sums: Sequence[Values], filter: Filter, maximum: float) -> Values:
    first = sums[0]
    if filter.combine == "none":
        return first
    values, errors, sizes = (np.array([each[part] for each in sums]) for part in range(3))
    if filter.combine == "add-above":
        return _added_above(first, sums[1], filter.threshold * maximum / 255)
    size = sizes.max(0) * math.sqrt(len(sums))
    if filter.combine == "max":
        return Values(values.max(0), errors.max(0), size)
    length, error = np.sqrt((values**2).sum(0)), errors.sum(0)
    is_exact = (errors == 0).all(0) & (np.abs(values).max(0) < 4096)
    lost = (len(sums) + 1) * (EPSILON * finite_size(length) + SMALLEST)
    error += np.where(is_exact, 0, lost)
    return Values(length, error, size)


def _added_above(first: Values, other: Values, threshold: float) -> Values:
    """Return the first and, where it reaches the threshold or is NaN, the other one."""
    size = np.abs(other.values)
    is_added = (size >= threshold) | np.isnan(size)
    value = first.values + np.where(is_added, other.values, 0)
    error = first.errors + np.where(is_added, other.errors, 0) + EPSILON * finite_size(value)
    is_unsure = np.abs(size - threshold) <= other.errors + 2 * EPSILON * threshold
    is_unsure &= (threshold > 0) & ((other.errors > 0) | (size != threshold))
    error += np.where(is_unsure, size + other.errors, 0)
    return Values(value, error, first.sizes + other.sizes)


def _ranged(state: Values, rule: str, rules: Rules, is_filtered: NDArray[np.bool_]) -> Values:
    """Return the result of a range rule, whose clamping is left to the end."""
    is_shown = is_filtered & [rules.shows(name) for name in rules.channels]
    values, errors, sizes, premultiplied = state
    if rule == "abs":
        values = np.where(is_shown, np.abs(values), values)
    elif rule == "offset":
        middle = 0.5 if rules.maximum == 1 else (rules.maximum + 1) / 2
        values = np.where(is_shown, values + middle, values)
        errors = np.where(is_shown & (errors > 0), errors + EPSILON * finite_size(values), errors)
    elif rule == "stretch" and is_shown.any():
        values, errors = _stretched(state, rules, is_shown)
    return Values(values, errors, sizes, premultiplied)


def _stretched(state: Values, rules: Rules, is_shown: NDArray[np.bool_]) -> tuple[Array, Array]:
    values, errors = state.values, state.errors
    shown, off = values[..., is_shown], errors[..., is_shown]
    is_finite = np.isfinite(shown)
    if not is_finite.any():
        return values, errors
    low, high, error = shown[is_finite].min(), shown[is_finite].max(), off.max()
    span = high - low
    if span <= 2 * error and error > 0:
        return values, np.where(is_shown, math.inf, errors)
    if span == 0:
        if rules.chosen == frozenset("a"):
            return values, errors
        return np.where(is_shown, values - low, values), errors
    stretched = (values - low) * (rules.maximum / span)
    grown = (errors + 2 * error) * rules.maximum / (span - 2 * error)
    grown += 4 * EPSILON * (finite_size(values) + abs(low)) * rules.maximum / (span - 2 * error)
    grown += finite_size(stretched) * 2 * error / (span - 2 * error)
    return np.where(is_shown, stretched, values), np.where(is_shown, grown, errors)
