"""The result of a filter from the sums of its kernels: combined, divided by alpha, and shown.

Values are float64 of any shape whose last axis are the channels.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from imgconv.images.pixels import mid_grey
from imgconv.kernels.filter import Filter
from imgconv.planning.channel_roles import ChannelRoles

Array = NDArray[np.float64]


def _magnitude(sums: Array, threshold: float) -> Array:
    total: Array = np.sqrt((sums * sums).sum(axis=0))
    return total


def _add_above(sums: Array, threshold: float) -> Array:
    first, other = sums
    added: Array = first + np.where(np.abs(other) >= threshold, other, 0)
    return added


# The rules of ``filter.COMBINATIONS``, for sums of shape (kernels, ..., channels).
COMBINE: dict[str, Callable[[Array, float], Array]] = {
    "none": lambda sums, threshold: sums[0],
    "magnitude": _magnitude,
    "max": lambda sums, threshold: sums.max(axis=0),
    "add-above": _add_above,
}


class Finish:
    """Makes the results of a filter; ``later`` are the filters behind it in its chain.

    ``ends`` are the smallest and largest value of the whole result, for the range ``stretch``.
    """

    def __init__(
        self,
        filter: Filter,
        later: Sequence[Filter],
        roles: ChannelRoles,
        reads_premultiplied: bool,
    ) -> None:
        self._filter, self.roles = filter, roles
        self.weighted = np.array(roles.weighted(filter) or [False] * len(roles.channels))
        self.reads_premultiplied = reads_premultiplied
        self.stays_premultiplied = roles.stays_premultiplied(filter, later, reads_premultiplied)
        self.carried = np.array(roles.carried(filter))
        self.stretched = ~np.array(roles.without_range(filter))
        self._hidden = roles.hidden_alpha(filter, later)
        self.ends: tuple[float, float] | None = None

    @property
    def threshold(self) -> float:
        """The threshold of the combination in levels of the picture."""
        return self._filter.threshold * self.roles.maximum / 255

    def premultiplied(self, values: Array, is_beside_source: bool = False) -> Array:
        """Return source values with weighted colours multiplied by alpha, unless they are already.

        A colour ``is_beside_source`` if it comes from the border: it is multiplied in any case.
        """
        colours = self.weighted
        if self.reads_premultiplied:
            if not is_beside_source:
                return values
            colours = np.array(self.roles.colours)
        if not colours.any():
            return values
        share = values[..., self._alpha, None] / self.roles.maximum
        return np.where(colours, values * share, values)

    @property
    def _alpha(self) -> int:
        assert self.roles.alpha is not None, "only pictures with alpha are weighted"
        return self.roles.alpha

    def combined(self, sums: Sequence[Array]) -> Array:
        """Combine the results of all kernels by the rule of the filter."""
        return COMBINE[self._filter.combine](np.stack(sums), self.threshold)

    def alpha_share(self, combined: Array) -> Array:
        """Return alpha / maximum, by which weighted colours are divided; 0 where it hides them."""
        alpha = combined[..., self._alpha]
        low, high = self._hidden
        return np.where((low < alpha) & (alpha < high), 0, alpha) / self.roles.maximum

    def divided(self, combined: Array) -> Array:
        """Return colours divided by alpha, and 0 where it hides them."""
        if not self.weighted.any() or self.stays_premultiplied:
            return combined
        return self.unpremultiplied(combined)

    def unpremultiplied(self, values: Array) -> Array:
        """Return colours of colours times alpha, and 0 where alpha hides them."""
        share = self.alpha_share(values)[..., None]
        with np.errstate(divide="ignore", invalid="ignore"):
            colours = np.where(share == 0, 0, values / share)
        return np.where(self.roles.colours, colours, values)

    def ranged(self, values: Array) -> Array:
        """Return the values that the range rule shows, before they are clamped."""
        return np.where(self.stretched, self._by_rule(values), values)

    def _by_rule(self, values: Array) -> Array:
        rule, maximum = self._filter.range, self.roles.maximum
        if rule == "abs":
            return np.abs(values)
        if rule == "offset":
            return values + mid_grey(maximum)
        if rule == "stretch":
            assert self.ends, "the whole result is looked at before"
            low, high = self.ends
            if high > low:
                return (values - low) * (maximum / (high - low))
            # An even alpha, if that alone is stretched, stays: all would become transparent.
            return values if self.roles.chosen == frozenset("a") else 0 * values
        return values

    def before_range(self, sums: Sequence[Array]) -> Array:
        """Return the combined results before the range rule."""
        return self.divided(self.combined(sums))

    def result(self, sums: Sequence[Array], origin: Array) -> Array:
        """Return the filter's results; ``origin`` has the values under the kernels' origins."""
        return np.where(self.carried, origin, self.ranged(self.before_range(sums)))
