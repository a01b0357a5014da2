"""Waiting for another thread, ready for an interrupt at any moment.

An interrupt that comes when a thread is just about to wait does not wake it, so waits without end
would now and then end only with the film. These wait a moment at a time.

A film as one picture of several frames, for formats that are not made of raw pixels.

Films in a pipe: raw pictures that follow each other on standard input, filtered by one process.

    ffmpeg ... -f image2pipe -c:v ppm - | imgconv apply sobel - - | ffmpeg -f image2pipe -i - ...
    ffmpeg ... -f yuv4mpegpipe - | imgconv apply gaussian:2 - - | ffmpeg -f yuv4mpegpipe -i - ...

A form is recognised by its first bytes, without taking any. While one picture is filtered on all
cores, the next is read and the one before it is written. A film may also go into a file, or become
one picture of many frames: see batch/stream.py.

A film in a pipe: its pictures filtered one after another by one process.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from queue import Empty, Full, Queue
from threading import Thread
from typing import TYPE_CHECKING, BinaryIO, Protocol, TypeVar

import numpy as np

from imgconv.batch.convert import Fit
from imgconv.batch.overwrite import EVERYTHING_ANEW, Existing
from imgconv.batch.request import Request
from imgconv.batch.result import Outcome, note_clipping
from imgconv.batch.tasks import Pair
from imgconv.errors import ImgconvError, ReadError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.execution.free_list import FreeList
from imgconv.execution.layout import Layout
from imgconv.formats.metadata import Picture
from imgconv.formats.netpbm import FORMAT, PnmStream
from imgconv.formats.stream_io import QUEUE_LENGTH
from imgconv.formats.y4m import Y4mStream
from imgconv.images.depth import to_gray
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.system import atomic

if TYPE_CHECKING:
    from imgconv.images.pixels import Frame


MOMENT = 0.1  # seconds

Item = TypeVar("Item")


def patiently_get(queue: Queue[Item]) -> Item:
    """The next item of ``queue``."""
    while True:
        with suppress(Empty):
            return queue.get(timeout=MOMENT)


def patiently_put(queue: Queue[Item], item: Item) -> None:
    """Add ``item`` to ``queue`` once there is room."""
    while True:
        with suppress(Full):
            queue.put(item, timeout=MOMENT)
            return


def patiently_join(thread: Thread) -> None:
    """Wait until ``thread`` has ended."""
    while thread.is_alive():
        thread.join(MOMENT)


FilterPixels = Callable[[Pixels], Pixels]


class Stream(Protocol):
    """A form of film: pictures in, and out again after ``filter`` has been at their pixels.

    ``formats`` names the formats, see ``formats/registry.py``, that are of this form.
    """

    formats: tuple[str, ...]

    def frames(self) -> Iterator[list[Pixels]]:
        """The planes of each picture; raises ``ReadError`` where the film is cut short."""

    def filtered(
        self, planes: list[Pixels], filter: FilterPixels, keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """The bytes of a picture whose planes have been filtered."""


def recognise(source: BinaryIO, most_pixels: int | None = None) -> Stream | None:
    """The stream that begins on ``source``, or None if it is none that is known.

    ``most_pixels`` is how large each of its pictures may be: see formats/limits.py.
    """
    peek = getattr(source, "peek", None)
    beginning: bytes = peek(16) if peek else b""
    for stream in (PnmStream, Y4mStream):
        if stream.begins(beginning):
            return stream(source, most_pixels)
    return None


def run(stream: Stream, filter: FilterPixels, keeps_flat: bool, target: BinaryIO) -> None:
    """Filter a whole film; raises as ``frames`` does, when what came before has been written.

    ``keeps_flat`` says whether a flat picture stays as it is under ``filter``.
    """
    writer = _Writer(target)
    try:
        for planes in _ahead(stream.frames()):
            writer.put(stream.filtered(planes, filter, keeps_flat))
    except ReadError:
        writer.close()
        raise
    writer.close()


def _ahead(items: Iterable[Item]) -> Iterator[Item]:
    """The same items, taken by a thread that runs ahead; what it raises is raised here."""
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
    while (item := patiently_get(queue)) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item


class _Writer:
    """Writes in a thread of its own; what goes wrong there is raised at the next picture."""

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
        patiently_put(self._queue, parts)

    def close(self) -> None:
        self.put(None)
        patiently_join(self._thread)
        if self._error:
            raise self._error


def picture(film: Stream) -> Picture:
    """All pictures of a film of Netpbm, as frames.

    Raises ``ReadError`` where it is cut short, and ``UsageError`` for a film of another form.
    """
    if "PPM" not in film.formats:
        raise UsageError(
            f"a film in {film.formats[0]} cannot become pictures",
            f"write it as {film.formats[0]} again",
        )
    return Picture([_frame(pixels) for (pixels,) in film.frames()], FORMAT)


def _frame(pixels: Pixels) -> Frame:
    """A copy whose levels go up to the largest of 8 bits, or of 16 where it has more."""
    dtype = "uint16" if pixels.maximum > MAXIMUM["uint8"] else "uint8"
    if pixels.maximum == MAXIMUM[dtype]:
        array = pixels.array.copy()
    else:
        levels = np.arange(pixels.maximum + 1) / pixels.maximum * MAXIMUM[dtype]
        array = np.rint(levels).astype(dtype).take(pixels.array, mode="clip")
    return pixels_frame(Pixels(array, pixels.channels))


def stays_film(request: Request, pair: Pair, film: Stream) -> bool:
    """Whether what is to be written can hold the film as it is."""
    target = request.format_for(pair)
    return target is None or target.name in film.formats


def run_film(
    request: Request, pair: Pair, film: Stream, existing: Existing = EVERYTHING_ANEW
) -> Outcome:
    """Filter the pictures of a film, each on all cores, while the next is read."""
    outcome = Outcome(pair.source, pair.target)
    begun = time.perf_counter()
    shares, layouts = [0.0], FreeList[Layout]()

    def filter(pixels: Pixels) -> Pixels:
        pixels = to_gray(pixels) if request.gray else pixels
        pixels = request.fit.ready(pixels)
        result = filter_pixels(
            pixels, request.filters, request.settings, may_overwrite=True, layouts=layouts
        )
        shares.append(result.clipped if result.plan.range == "clamp" else 0.0)
        outcome.plan = result.plan.ran
        return request.fit.fitted(result.pixels)

    try:
        _check_light(request, film)
        _check_fit(request, film)
        keeps_flat = all(link.keeps_flat for link in request.filters)
        outcome.left = existing.leaves(pair)
        if not outcome.left:
            with atomic.writing(pair.target, replaces=existing.replaces) as target:
                run(film, filter, keeps_flat, target)
    except ImgconvError as error:
        outcome.error = error
    note_clipping(outcome, max(shares))
    outcome.seconds = time.perf_counter() - begun
    return outcome


def _check_fit(request: Request, film: Stream) -> None:
    if request.fit != Fit() and "PPM" not in film.formats:
        raise UsageError(
            f"a film in {film.formats[0]} keeps its depth and has no transparency",
            "leave out --depth and --background",
        )


def _check_light(request: Request, film: Stream) -> None:
    if request.settings.linear and "PPM" not in film.formats:
        raise UsageError(
            f"brightness and colour differences, as in {film.formats[0]}, are no light",
            "pipe the film in as PPM, or leave out --linear",
        )
