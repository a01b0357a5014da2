"""One picture: read, filtered, and written to its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from imgconv.batch.overwrite import Existing
from imgconv.batch.request import Request
from imgconv.batch.result import Outcome, Size, note_clipping, note_lost_frames
from imgconv.batch.tasks import Pair
from imgconv.errors import FileError
from imgconv.execution.snapshot_cache import SnapshotCache
from imgconv.formats import metadata, writer
from imgconv.images import pillow_buffers
from imgconv.images.orientation import orientation_of
from imgconv.system import atomic
from imgconv.system.places import PIPE, status_of

PictureProgress = Callable[[int, int], None]

Read = Callable[[str], metadata.Picture]


def filter_file(
    request: Request,
    pair: Pair,
    outcome: Outcome,
    progress: PictureProgress,
    read: Read,
    existing: Existing,
    snapshots: SnapshotCache,
) -> None:
    """Filter one picture from its file to its place; raises ``ImgconvError``.

    ``outcome`` is told of it, and ``progress`` how much of how much is done; ``read`` reads it.
    What is laid out for it is taken from ``snapshots``, and left there.
    """
    if pair.within is not None:
        atomic.check_place(pair.target, pair.within)
    when_read = existing.making(pair)
    picture = read(pair.source)
    remember, picture.content = when_read(picture.content), None
    with _naming(pair.source):
        data = _filtered(picture, request, pair, outcome, progress, snapshots)
    pillow_buffers.recycle_memory(picture.frames[0])
    ready = partial(remember, data)
    atomic.write(data, pair.target, pair.within, existing.replaces, ready)


def _filtered(
    picture: metadata.Picture,
    request: Request,
    pair: Pair,
    outcome: Outcome,
    progress: PictureProgress,
    snapshots: SnapshotCache,
) -> bytes:
    """The bytes of the file that is to be written."""
    picture = _chosen(picture, request)
    outcome.notes += picture.notes
    outcome.read = _size(picture, _bytes_of(pair.source))
    row = request.format_for(pair)
    target = row.load() if row else picture.format
    if request.upright or not writer.holds_orientation(target):
        picture = writer.make_upright(picture)
    if len(picture.frames) > 1 and not target.holds_frames:
        note_lost_frames(outcome, len(picture.frames), target)
        picture = picture.extract_frame(0)
    for frame in picture.frames:
        request.fit.check_fits(frame, request.gray, target)
    _filter_frames(picture, request, outcome, progress, snapshots)
    picture = writer.adapt(picture, target)
    outcome.notes += picture.notes
    data = writer.encode(picture, request.quality)
    outcome.written = _size(picture, len(data))
    return data


def _chosen(picture: metadata.Picture, request: Request) -> metadata.Picture:
    """What of a picture is wanted."""
    if request.frame is not None:
        picture = picture.extract_frame(request.frame)
    return metadata.strip(picture) if request.strip else picture


def _filter_frames(
    picture: metadata.Picture,
    request: Request,
    outcome: Outcome,
    progress: PictureProgress,
    snapshots: SnapshotCache,
) -> None:
    orientation, shares = orientation_of(picture.metadata), [0.0]
    for position, frame in enumerate(picture.frames):
        done = snapshots.replay(frame, orientation, progress)
        if done is None:
            from imgconv.batch.filter_frame import filter_frame

            done = filter_frame(frame, picture, orientation, request, snapshots, progress)
        picture.frames[position], outcome.plan = done.frame, [*done.ran]
        shares.append(done.clipped if done.range == "clamp" else 0.0)
    note_clipping(outcome, max(shares))


@contextmanager
def _naming(source: str) -> Iterator[None]:
    """Name the file in what goes wrong with its picture."""
    try:
        yield
    except FileError as error:
        raise type(error)(f"{source}: {error.problem}", error.remedy) from error


def _size(picture: metadata.Picture, length: int) -> Size:
    first = picture.frames[0]
    return Size(first.width, first.height, len(picture.frames), length)


def _bytes_of(source: str) -> int:
    """How long a file is; 0 for a pipe, whose length nobody knows."""
    try:
        return status_of(source).st_size if source != PIPE else 0
    except OSError:
        return 0
