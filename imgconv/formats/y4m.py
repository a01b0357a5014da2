"""YUV4MPEG2: a film of brightness and two planes of colour difference, which may be smaller.

The form is that of the mjpegtools, as in their manual page yuv4mpeg(5). The channels that a person
means by "each colour channel" are not these: a filter that averages is applied to all three planes,
the colour planes brought to full size for it and back; any other filter shows what it finds in
brightness, in grey.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError
from imgconv.formats.stream_io import Buffers, check_size, cut_short, read_stream_line
from imgconv.images.pixels import Pixels

_MAGIC = b"YUV4MPEG2"

# By how much the colour planes are smaller: down, across.
_SUBSAMPLING = {"420": (2, 2), "411": (1, 4), "422": (1, 2), "444": (1, 1), "mono": (0, 0)}

_NEUTRAL = 128


class Y4mStream:
    """A film in YUV4MPEG2, of 8 bits."""

    formats: tuple[str, ...] = ("Y4M",)

    def __init__(self, source: BinaryIO, most_pixels: int | None = None) -> None:
        self._source = source
        self._header = read_stream_line(source)
        words = self._header.decode("ascii", "replace").split()[1:]
        fields = {word[0]: word[1:] for word in words if word[0] in "WHC"}
        self._width, self._height = (self._number(fields.get(key, "")) for key in "WH")
        check_size(self._width, self._height, most_pixels)
        self._down, self._across = self._subsampling(fields.get("C", "420"))
        self._buffers = [Buffers() for _ in range(3)]
        self._begun = False

    @staticmethod
    def begins(beginning: bytes) -> bool:
        """Whether a film of this form begins so."""
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

    def frames(self) -> Iterator[list[Pixels]]:
        """The planes of each picture: brightness, and two of colour unless there are none."""
        shapes = [(self._height, self._width)]
        if self._down:
            small = (-(-self._height // self._down), -(-self._width // self._across))
            shapes += [small, small]
        while line := read_stream_line(self._source):
            if not line.startswith(b"FRAME"):
                raise cut_short()
            planes = zip(self._buffers, shapes, strict=False)
            yield [self._plane(buffers, shape) for buffers, shape in planes]

    def _plane(self, buffers: Buffers, shape: tuple[int, int]) -> Pixels:
        data = buffers.read(self._source, shape[0] * shape[1])
        return Pixels(np.frombuffer(data, np.uint8).reshape(*shape, 1), ("l",))

    def filtered(
        self, planes: list[Pixels], filter: Callable[[Pixels], Pixels], keeps_flat: bool
    ) -> list[memoryview | bytes]:
        """A header, before the first picture that of the film, and the filtered planes."""
        light, *colours = planes
        shape = light.array.shape
        result = filter(light).array
        if result.shape != shape:
            raise ReadError(
                "standard input: the pictures of this film must keep their size",
                "choose --extent same",
            )
        parts = [result if keeps_flat else np.minimum(result, 219) + np.uint8(16)]
        parts += [
            self._filtered_colour(plane, filter)
            if keeps_flat
            else np.full_like(plane.array, _NEUTRAL)
            for plane in colours
        ]
        header = b"FRAME\n" if self._begun else self._header + b"\nFRAME\n"
        self._begun = True
        return [header, *(np.ascontiguousarray(part).data.cast("B") for part in parts)]

    def _filtered_colour(self, plane: Pixels, filter: Callable[[Pixels], Pixels]) -> NDArray[Any]:
        small = plane.array
        large = small.repeat(self._down, 0).repeat(self._across, 1)
        large = np.ascontiguousarray(large[: self._height, : self._width])
        result = filter(Pixels(large, plane.channels)).array
        rows = np.add.reduceat(result.astype(np.uint16), range(0, self._height, self._down), 0)
        cells = np.add.reduceat(rows, range(0, self._width, self._across), 1)
        count = np.add.reduceat(
            np.ones(self._height, np.uint16), range(0, self._height, self._down)
        )
        across = np.add.reduceat(
            np.ones(self._width, np.uint16), range(0, self._width, self._across)
        )
        area = np.multiply.outer(count, across)[..., None]
        mean: NDArray[Any] = (2 * cells + area) // (2 * area)
        return mean.astype(np.uint8)
