"""The small picture that the pyramid engine enlarges, and the schedules that make it."""

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from imgconv.engines.pyramid import Axis, shrink_across, shrink_down, shrinking, spline
from imgconv.execution.window import PaddedSource, RowSchedule, Window
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule, workspace
from imgconv.kernels.kernel import Kernel, Reach

# The rows that an iteration shrinks.
_STRIP = 8


class PyramidLevel:
    """The small picture for one kernel of a step, made band by band and then blurred as a whole."""

    def __init__(self, padded: PaddedSource, down: Axis, across: Axis) -> None:
        self._source, self.down, self.across = padded.source, down, across
        padding = padded.padding._replace(
            first_column=across.wanted.start * across.d - across.reach,
            last_column=(across.wanted.stop - 1) * across.d + across.reach + 1,
        )
        self._padded = padded._replace(padding=padding)
        self.shape = len(down.wanted), len(across.wanted) * padded.source.channels

    @cached_property
    def rows(self) -> NDArray[np.float32]:
        """The small picture, float32 (rows, pixels * channels)."""
        return workspace(self.shape)

    @property
    def kernel(self) -> Kernel:
        """The kernel that blurs the small picture."""
        return Kernel.outer(self.down.weights, self.across.weights)

    @property
    def pixels(self) -> Pixels:
        """The small picture as one that can be filtered."""
        shape = (*map(len, (self.down.wanted, self.across.wanted)), self._source.channels)
        names = tuple(str(channel) for channel in range(self._source.channels))
        return Pixels(self.rows.reshape(shape), names)

    def band_edges(self, threads: int) -> list[int]:
        """Return the first rows of bands, at most one a thread, and the end of the last."""
        wanted = self.down.wanted
        bands = min(threads, len(wanted))
        return [wanted.start + len(wanted) * band // bands for band in range(bands + 1)]

    def schedule(self, rows: range, schedule_type: type[Schedule] = Schedule) -> Schedule:
        """Return a schedule that makes some of the small rows.

        Four small rows grow at a time. A small row is complete when the rows of the picture have
        been added as far as the next small row but one.
        """
        d, channels = self.down.d, self._source.channels
        at = np.arange((rows.start - 2) * d, (rows.stop + 1) * d)
        starts = np.flatnonzero(at % d % _STRIP == 0)
        lead = self._source.lead(_STRIP)
        bounds = np.concatenate([np.full(lead, at[0]), at[starts], [at[-1] + 1]])
        schedule = schedule_type(len(bounds) - 1)
        row_schedule = RowSchedule(schedule, bounds, lead, _STRIP)
        window = Window(row_schedule, self._padded, Reach(0, 0, 0, 0), fresh_only=True)
        growing, fresh = schedule.workspace((4, window.length)), window.fresh
        weights = SlidingView(shrinking(d, at), schedule.column(bounds[:-1] - at[0]), fresh.height)
        schedule.call(shrink_down, fresh, weights, growing, when=fresh.height)
        complete = bounds[1:] // d - 2
        ends = (bounds[1:] % d == 0) & (row_schedule.counts > 0)
        wanted = (complete >= rows.start) & (complete < rows.stop)
        bell = spline(self.across.d).astype(np.float32)
        unwanted = schedule.workspace((1, self.shape[1]))
        for is_made, into, start in (
            (wanted, self.rows, complete - self.down.wanted.start),
            (~wanted, unwanted, 0 * complete),
        ):
            one = schedule.column(ends & is_made)
            row = SlidingView(growing, schedule.column(complete % 4), one)
            to = SlidingView(into, schedule.column(start), one)
            schedule.call(shrink_across, row, bell, self.across.d, channels, to, when=one)
        return schedule
