"""Streams: raw pictures that follow each other in a pipe, or in a file of YUV4MPEG2.

    ffmpeg ... -f image2pipe -c:v ppm - | imgconv apply sobel - - | ffmpeg -f image2pipe -i - ...
    ffmpeg ... -f yuv4mpegpipe - | imgconv apply gaussian:2 - - | ffmpeg -f yuv4mpegpipe -i - ...

While one picture is filtered on all cores, the next is read and the one before it is written, each
in a thread. A stream may also go into a file, or become one picture of many frames.
"""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, Full, Queue
from threading import Thread
from typing import Any, BinaryIO, TypeVar

from imgconv.batch import kept_frequencies
from imgconv.batch.overwrite import REPLACE_ALL, OverwriteRule
from imgconv.batch.request import Conversion, Request
from imgconv.batch.result import Result
from imgconv.batch.task import Task
from imgconv.errors import ImgconvError, ReadError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.execution.frequencies import Kept
from imgconv.execution.layout import Layout
from imgconv.execution.snapshot_cache import FreeList
from imgconv.formats.metadata import Picture
from imgconv.formats.netpbm import PPM, to_frame
from imgconv.formats.streams import QUEUE_LENGTH, FilterPixels, PnmStream, Y4mStream
from imgconv.images.blend import Blend
from imgconv.images.depth import to_gray
from imgconv.images.orientation import UPRIGHT
from imgconv.images.pixels import Pixels
from imgconv.planning.plan import Plan
from imgconv.system import atomic
from imgconv.system.places import PIPE, peek

Stream = PnmStream | Y4mStream
Item = TypeVar("Item")

# An interrupt that comes just before a thread waits does not wake it, so it waits no longer.
POLL_SECONDS = 0.1


def recognise(source: BinaryIO, max_pixels: int | None = None) -> Stream | None:
    """Return the stream that begins on ``source``, or None; no byte is consumed.

    ``max_pixels`` limits the size of each picture: see formats/limits.py.
    """
    beginning = peek(source, 16)
    found = next((s for s in (PnmStream, Y4mStream) if s.begins(beginning)), None)
    return found(source, max_pixels) if found else None


class _StreamFilter:
    """Filters the pictures of a stream, and collects the facts of its result.

    ``keeps_flat`` says whether a flat picture stays as it is. Where that is not so, and planes of
    colour differences stay unfiltered, ``planes_blend`` is the blend of results in grey.
    """

    def __init__(self, request: Request, stream: Stream) -> None:
        self._request, self._filters = request, list(request.filters)
        self._settings, self.planes_blend = request.settings, None
        self.keeps_flat = all(link.keeps_flat for link in self._filters)
        if "PPM" not in stream.formats and not self.keeps_flat:
            self.planes_blend = self._settings.blend
            self._settings = self._settings._replace(blend=None)
        self._layouts = FreeList[Layout]()
        self._clipped, self._plan = 0.0, Plan(())
        self._kept: list[Sequence[Kept]] = []

    def __call__(self, pixels: Pixels) -> Pixels:
        """Return a picture filtered; its memory may be reused."""
        conversion = self._request.conversion
        pixels = conversion.prepare(to_gray(pixels) if self._request.gray_by else pixels)
        if self.planes_blend:  # of results that are not rounded
            pixels = pixels._replace(array=pixels.array.astype("float32"), maxval=255)
        how = self._settings.for_stored(UPRIGHT, pixels.size)
        made = filter_pixels(pixels, self._filters, how, may_overwrite=True, layouts=self._layouts)
        self._plan = made.plan
        if made.plan.range == "clamp":
            self._clipped = max(self._clipped, made.clipped)
        self._kept.append(made.kept)
        return conversion.finish(made.pixels)

    def add_facts(self, result: Result) -> None:
        """Add the plan of the last picture, and the notes on all, to a result."""
        result.notes += kept_frequencies.notes(self._kept)
        result.plan = [*self._plan.ran]
        if self._clipped > self._request.clipping:
            result.note_clipping(self._clipped, self._plan.brightens)


def filter_stream(
    request: Request, task: Task, stream: Stream, overwrite: OverwriteRule = REPLACE_ALL
) -> Result:
    """Filter all pictures of a stream; an error becomes a part of the result."""
    result = Result(task.source, task.target)
    begun = time.perf_counter()
    try:
        _check(request, stream)
        filter = _StreamFilter(request, stream)
        result.skipped = overwrite.skips(task)
        if not result.skipped:
            try:
                write = partial(run, stream, filter, filter.keeps_flat, blend=filter.planes_blend)
                _write(task, overwrite, write)
            finally:
                filter.add_facts(result)
    except ImgconvError as error:
        result.error = error
    result.seconds = time.perf_counter() - begun
    return result


