"""Rows with the settings of GIMP's Convolution Matrix dialogue: ``divisor = 9``, ``offset = 128``.

An automatic divisor is the sum of the weights. Where that is 0 it is 1, and the offset is middle
grey, so that differences of either sign can be seen.
"""

import re

from imgconv.errors import KernelError
from imgconv.kernels.dialects.grid import rows, sum_or_one
from imgconv.kernels.dialects.tokens import lines, number, quoted, whole, words
from imgconv.kernels.kernel import Kernel

_AUTOMATIC = "automatic"
_MIDDLE_GRAY = 128.0
_SETTING = re.compile(
    rf"(divisor|scale|offset|origin|normali[sz]e(?=[\s=:]*{_AUTOMATIC}$))\b[\s=:]*(.*)",
    re.IGNORECASE,
)

_SYNONYMS = {"scale": "divisor", "normalise": "divisor", "normalize": "divisor"}


def matches(text: str) -> bool:
    return any(map(_SETTING.match, lines(text)))


def read(text: str) -> Kernel:
    settings, grid = _split(text)
    origin = _origin(settings["origin"]) if "origin" in settings else None
    kernel = Kernel(rows(grid), origin=origin)
    divisor = settings.get("divisor", "1")
    automatic = divisor.lower() == _AUTOMATIC
    scale = sum_or_one(kernel) if automatic else number(divisor)
    offset = _MIDDLE_GRAY if automatic and kernel.is_zero_sum else 0.0
    return kernel.replaced(scale, number(settings["offset"]) if "offset" in settings else offset)


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    settings: dict[str, str] = {}
    grid = []
    for line in lines(text):
        found = _SETTING.match(line)
        if not found:
            grid.append(line)
            continue
        name = found[1].lower()
        name = _SYNONYMS.get(name, name)
        if name in settings:
            raise KernelError(f"the {name} is given twice", "give it once")
        settings[name] = found[2]
    return settings, grid


def _origin(text: str) -> tuple[int, int]:
    place = words(text)
    if len(place) != 2:
        raise KernelError(f"the origin {quoted(text)} is no position", "give a row and a column")
    return whole(place[0]), whole(place[1])
