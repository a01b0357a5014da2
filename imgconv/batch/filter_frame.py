"""Frames filtered by a plan that is made for them."""

from __future__ import annotations

from imgconv.batch.convert import Fit
from imgconv.batch.request import Request
from imgconv.execution.bands import Progress
from imgconv.execution.executor import filter_pixels
from imgconv.execution.snapshot_cache import FilteredFrame, SnapshotCache
from imgconv.formats.metadata import Picture, transfer_functions
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.orientation import as_seen
from imgconv.images.pixels import Frame


def filter_frame(
    frame: Frame,
    picture: Picture,
    orientation: int,
    request: Request,
    snapshots: SnapshotCache,
    progress: Progress,
) -> FilteredFrame:
    """Filter a frame of a picture that is held so; raises ``ImgconvError``.

    What is laid out for it is left in ``snapshots``.
    """
    filters = as_seen(request.filters, orientation)
    curves = transfer_functions(picture) if request.settings.linear else {}
    pixels = request.fit.ready(frame_pixels(frame, request.gray))
    pixels = pixels._replace(curves=curves) if curves else pixels
    record = snapshots.recorder(frame, orientation)
    result = filter_pixels(
        pixels,
        filters,
        request.settings,
        progress,
        may_overwrite=True,
        layouts=snapshots.layouts,
        record=record if request.fit == Fit() and pixels.image else None,
    )
    clipped = result.clipped or request.fit.clipped(result.pixels)
    made = pixels_frame(request.fit.fitted(result.pixels))
    return FilteredFrame(made, clipped, result.plan.ran, result.plan.range)