def filter_film(
    request: Request, task: Task, overwrite: OverwriteRule, max_pixels: int | None = None
) -> Result:
    """Filter a file of YUV4MPEG2 as a stream; raises ``UsageError`` for a format of pictures.

    ``max_pixels`` limits the size of each picture: see ``recognise``.
    """
    row = request.format_for(task)
    if row and row.name != "Y4M":
        raise UsageError("a film in Y4M cannot become pictures", "write it as Y4M again")
    with Path(task.source).open("rb") as source:
        stream = Y4mStream(source, max_pixels, task.source)
        result = filter_stream(request, task, stream, overwrite)
    if isinstance(error := result.error, UsageError):
        result.error = error.named(task.source)
    return result


def _write(task: Task, overwrite: OverwriteRule, write: Callable[[BinaryIO], None]) -> None:
    """Let ``write`` write the output, and record it if it was made of a file."""
    digest, names = overwrite.input_digest(task), list[str]()

    def record(status: os.stat_result) -> None:
        if task.source != PIPE:
            overwrite.record(task, digest, names[0], status)

    with atomic.writing(task.target, task.within, overwrite.replaces, record) as target:
        names.append(target.name)
        write(target)


def _check(request: Request, stream: Stream) -> None:
    name = stream.formats[0]
    if not request.is_streamed:
        raise UsageError(
            f"a film in {name} is filtered picture by picture, as it comes",
            "leave out --gray-by, --draws, --every, and --repeat above 16",
        )
    if "PPM" in stream.formats:
        return
    if request.settings.linear:
        raise UsageError(
            f"brightness and colour differences, as in {name}, are no light",
            "pipe the film in as PPM, or leave out --linear",
        )
    if request.conversion != Conversion():
        raise UsageError(
            f"a film in {name} keeps its depth and has no transparency",
            "leave out --depth and --background",
        )


def run(
    stream: Stream,
    filter: FilterPixels,
    keeps_flat: bool,
    target: BinaryIO,
    blend: Blend | None = None,
) -> None:
    """Filter the pictures of a stream and write them to ``target``.

    ``keeps_flat`` says whether ``filter`` leaves a flat picture as it is; ``blend`` is that of the
    planes of results that are grey. Raises ``ReadError`` for a truncated stream, when all its whole
    pictures have been written.
    """
    writer = _Writer(target)
    try:
        for planes in _prefetched(stream.frames()):
            writer.put(stream.filtered(planes, filter, keeps_flat, blend))
    except ReadError:
        writer.close()
        raise
    writer.close()


def picture(stream: Stream) -> Picture:
    """Return all pictures of a Netpbm stream as the frames of one.

    Raises ``ReadError`` where it is truncated, and ``UsageError`` for another format.
    """
    if "PPM" not in stream.formats:
        raise UsageError(
            f"a film in {stream.formats[0]} cannot become pictures",
            f"write it as {stream.formats[0]} again",
        )
    return Picture([to_frame(pixels) for (pixels,) in stream.frames()], PPM)


def _prefetched(items: Iterable[Item]) -> Iterator[Item]:
    """Yield the items, which a thread prefetches; an error in it is raised here."""
    queue: Queue[Item | BaseException | None] = Queue(QUEUE_LENGTH)

    def take() -> None:
        try:
            for item in items:
                queue.put(item)
            queue.put(None)
        except OSError as error:
            queue.put(ReadError(f"standard input: {error.strerror}", "check what writes it"))
        except BaseException as error:
            queue.put(error)

    Thread(target=take, daemon=True).start()
    while (item := interruptibly(queue.get)) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


class _Writer:
    """Writes in a thread of its own; an error there is raised at the next picture."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._queue: Queue[list[memoryview | bytes] | None] = Queue(QUEUE_LENGTH)
        self._error: OSError | ValueError | None = None
        self._thread = Thread(target=self._write, daemon=True)
        self._thread.start()

    def _write(self) -> None:
        while (parts := self._queue.get()) is not None:
            try:
                if self._error is None:
                    for part in parts:
                        self._target.write(part)
                    self._target.flush()
            except (OSError, ValueError) as error:  # the latter where an interrupt closed the file
                self._error = error

    def put(self, parts: list[memoryview | bytes] | None) -> None:
        if self._error:
            raise self._error
        interruptibly(self._queue.put, parts)

    def close(self) -> None:
        self.put(None)
        while self._thread.is_alive():
            self._thread.join(POLL_SECONDS)
        if self._error:
            raise self._error


def interruptibly(wait: Callable[..., Item], *arguments: Any) -> Item:
    """Call ``wait``, which waits for a queue, until it succeeds; return its result."""
    while True:
        with suppress(Empty, Full):
            return wait(*arguments, timeout=POLL_SECONDS)
