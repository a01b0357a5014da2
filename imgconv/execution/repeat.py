"""A filter that is applied many times: the picture stays in floats, and is rounded once a state.

The chain of all repetitions would be one program with as many steps. It runs a few at a time
instead, from one float picture to the next, with the same results up to the rounding of floats.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from imgconv.execution.executor import Filtered, filter_pixels
from imgconv.images import depth
from imgconv.images.pixels import Pixels
from imgconv.kernels.filter import Filter
from imgconv.planning.settings import Settings
from imgconv.system.threads import Progress

# The most filters that run as one program.
_MOST_FILTERS = 16


class State(NamedTuple):
    """The pixels after ``times`` repetitions, their clipped share, and the plan that made them."""

    times: int
    filtered: Filtered


def repeated(
    pixels: Pixels,
    filters: Sequence[Filter],
    settings: Settings,
    times: int,
    every: int | None,
    progress: Progress,
) -> Iterator[State]:
    """Yield the state after each ``every`` repetitions, and the last one.

    Raises ``UsageError`` and ``LimitError`` as ``filter_pixels`` does.
    """
    most = max(1, _MOST_FILTERS // len(filters))
    every = every or times
    ends = sorted({*range(every, times, every), times})
    runs = [
        min(most, end - at)
        for start, end in zip([0, *ends], ends, strict=False)
        for at in range(start, end, most)
    ]
    values = depth.as_floats(pixels)
    within = settings._replace(range=None, tolerance=settings.tolerance / len(runs))
    done = 0
    for number, count in enumerate(runs, start=1):
        done += count
        before, links = values, [*filters] * count
        is_shown, is_ranged = done in ends, settings.range is not None
        filtered = filter_pixels(before, links, within, may_overwrite=not (is_shown and is_ranged))
        values = filtered.pixels
        progress(number, len(runs))
        if is_shown:
            if is_ranged:
                how = within._replace(range=settings.range)
                filtered = filter_pixels(before, links, how)
            yield State(done, _stored(filtered, pixels))


def _stored(filtered: Filtered, pixels: Pixels) -> Filtered:
    """Return a result in floats with the type of ``pixels``, and the share that was clipped."""
    values = filtered.pixels
    if pixels.is_float:
        return filtered._replace(pixels=values._replace(array=values.array.copy()))
    return Filtered(depth.as_stored(values, pixels), depth.share_outside(values), filtered.plan)
