"""The role of each channel in a chain: filtered, weighted by alpha, or carried past the kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from imgconv.errors import UsageError
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.planning.settings import Settings

# Alpha is noise where it is less than this share of white in pictures of floats.
_ALPHA_NOISE = 2.0**-20


class ChannelRoles(NamedTuple):
    """The roles of the ``channels`` of a picture with levels up to ``maximum``.

    ``chosen`` are the channels that the user wants filtered, None without a choice. With
    ``straight_alpha`` nothing is weighted. Results hold one flag for each channel.
    """

    channels: tuple[str, ...]
    chosen: frozenset[str] | None
    straight_alpha: bool
    maximum: float
    is_float: bool

    @classmethod
    def of(cls, pixels: Pixels, settings: Settings) -> ChannelRoles:
        """Return the roles in a picture; raises ``UsageError`` for channels it has not."""
        unknown = (settings.channels or frozenset()) - set(pixels.channels)
        if unknown:
            raise UsageError(
                f"the picture has no channel '{min(unknown)}'",
                f"its channels are {','.join(pixels.channels)}",
            )
        how = (settings.channels, settings.straight_alpha, pixels.maximum, pixels.is_float)
        return cls(pixels.channels, *how)

    @property
    def alpha(self) -> int | None:
        """The position of the alpha channel."""
        return self.channels.index("a") if "a" in self.channels else None

    def carried(self, filter: Filter) -> list[bool]:
        """Return the channels that a filter carries past its kernels.

        Without a choice by the user it carries alpha, unless it weights and averages it.
        """
        if self.chosen is None:
            return [name == "a" and not filter.is_average for name in self.channels]
        return [name not in self.chosen for name in self.channels]

    def without_range(self, filter: Filter) -> list[bool]:
        """Return the channels that a range rule leaves alone.

        These are the carried ones, and alpha unless the user chose it by name.
        """
        carried = self.carried(filter)
        is_free = self.chosen is None
        return [
            is_carried or (is_free and name == "a")
            for name, is_carried in zip(self.channels, carried, strict=True)
        ]

    def weighted(self, filter: Filter) -> list[bool] | None:
        """Return the channels that a filter weights by alpha, None where it weights nothing.

        ``x`` may be no colour.
        """
        if self.alpha is None or self.straight_alpha or not filter.is_average:
            return None
        return self.colours

    @property
    def colours(self) -> list[bool]:
        """The channels that alpha weights wherever a filter weights."""
        chosen = self.channels if self.chosen is None else self.chosen
        return [name not in ("a", "x") and name in chosen for name in self.channels]

    def stays_premultiplied(
        self, filter: Filter, later: Sequence[Filter], reads_premultiplied: bool
    ) -> bool:
        """Return whether the colours of a filter's result stay multiplied by alpha.

        They do between filters that weight colours. A division and a multiplication in between
        would lose the colours where alpha is 0, as it may be behind a filter that sharpens.
        """
        has_product = reads_premultiplied if filter.is_identity else bool(self.weighted(filter))
        following = next((then for then in later if not then.is_identity), None)
        is_wanted = following is not None and following.is_average
        return has_product and is_wanted and self._filters_alpha and filter.range == "clamp"

    def hidden_alpha(self, filter: Filter, later: Sequence[Filter]) -> tuple[float, float]:
        """Return the values between which alpha is too small to divide colours by.

        Alpha that becomes 0 in the result hides all colour: below half a level, or noise in floats.
        Alpha that is filtered further, changed by a range rule, or carried past the filter may show
        colours even if negative.
        """
        is_last = not any(then.is_average for then in later)
        if self.chosen is not None:
            is_shown = later or filter.range != "clamp"
            is_last = self._filters_alpha and not is_shown
        return self.invisible_alpha if is_last else self._noise

    @property
    def invisible_alpha(self) -> tuple[float, float]:
        """The values between which alpha of a picture shows no colour."""
        return self._noise if self.is_float else (-math.inf, 0.5)

    @property
    def _noise(self) -> tuple[float, float]:
        return -_ALPHA_NOISE * self.maximum, _ALPHA_NOISE * self.maximum

    @property
    def _filters_alpha(self) -> bool:
        return self.chosen is None or "a" in self.chosen
