"""The layout of a plan for pictures of one kind: reused in a run, and saved as a snapshot."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from imgconv.execution.bands import run_again
from imgconv.execution.blending import Blending
from imgconv.execution.lowering import Finisher
from imgconv.execution.pipeline import BandRows
from imgconv.execution.recorder import PictureArrays, band_image
from imgconv.execution.snapshot import BandImage, Snapshot
from imgconv.execution.sources import PixelSource
from imgconv.execution.stages.light import Light
from imgconv.execution.stages.quantize import add_quantize
from imgconv.execution.stages.store import PixelLayout, add_store
from imgconv.images.depth import empty_like
from imgconv.images.pixels import Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import RUN_SCHEDULE_KINDS, Schedule, run_schedule
from imgconv.planning.plan import Plan
from imgconv.system.threads import Progress


def new_result(pixels: Pixels, size: tuple[int, int], blending: Blending | None) -> Pixels:
    """Return pixels of a width and height, with the rows of ``pixels`` that stay as they are."""
    result = empty_like(pixels, size[1], size[0])
    if blending:
        rows = blending.weights.rows
        for kept in (slice(0, rows.start), slice(rows.stop, None)):
            result.array[kept] = pixels.array[kept]
    return result


class Storage:
    """The pixels in which bands are stored, and the counts of values that were clipped."""

    def __init__(
        self,
        result: Pixels,
        finisher: Finisher,
        light: Light | None = None,
        blending: Blending | None = None,
    ) -> None:
        self.rows, self.size = result.flat_rows, result.size
        self.values = result.height * result.width * len(result.channels)
        self._layout = PixelLayout(result.maximum, result.array.shape[2], len(result.channels))
        self._finisher, self._light, self.blending = finisher, light, blending
        self.counts: list[NDArray[np.int64]] = []
        is_divided = result.array.dtype == np.uint8 and not blending
        finisher.divisor = finisher.possible_divisor if is_divided else None

    def add(self, band: BandRows) -> NDArray[np.int64]:
        """Add the calls that store the rows of a band; return the count of clipped values."""
        schedule, made, first = band
        target = SlidingView(self.rows, first, made.height)
        levels = self.blending.add(band) if self.blending else None
        if self._light:
            self._light.add_levels(schedule, made)
            if self.blending and levels:
                self.blending.keep(band, levels)
        if divisor := self._finisher.divisor:
            how = (divisor, target, self._layout, self._finisher.stays_within)
            count = add_quantize(schedule, made, *how)
        else:
            count = add_store(schedule, made, target, self._layout)
        self.counts.append(count)
        return count


class Layout:
    """The schedules of a plan for pictures of one kind, one for each band of rows.

    They can be bound to another picture and run again. In a layout that ``overwrites``, the result
    takes the place of the picture. If it ``takes_images``, it saves one of each band before it
    runs.
    """

    def __init__(
        self,
        plan: Plan,
        source: PixelSource,
        storage: Storage,
        threads: int,
        overwrites: bool,
        takes_images: bool,
    ) -> None:
        self._plan, self._source, self._storage, self._threads = plan, source, storage, threads
        self._overwrites, self._takes_images = overwrites, takes_images
        self.schedules: list[Schedule] = []
        self._images: list[BandImage | None] = []

    @property
    def clipped(self) -> float:
        """The share of values that were clipped in the last run, 0 to 1."""
        return sum(int(count[0]) for count in self._storage.counts) / self._storage.values

    def add(self, band: BandRows) -> None:
        """Add the calls that store the rows of a band, and take its image if that is wanted."""
        source, storage = self._source, self._storage
        count = storage.add(band)
        if self._takes_images:
            rows = (source.rows, storage.rows, source.protected, source.copies)
            self._images.append(band_image(band.schedule, PictureArrays(*rows, count)))

    def run_for(self, pixels: Pixels, progress: Progress) -> Pixels:
        result = pixels
        if not self._overwrites:
            result = new_result(pixels, self._storage.size, self._storage.blending)
        self._bind(pixels.flat_rows, result.flat_rows)
        run_again(self.schedules, self._threads, progress)
        return result

    def release(self) -> None:
        """Let go of the picture and its result, which may be large."""
        self._bind(self._source.rows[:0].copy(), self._storage.rows[:0].copy())

    def _bind(self, rows: NDArray[Any], target: NDArray[Any]) -> None:
        for schedule in self.schedules:
            schedule.replace((self._source.rows, rows), (self._storage.rows, target))
        self._source.bind(rows)
        self._storage.rows = target

    def snapshot(self) -> Snapshot | None:
        """Return the layout as a snapshot; None where a band is too large to be saved."""
        images = tuple(image for image in self._images if image)
        if not images or len(images) < len(self._images):
            return None
        return Snapshot(
            self._storage.size,
            self._source.rows.strides[0],
            self._storage.values,
            self._overwrites,
            run_schedule.cache_key(RUN_SCHEDULE_KINDS),
            images,
            self._plan.range,
            self._plan.brightens,
            tuple(self._plan.ran),
        )
