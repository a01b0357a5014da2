"""YUV4MPEG2: a stream of 8-bit luma and two planes of chroma, which may be subsampled.

The format is defined by the manual page yuv4mpeg(5) of mjpegtools. By colour channels a person does
not mean luma and chroma. So a filter that averages is applied to all planes, chroma upsampled for
it and downsampled again. Any other filter is applied to luma, and its result is grey.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError
from imgconv.formats import Format
from imgconv.formats.frame_codec import encode_with_pillow
from imgconv.formats.stream_io import BufferRing, check_size, read_line, truncation_error
from imgconv.images.pixels import Pixels

_MAGIC = b"YUV4MPEG2"

# By how much chroma is subsampled: down, across.
_SUBSAMPLING = {"420": (2, 2), "411": (1, 4), "422": (1, 2), "444": (1, 1), "mono": (0, 0)}

# The chroma of grey, and the range of luma.
_NEUTRAL = 128
_BLACK, _LUMA_RANGE = 16, 219


class Y4mStream:
    """A stream in YUV4MPEG2."""

    formats: tuple[str, ...] = ("Y4M",)

    def __init__(self, source: BinaryIO, most_pixels: int | None = None) -> None:
        self._source = source
        self._header = self._read_line()
        fields = {field[0]: field[1:] for field in self._header.decode("ascii", "replace").split()}
        self._width, self._height = (self._number(fields.get(key, "")) for key in "WH")
        check_size(self._width, self._height, most_pixels)
        self._down, self._across = self._subsampling(fields.get("C", "420"))
        self._buffers = [BufferRing() for _ in range(3)]
        self._has_begun = False

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Return whether a stream of this format begins with these bytes."""
        return beginning.startswith(_MAGIC + b" ")

    @staticmethod
    def _number(text: str) -> int:
        if not text.isdigit() or not 0 < int(text) < 65536:
            raise ReadError("standard input: a broken YUV4MPEG2 header", "check what writes it")
        return int(text)

    @staticmethod
    def _subsampling(name: str) -> tuple[int, int]:
        plain = name.removesuffix("jpeg").removesuffix("mpeg2").removesuffix("paldv")
        if plain not in _SUBSAMPLING:
            raise ReadError(
                f"standard input: films of the kind {name} are not read",
                "give 8-bit 420, 422, 444 or mono",
            )
        return _SUBSAMPLING[plain]

    def _read_line(self) -> bytes:
        try:
            return read_line(self._source).rstrip(b"\n")
        except EOFError as error:
            raise truncation_error() from error

    def frames(self) -> Iterator[list[Pixels]]:
        """Yield the planes of each picture: luma, and two of chroma unless there are none."""
        shapes = [(self._height, self._width)]
        if self._down:
            chroma = (-(-self._height // self._down), -(-self._width // self._across))
            shapes += [chroma, chroma]
        while line := self._read_line():
            if not line.startswith(b"FRAME"):
                raise truncation_error()
            planes = zip(self._buffers, shapes, strict=False)
            yield [self._read_plane(buffers, shape) for buffers, shape in planes]

    def _read_plane(self, buffers: BufferRing, shape: tuple[int, int]) -> Pixels:
        data = buffers.read(self._source, shape[0] * shape[1])
        return Pixels(np.frombuffer(data, np.uint8).reshape(*shape, 1), ("l",))

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """Filter a picture, and return its header and planes, the first behind the stream's header.

        ``keeps_flat`` says that the filter averages, so that a flat picture stays as it is.
        """
        luma, *chroma = planes
        result = filter(luma).array
        if result.shape != luma.array.shape:
            raise ReadError(
                "standard input: the pictures of this film must keep their size",
                "choose --extent same",
            )
        if keeps_flat:
            parts = [result, *(self._filter_chroma(plane, filter) for plane in chroma)]
        else:
            grey = [np.full_like(plane.array, _NEUTRAL) for plane in chroma]
            parts = [np.minimum(result, _LUMA_RANGE) + np.uint8(_BLACK), *grey]
        header = b"FRAME\n" if self._has_begun else self._header + b"\nFRAME\n"
        self._has_begun = True
        return [header, *(np.ascontiguousarray(part).data.cast("B") for part in parts)]

    def _filter_chroma(self, plane: Pixels, filter: Callable[[Pixels], Pixels]) -> NDArray[Any]:
        """Filter chroma at full size, and return the mean of each cell, rounded half up."""
        large = plane.array.repeat(self._down, 0).repeat(self._across, 1)
        large = np.ascontiguousarray(large[: self._height, : self._width])
        result = filter(Pixels(large, plane.channels)).array
        tops, lefts = range(0, self._height, self._down), range(0, self._width, self._across)
        rows = np.add.reduceat(result.astype(np.uint16), tops, 0)
        cells = np.add.reduceat(rows, lefts, 1)
        heights = np.add.reduceat(np.ones(self._height, np.uint16), tops)
        widths = np.add.reduceat(np.ones(self._width, np.uint16), lefts)
        area = np.multiply.outer(heights, widths)[..., None]
        mean: NDArray[Any] = (2 * cells + area) // (2 * area)
        return mean.astype(np.uint8)


FORMAT = Format("Y4M", plugin="", modes=(), holds_frames=True, encode=encode_with_pillow)
