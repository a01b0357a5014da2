"""Streams of raw pictures that follow each other, on standard input or in a file of YUV4MPEG2.

YUV4MPEG2 is defined by the manual page yuv4mpeg(5) of mjpegtools: 8-bit luma and two planes of
chroma, which may be subsampled. By colour channels a person does not mean luma and chroma. So a
filter that averages is applied to all planes, chroma upsampled for it and downsampled again. Any
other filter is applied to luma, and its result is grey.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError
from imgconv.formats import Format, netpbm
from imgconv.formats.limits import check_pixels
from imgconv.images.blend import Blend
from imgconv.images.mask import pixel_weights
from imgconv.images.orientation import UPRIGHT
from imgconv.images.pixels import Pixels

FilterPixels = Callable[[Pixels], Pixels]

# Pictures that wait between two stages of a stream; more of them would only take memory.
QUEUE_LENGTH = 2

STANDARD_INPUT = "standard input"

_Y4M_MAGIC = b"YUV4MPEG2 "

# By how much chroma is subsampled: down, across.
_SUBSAMPLING = {"420": (2, 2), "411": (1, 4), "422": (1, 2), "444": (1, 1), "mono": (0, 0)}

# The chroma of grey, the luma of black, and the range of luma.
_NEUTRAL, _BLACK, _LUMA_RANGE = 128, 16, 219

# Luma and two differences of colour, of red, green and blue from 0 to 1 (ITU-R BT.601-7).
_LUMA = np.array([65.481, 128.553, 24.966])
_BLUE = np.array([-37.797, -74.203, 112.0])
_RED = np.array([112.0, -93.786, -18.214])


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Name the source in errors, and turn the end of it inside a picture into an error."""
    try:
        yield
    except EOFError as error:
        raise ReadError(
            f"{name}: the film ends inside a picture", "check what writes it"
        ) from error
    except ReadError as error:
        raise error.named(name) from error


class BufferRing:
    """Memory for one plane of each picture, reused once the picture has been written.

    The first touch of fresh memory takes longer than filtering it. Each of two queues holds
    ``QUEUE_LENGTH`` pictures, and one each is being read, filtered and written.
    """

    def __init__(self) -> None:
        self._ring: deque[bytearray] = deque([bytearray()] * (2 * QUEUE_LENGTH + 3))

    def read(self, source: BinaryIO, size: int) -> bytearray:
        """Return ``size`` bytes of ``source``; raises ``EOFError`` if there are fewer."""
        self._ring.rotate()
        if len(self._ring[0]) != size:
            self._ring[0] = bytearray(size)
        rest = memoryview(self._ring[0])
        while rest:
            count = source.readinto(rest)  # type: ignore[attr-defined]
            if not count:
                raise EOFError
            rest = rest[count:]
        return self._ring[0]


class PnmStream:
    """A stream of Netpbm pictures; each is written in the format in which it was read."""

    formats: tuple[str, ...] = ("PPM", "PAM")

    def __init__(self, source: BinaryIO, max_pixels: int | None = None) -> None:
        self._source, self._max_pixels = source, max_pixels
        self._buffers = BufferRing()
        # Of the pictures that have been read and are not yet written.
        self._headers: deque[netpbm.PnmHeader] = deque()

    @staticmethod
    def begins(beginning: bytes) -> bool:
        return beginning[:2] in netpbm.MAGICS and beginning[2:3] in (b"\n", b" ")

    def _read(self, magic: bytes) -> Pixels:
        with _naming(STANDARD_INPUT):
            header = netpbm.read_header(self._source, magic)
            check_pixels(header.width * header.height, self._max_pixels)
            if not header.width * header.height:
                sides = f"{header.width}x{header.height}"
                raise ReadError(f"a picture of {sides}", "check what writes it")
            pixels = header.pixels(self._buffers.read(self._source, header.size))
        self._headers.append(header)
        return pixels

    def frames(self) -> Iterator[list[Pixels]]:
        """Yield each picture as one plane; white space between pictures is skipped."""
        while magic := self._next_magic():
            yield [self._read(magic)]

    def _next_magic(self) -> bytes:
        first = self._source.read(1)
        while first.isspace():
            first = self._source.read(1)
        return first + self._source.read(1)

    def filtered(
        self,
        planes: list[Pixels],
        filter: FilterPixels,
        keeps_flat: bool,
        blend: Blend | None = None,
    ) -> list[memoryview | bytes]:
        """Filter a picture, and return its header and pixels; ``filter`` blends by itself."""
        pixels, header = filter(planes[0]), self._headers.popleft()
        return netpbm.encode_pixels(pixels, header.magic == b"P7", header.comments)


