"""ffmpeg's ``convolution``: ``0m=0 -1 0 -1 5 -1 0 -1 0:0rdiv=1/9:0bias=128``.

The options of plane 0 are read. ``m`` lists the weights row by row. ``rdiv`` multiplies the sum;
without it, or with 0, the sum is divided by the sum of the weights.
"""

import re
from collections.abc import Callable

from imgconv.errors import KernelError
from imgconv.kernels.dialects.flat import folded, square
from imgconv.kernels.dialects.grid import sum_or_one
from imgconv.kernels.dialects.tokens import number, quoted, ratio, words
from imgconv.kernels.kernel import Kernel

_OPTION = re.compile(r"([0-3]?)(m|rdiv|bias|mode)")
_BEGINNING = re.compile(rf"[\"']?{_OPTION.pattern}\s*=")
_UNQUOTED = str.maketrans({'"': "", "'": "", "|": " "})

# For each mode, width and height from the count of weights.
_SHAPES: dict[str, Callable[[int], tuple[int, int]]] = {
    "square": square,
    "row": lambda count: (count, 1),
    "column": lambda count: (1, count),
}


def matches(text: str) -> bool:
    return bool(_BEGINNING.match(text))


def read(text: str) -> Kernel:
    options = _options(text)
    matrix, mode = options.get("m", ""), options.get("mode", "square")
    if mode not in _SHAPES:
        raise KernelError(f"the mode {quoted(mode)} is unknown", f"give {', '.join(_SHAPES)}")
    kernel = Kernel(folded(matrix, *_SHAPES[mode](len(words(matrix)))))
    numerator, denominator = ratio(options.get("rdiv", "0"))
    scale = denominator / numerator if numerator else sum_or_one(kernel)
    return kernel.replaced(scale, number(options.get("bias", "0")))


def _options(text: str) -> dict[str, str]:
    options = {}
    for part in text.translate(_UNQUOTED).split(":"):
        name, _, value = part.partition("=")
        found = _OPTION.fullmatch(name.strip())
        if not found:
            raise KernelError(f"{quoted(name)} is no option here", "give 0m, 0rdiv, 0bias, 0mode")
        plane, option = found.groups()
        if plane not in ("", "0"):
            raise KernelError(
                f"{quoted(name)} is for another plane", "give the options of plane 0 alone"
            )
        options[option] = value.strip()
    return options
