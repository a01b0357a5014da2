"""Filtering of one frame by a plan; a frame whose snapshot is replayed needs none of this."""

from collections.abc import Callable
from functools import partial

from imgconv import batch, images
from imgconv.batch.request import Conversion, Request
from imgconv.execution.executor import filter_pixels
from imgconv.execution.snapshot_cache import FilteredFrame, SnapshotCache
from imgconv.formats.metadata import Picture, transfer_functions
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.orientation import as_seen
from imgconv.images.pixels import Frame, Pixels
from imgconv.system.threads import Progress


def filter_frame(
    frame: Frame,
    picture: Picture,
    orientation: int,
    request: Request,
    snapshots: SnapshotCache,
    progress: Progress,
) -> FilteredFrame:
    """Filter a frame that is stored in an EXIF orientation, 1 to 8, and add its snapshot."""
    conversion = request.conversion
    curves = transfer_functions(picture) if request.settings.linear else {}
    original = frame_pixels(frame, request.gray_by == "luma")
    pixels, store = _prepared(original, request)
    pixels = pixels._replace(curves=curves)
    filters = as_seen(request.filters, orientation)
    settings = request.settings.for_stored(orientation, pixels.size)
    if not request.repetition.is_chain:
        work = batch.states.Work(pixels, filters, settings, request, store)
        return batch.states.filter_states(work, progress)
    record = snapshots.recorder(frame, orientation)
    result = filter_pixels(
        pixels,
        filters,
        settings,
        progress,
        may_overwrite=True,
        layouts=snapshots.layouts,
        record=record if conversion == Conversion() and pixels.image else None,
    )
    clipped = result.clipped or conversion.clipped_share(result.pixels)
    if request.mean_gray and not original.is_float:
        clipped = images.depth.share_outside(result.pixels)
    made = pixels_frame(store(result.pixels))
    plan = result.plan
    return FilteredFrame(made, clipped, plan.ran, plan.range, plan.brightens, kept=result.kept)


def _prepared(original: Pixels, request: Request) -> tuple[Pixels, Callable[[Pixels], Pixels]]:
    """Return the pixels to filter, and the function that returns the pixels to write."""
    conversion = request.conversion
    if request.mean_gray is None:
        return conversion.prepare(original), conversion.finish
    gray = images.depth.gray_by(original, request.mean_gray)
    return gray, partial(_finish_gray, conversion, original)


def _finish_gray(conversion: Conversion, original: Pixels, pixels: Pixels) -> Pixels:
    """Return grey floats as pixels to write, of the type of ``original`` unless that changes."""
    if conversion.depth is None and not original.is_float:
        pixels = images.depth.as_stored(pixels, original)
    return conversion.finish(pixels)