class Y4mStream:
    """A stream in YUV4MPEG2; ``name`` names its source in errors."""

    formats: tuple[str, ...] = ("Y4M",)

    def __init__(
        self, source: BinaryIO, max_pixels: int | None = None, name: str = STANDARD_INPUT
    ) -> None:
        self._source, self._name = source, name
        with _naming(name):
            self._header = netpbm.read_line(source).rstrip(b"\n")
            self._read_header(max_pixels)
        self._buffers = [BufferRing() for _ in range(3)]
        self._has_begun = False

    def _read_header(self, max_pixels: int | None) -> None:
        """Set the sides and the subsampling; raises ``ReadError``."""
        fields = {field[0]: field[1:] for field in self._header.decode("ascii", "replace").split()}
        sides = [fields.get(key, "") for key in "WH"]
        if not all(side.isdigit() and 0 < int(side) < 65536 for side in sides):
            raise ReadError("a broken YUV4MPEG2 header", "check what writes it")
        self._width, self._height = map(int, sides)
        check_pixels(self._width * self._height, max_pixels)
        chroma = fields.get("C", "420")
        plain = chroma.removesuffix("jpeg").removesuffix("mpeg2").removesuffix("paldv")
        if plain not in _SUBSAMPLING:
            raise ReadError(
                f"films of the kind {chroma} are not read", "give 8-bit 420, 422, 444 or mono"
            )
        self._down, self._across = _SUBSAMPLING[plain]

    @staticmethod
    def begins(beginning: bytes) -> bool:
        return beginning.startswith(_Y4M_MAGIC)

    def _read(self) -> list[Pixels]:
        """Read the planes of a picture, none at the end of the stream."""
        shapes = [(self._height, self._width, 1)]
        if self._down:
            shapes += [(-(-self._height // self._down), -(-self._width // self._across), 1)] * 2
        planes = []
        with _naming(self._name):
            line = netpbm.read_line(self._source)
            if not line.startswith(b"FRAME"):
                if line.strip(b"\n"):
                    raise EOFError
                return []
            for buffers, shape in zip(self._buffers, shapes, strict=False):
                data = buffers.read(self._source, math.prod(shape))
                planes.append(Pixels(np.frombuffer(data, np.uint8).reshape(shape), ("l",)))
        return planes

    def frames(self) -> Iterator[list[Pixels]]:
        """Yield the planes of each picture: luma, and two of chroma unless there are none."""
        while planes := self._read():
            yield planes

    def filtered(
        self,
        planes: list[Pixels],
        filter: FilterPixels,
        keeps_flat: bool,
        blend: Blend | None = None,
    ) -> list[memoryview | bytes]:
        """Filter a picture, and return its header and planes, the first behind the stream's header.

        ``keeps_flat`` says that the filter averages: a flat picture stays as it is. Otherwise the
        result is grey, and planes of it and of the picture are blended, unless ``blend`` is None.
        """
        luma, *chroma = planes
        result = filter(luma).array
        if result.shape != luma.array.shape:
            raise ReadError(
                f"{self._name}: the pictures of this film must keep their size",
                "choose --extent same",
            )
        if keeps_flat:
            parts = [result, *(self._filter_chroma(plane, filter) for plane in chroma)]
        else:
            grey = [np.full_like(plane.array, _NEUTRAL) for plane in chroma]
            parts = [result.clip(0, _LUMA_RANGE) + result.dtype.type(_BLACK), *grey]
            if blend:
                parts = self._blended(planes, parts, blend.stored(UPRIGHT, luma.size))
        header = b"FRAME\n" if self._has_begun else self._header + b"\nFRAME\n"
        self._has_begun = True
        return [header, *(np.ascontiguousarray(part).data.cast("B") for part in parts)]

    def _blended(
        self, planes: list[Pixels], parts: list[NDArray[Any]], blend: Blend
    ) -> list[NDArray[Any]]:
        """Return planes mixed with ``parts``, which are not rounded yet, in place of them.

        The weight of chroma is the mean of its cell.
        """
        luma, *chroma = (plane.array for plane in planes)
        weights = pixel_weights(blend, planes[0].size)[..., None]
        sums, area = self._cells(weights) if chroma else (weights, np.ones(1))
        all_weights = [weights, *[sums / area] * len(chroma)]
        return [
            np.floor((1 - weight) * plane + weight * part + 0.5).astype(np.uint8)
            for weight, plane, part in zip(all_weights, [luma, *chroma], parts, strict=True)
        ]

    def _cells(self, values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the sums of the values in each cell of chroma, and the areas of the cells."""
        tops, lefts = range(0, self._height, self._down), range(0, self._width, self._across)
        cells = np.add.reduceat(np.add.reduceat(values, tops, 0), lefts, 1)
        heights = np.add.reduceat(np.ones(self._height, np.uint16), tops)
        widths = np.add.reduceat(np.ones(self._width, np.uint16), lefts)
        return cells, np.multiply.outer(heights, widths)[..., None]

    def _filter_chroma(self, plane: Pixels, filter: FilterPixels) -> NDArray[Any]:
        """Filter chroma at full size, and return the mean of each cell, rounded half up."""
        large = plane.array.repeat(self._down, 0).repeat(self._across, 1)
        large = np.ascontiguousarray(large[: self._height, : self._width])
        result = filter(Pixels(large, plane.channels)).array
        cells, area = self._cells(result.astype(np.uint16))
        mean: NDArray[Any] = (2 * cells + area) // (2 * area)
        return mean.astype(np.uint8)


def encode_y4m(pictures: Iterable[Pixels], fps: float) -> Iterator[list[bytes]]:
    """Yield the planes of each picture in RGB, at full size, the first behind the film's header."""
    rate = Fraction(fps).limit_denominator(1001)
    for number, pixels in enumerate(pictures):
        sides = f"W{pixels.width} H{pixels.height}"
        header = f"YUV4MPEG2 {sides} F{rate.numerator}:{rate.denominator} Ip A1:1 C444\n"
        shares = pixels.array / 255
        planes = (shares @ _LUMA + _BLACK, shares @ _BLUE + _NEUTRAL, shares @ _RED + _NEUTRAL)
        levels = [np.rint(plane).astype(np.uint8).tobytes() for plane in planes]
        yield [header.encode() if number == 0 else b"", b"FRAME\n", *levels]


def _refuse(file: BinaryIO) -> None:
    """Raise ``ReadError``: films are filtered as they are read, and no other format holds them."""
    raise ReadError("it is a film in Y4M, not a picture", "name an output that ends in .y4m")


FORMAT = Format("Y4M", plugin="", probe=_refuse)
