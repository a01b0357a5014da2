"""Warnings about filters that are repeated: waves that grow, and a border that loses brightness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from imgconv.kernels.filter import Filter
from imgconv.planning.settings import Settings
from imgconv.study.response import HIGHEST, response_grid

# The frequencies to a side at which the response is looked at.
_SIDE = 65

# Borders under which kernels that are the same turned by 180 degrees keep the sum of a picture.
_KEEPING = ("reflect", "wrap")


def warnings(filters: Sequence[Filter], settings: Settings) -> Iterator[str]:
    """Yield a line for each warning; combinations of kernels have no response to look at."""
    if any(len(each.kernels) > 1 for each in filters):
        return
    gain = np.ones((_SIDE, _SIDE))
    for each in filters:
        gain = gain * np.abs(response_grid(each.kernels[0], _SIDE))
    largest = float(gain.max())
    if largest > 1 + 1e-6:
        row, column = np.unravel_index(int(gain.argmax()), gain.shape)
        fx, fy = (abs(2 * HIGHEST * int(at) / (_SIDE - 1) - HIGHEST) for at in (column, row))
        yield (
            f"it is unstable: each time, waves of {fx:g} cycles a pixel across and {fy:g} down "
            f"become {largest:.4g} times as strong"
        )
    if not _keeps_sum(filters, settings):
        yield (
            f"the border {settings.border.name} does not keep the sum of the picture; "
            "--border reflect does"
        )


def _keeps_sum(filters: Sequence[Filter], settings: Settings) -> bool:
    """Return whether the border keeps the sum of a picture, if the kernels do.

    For kernels that reach one pixel, ``edge`` is the same as ``reflect``.
    """
    border, kernels = settings.border.name, [each.kernels[0] for each in filters]
    is_kept = all(kernel.is_average and kernel == kernel.flip() for kernel in kernels)
    is_near = all(max(kernel.reach) <= 1 for kernel in kernels)
    return not is_kept or border in _KEEPING or (border == "edge" and is_near)
