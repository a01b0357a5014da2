"""The processing of one task: a picture is read, filtered and written."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from imgconv import batch
from imgconv.batch.overwrite import REPLACE_ALL, OverwriteRule
from imgconv.batch.request import Request
from imgconv.batch.result import Result, Size
from imgconv.batch.task import Task
from imgconv.errors import (
    REPORT_IT,
    TRACEBACK_VARIABLE,
    FileError,
    ImgconvError,
    InternalError,
    WriteError,
)
from imgconv.execution.snapshot_cache import SnapshotCache
from imgconv.formats import Format, metadata, reader, writer
from imgconv.images import pillow_buffers
from imgconv.images.orientation import orientation_of
from imgconv.images.pixels import Frame
from imgconv.system import atomic
from imgconv.system.places import PIPE
from imgconv.system.threads import Progress, no_progress

if TYPE_CHECKING:
    from imgconv.execution.frequencies import Kept

ReadPicture = Callable[[str], metadata.Picture]


class Processor:
    """Processes tasks, in any number of threads; ``snapshots`` are replayed, and new ones added.

    ``max_pixels`` limits the pictures of films; ``read`` knows the limit of others.
    """

    def __init__(
        self,
        request: Request,
        read: ReadPicture = reader.read,
        overwrite: OverwriteRule = REPLACE_ALL,
        snapshots: SnapshotCache | None = None,
        max_pixels: int | None = None,
    ) -> None:
        self.request, self.overwrite, self._max_pixels = request, overwrite, max_pixels
        self._read, self._snapshots = read, snapshots or SnapshotCache()

    def on_threads(self, threads: int) -> Processor:
        """Return a processor with this number of threads for each picture."""
        request = self.request._replace(settings=self.request.settings._replace(threads=threads))
        rest = self._read, self.overwrite, self._snapshots, self._max_pixels
        return Processor(request, *rest)

    def process(self, task: Task, progress: Progress = no_progress) -> Result:
        """Process one task; an error becomes a part of its result.

        Raises ``BrokenPipeError`` where the reader of standard output has closed it.
        """
        result = Result(task.source, task.target)
        begun = time.perf_counter()
        try:
            if reader.is_film(task.source):
                rest = self.overwrite, self._max_pixels
                return batch.stream.filter_film(self.request, task, *rest)
            result.skipped = self.overwrite.skips(task)
            if not result.skipped:
                self._filter_file(task, result, progress)
        except FileError as error:
            result.error = error
        except ImgconvError as error:
            result.error = error.named(task.source)
        except BrokenPipeError:
            raise
        except MemoryError:
            result.error = FileError(f"{task.source}: there is not enough memory", "try it alone")
        except Exception as error:
            if os.environ.get(TRACEBACK_VARIABLE):
                raise
            result.error = InternalError(f"{task.source}: internal error: {error!r}", REPORT_IT)
        result.seconds = time.perf_counter() - begun
        return result

    def _filter_file(self, task: Task, result: Result, progress: Progress) -> None:
        if task.within is not None:
            atomic.check_within(task.target, task.within)
        # The digest of a large file is taken before it is read: it may be changed meanwhile.
        is_large = not reader.is_read_at_once(task.source)
        digest = self.overwrite.input_digest(task) if is_large else ""
        picture = self._read(task.source)
        if picture.content is not None:
            digest = self.overwrite.input_digest(task, picture.content)
            picture.content = None
        if picture.is_damaged and task.in_place:
            raise WriteError(
                f"{task.source}: it is damaged, and its file may hold more than could be read",
                "name an output",
            )
        try:
            data = self._filtered(picture, task, result, progress)
        except FileError as error:
            raise error.named(task.source) from error
        pillow_buffers.recycle_memory(picture.frames[0])
        before_commit = partial(self.overwrite.record, task, digest, data)
        atomic.write(data, task.target, task.within, self.overwrite.replaces, before_commit)

    def _filtered(
        self, picture: metadata.Picture, task: Task, result: Result, progress: Progress
    ) -> bytes:
        """Return the bytes of the output file."""
        request = self.request
        if request.frame is not None:
            picture = picture.extract_frame(request.frame)
        picture = metadata.strip(picture) if request.strip else picture
        if task.in_place and not request.drop_extras:
            metadata.check_extras(picture)
        result.notes += picture.notes
        result.read = _size(picture, _file_size(task.source))
        row = request.format_for(task)
        target = row.load() if row else picture.format
        writer.check_quality(target, request.quality)
        if request.upright or not _keeps_orientation(target, picture.format):
            picture = writer.make_upright(picture)
        result.notes += writer.drop_frames(picture, target)
        for frame in picture.frames:
            request.conversion.check_format(frame, request.gray_by is not None, target)
        if request.repetition.shown > 1:
            batch.states.check_frames(picture, target, request.settings)
        earlier = self._filter_frames(picture, result, progress)
        picture = writer.adapt(picture, target)
        if earlier:
            picture = batch.states.with_states(picture, earlier)
        result.notes += picture.notes
        data = writer.encode(picture, request.quality)
        result.written = _size(picture, len(data))
        return data

    def _filter_frames(
        self, picture: metadata.Picture, result: Result, progress: Progress
    ) -> Sequence[Frame]:
        """Filter all frames in place; return the states before the last one, if they are shown."""
        snapshots, orientation = self._snapshots, orientation_of(picture.metadata)
        shares, brightens, earlier = [0.0], False, list[Frame]()
        kept: list[Sequence[Kept]] = []
        for position, frame in enumerate(picture.frames):
            done = snapshots.replay(frame, orientation, progress)
            done = done or batch.filter_frame.filter_frame(
                frame, picture, orientation, self.request, snapshots, progress
            )
            picture.frames[position], result.plan = done.frame, [*done.ran]
            shares.append(done.clipped if done.range == "clamp" else 0.0)
            brightens |= done.brightens
            earlier += done.earlier
            result.notes += done.notes
            kept += [done.kept] if done.kept else []
        if kept:
            result.notes += batch.kept_frequencies.notes(kept)
        if max(shares) > self.request.clipping:
            result.note_clipping(max(shares), brightens)
        return earlier


def _keeps_orientation(target: Format, source: Format) -> bool:
    """Return whether people see pictures of ``target`` as the EXIF orientation says."""
    is_read = target.name == source.name or not target.ignores_orientation
    return is_read and "exif" in target.kinds


def _size(picture: metadata.Picture, length: int) -> Size:
    first = picture.frames[0]
    return Size(first.width, first.height, len(picture.frames), length)


def _file_size(source: str) -> int:
    """Return the bytes of a file; 0 for a pipe, whose length is unknown."""
    with suppress(OSError):
        return os.stat(source).st_size if source != PIPE else 0
    return 0
