"""vips' matrix files: a line ``width height [scale [offset]]``, then the rows."""

from imgconv.errors import KernelError
from imgconv.kernels.dialects.grid import rows
from imgconv.kernels.dialects.tokens import lines, number, whole, words
from imgconv.kernels.kernel import Kernel

_HEADER_LENGTHS = (2, 3, 4)
_DEFAULTS = ("width", "height", "1", "0")


def matches(text: str) -> bool:
    found = lines(text)
    header = words(next(found, ""))
    if len(header) not in _HEADER_LENGTHS or header[0] == str(len(header)):
        return False
    height = 0
    for line in found:
        if str(len(words(line))) != header[0]:
            return False
        height += 1
    return height > 0 and header[1] == str(height)


def read(text: str) -> Kernel:
    first, *others = [*lines(text)] or [""]
    header = words(first)
    if len(header) not in _HEADER_LENGTHS:
        raise KernelError(
            f"the first line of a vips matrix has 2 to 4 numbers, not {len(header)}",
            "begin with: width height scale offset",
        )
    width, height = whole(header[0]), whole(header[1])
    scale, offset = map(number, [*header, *_DEFAULTS[len(header) :]][2:])
    if len(others) != height:
        raise KernelError(
            f"the first line promises {width}x{height}, so {height} rows, not {len(others)}",
            "begin with: width height scale offset",
        )
    return Kernel(rows(others, width), scale, offset)
