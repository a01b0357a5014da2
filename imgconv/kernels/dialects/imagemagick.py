"""ImageMagick's kernels: ``3x3: 0,-1,0 -1,5,-1 0,-1,0``, with an origin ``3x3+1+1: ...``.

``3:`` is short for ``3x3:``. "nan" and "-" stand for a weight of 0. The origin of an even size is
left of and above the middle, as in ImageMagick.
"""

import re

from imgconv.errors import KernelError
from imgconv.kernels.dialects.flat import folded
from imgconv.kernels.dialects.tokens import number, quoted, whole
from imgconv.kernels.kernel import Kernel

_LOOKS_LIKE_SIZE = re.compile(r"[0-9][-+0-9x@<>^]*\s*:", re.IGNORECASE)
_SIZE = re.compile(r"([0-9]+)(?:x([0-9]*))?(?:\+([0-9]+)\+([0-9]+))?", re.IGNORECASE)


def matches(text: str) -> bool:
    return bool(_LOOKS_LIKE_SIZE.match(text))


def read(text: str) -> Kernel:
    size, _, weights = text.partition(":")
    if ";" in weights:
        raise KernelError(
            "several ImageMagick kernels stand in one text",
            "give one at a time, without ';' between its rows",
        )
    found = _SIZE.fullmatch(size.strip())
    if not found:
        raise KernelError(f"the size {quoted(size)} is unknown", "write it as 3x3 or as 3x3+1+1")
    width, height = whole(found[1]), whole(found[2] or found[1])
    column, row = (width - 1) // 2, (height - 1) // 2
    if found[3]:
        column, row = whole(found[3]), whole(found[4])
    rows = folded(
        weights, width, height, lambda word: 0.0 if word.lower() in ("nan", "-") else number(word)
    )
    return Kernel(rows, origin=(row, column))
