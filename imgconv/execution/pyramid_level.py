"""The small picture that the pyramid engine works on: how much of it is wanted, and its making."""

from __future__ import annotations

import numpy as np

from imgconv.engines.pyramid import ENGINE, Axis, shrinking, spline
from imgconv.execution.window import PaddedSource, RowSchedule, Window
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule, workspace
from imgconv.kernels.kernel import Kernel, Reach

# So many rows are shrunk at once.
_ROWS_AT_ONCE = 8


class PyramidLevel:
    """The small picture for one kernel of a step: ``rows`` of shape (rows, pixels * channels).

    It is made band by band, and blurred once it is whole.
    """

    def __init__(self, padded: PaddedSource, down: Axis, across: Axis) -> None:
        self._source, self.down, self.across = padded.source, down, across
        padding = padded.padding._replace(
            first_column=across.wanted.start * across.d - across.reach,
            last_column=(across.wanted.stop - 1) * across.d + across.reach + 1,
        )
        self._padded = padded._replace(padding=padding)
        self.rows = workspace((len(down.wanted), len(across.wanted) * self._source.channels))

    @property
    def kernel(self) -> Kernel:
        """What blurs the small picture."""
        return Kernel.outer(self.down.weights, self.across.weights)

    @property
    def pixels(self) -> Pixels:
        """The small picture as one that can be filtered."""
        shape = (len(self.down.wanted), len(self.across.wanted), self._source.channels)
        names = tuple(str(channel) for channel in range(self._source.channels))
        return Pixels(self.rows.reshape(shape), names)

    def program(self, rows: range) -> Schedule:
        """A program that makes some of the small rows.

        A small row is whole when the rows of the picture below it as far as the next but one have
        been added; four of them grow at a time.
        """
        d, channels = self.down.d, self._source.channels
        at = np.arange((rows.start - 2) * d, (rows.stop + 1) * d)
        starts = np.flatnonzero(at % d % _ROWS_AT_ONCE == 0)
        lead = self._source.lead(_ROWS_AT_ONCE)
        bounds = np.concatenate([np.full(lead, at[0]), at[starts], [at[-1] + 1]])
        schedule = Schedule(len(bounds) - 1)
        row_schedule = RowSchedule(schedule, bounds, lead, _ROWS_AT_ONCE)
        window = Window(row_schedule, self._padded, Reach(0, 0, 0, 0), fresh_only=True)
        small, fresh = workspace((4, window.length)), window.fresh
        weights = SlidingView(shrinking(d, at), schedule.column(bounds[:-1] - at[0]), fresh.height)
        schedule.call(ENGINE.shrink_down, fresh, weights, small, when=fresh.height)
        whole = bounds[1:] // d - 2
        ends = (bounds[1:] % d == 0) & (row_schedule.counts > 0)
        wanted = (whole >= rows.start) & (whole < rows.stop)
        bell = spline(self.across.d).astype(np.float32)
        unwanted = workspace((1, self.rows.shape[1]))
        for here, into, start in (
            (wanted, self.rows, whole - self.down.wanted.start),
            (~wanted, unwanted, 0 * whole),
        ):
            one = schedule.column(ends & here)
            row = SlidingView(small, schedule.column(whole % 4), one)
            to = SlidingView(into, schedule.column(start), one)
            schedule.call(ENGINE.shrink_across, row, bell, self.across.d, channels, to, when=one)
        return schedule
