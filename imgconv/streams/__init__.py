"""Films in a pipe: raw pictures that follow each other on standard input, filtered by one process.

    ffmpeg ... -f image2pipe -c:v ppm - | imgconv apply sobel - - | ffmpeg -f image2pipe -i - ...
    ffmpeg ... -f yuv4mpegpipe - | imgconv apply gaussian:2 - - | ffmpeg -f yuv4mpegpipe -i - ...

A form is recognised by its first bytes, without taking any. While one picture is filtered on all
cores, the next is read and the one before it is written. A film may also go into a file, or become
one picture of many frames: see still.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from queue import Queue
from threading import Thread
from typing import BinaryIO, Protocol, TypeVar

from imgconv.errors import ReadError
from imgconv.picture import Pixels
from imgconv.streams.patience import patiently_get, patiently_join, patiently_put
from imgconv.streams.pnm import PnmStream
from imgconv.streams.reading import WAITING
from imgconv.streams.still import picture
from imgconv.streams.y4m import Y4mStream

FilterPixels = Callable[[Pixels], Pixels]
Item = TypeVar("Item")


class Stream(Protocol):
    """A form of film: pictures in, and out again after ``filter`` has been at their pixels.

    ``formats`` names the formats, see ``formats.py``, that are of this form.
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

    ``most_pixels`` is how large each of its pictures may be: see files/limits.py.
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
    queue: Queue[Item | BaseException | None] = Queue(WAITING)

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
        self._queue: Queue[list[memoryview | bytes] | None] = Queue(WAITING)
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


__all__ = ["Stream", "picture", "recognise", "run"]
