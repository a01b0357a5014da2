"""Filtering of one frame by a plan; a frame whose snapshot is replayed needs none of this."""

from imgconv import batch
from imgconv.batch.request import Conversion, Request
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
    """Filter a frame that is stored in an EXIF orientation, 1 to 8, and add its snapshot."""
    conversion = request.conversion
    curves = transfer_functions(picture) if request.settings.linear else {}
    pixels = conversion.prepare(frame_pixels(frame, request.gray))._replace(curves=curves)
    if not request.states.is_chain:
        filters = as_seen(request.filters, orientation)
        settings = request.settings.for_stored(orientation, pixels.size)
        return batch.states.filter_states(pixels, filters, settings, request, progress)
    record = snapshots.recorder(frame, orientation)
    result = filter_pixels(
        pixels,
        as_seen(request.filters, orientation),
        request.settings.for_stored(orientation, pixels.size),
        progress,
        may_overwrite=True,
        layouts=snapshots.layouts,
        record=record if conversion == Conversion() and pixels.image else None,
    )
    clipped = result.clipped or conversion.clipped_share(result.pixels)
    made = pixels_frame(conversion.finish(result.pixels))
    plan = result.plan
    return FilteredFrame(made, clipped, plan.ran, plan.range, plan.brightens)
