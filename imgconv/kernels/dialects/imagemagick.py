"""ImageMagick's kernels: ``3x3: 0,-1,0 -1,5,-1 0,-1,0``, with an origin ``3x3+1+1: ...``.

``3:`` is short for ``3x3:``. "nan" and "-" stand for a weight of 0. The origin of an even size is
left of and above the middle, as in ImageMagick.
"""

from __future__ import annotations

import re

from imgconv.errors import KernelError
from imgconv.kernels.dialects.grid import folded
from imgconv.kernels.dialects.tokens import number, quoted, whole
from imgconv.kernels.kernel import Kernel

_LOOKS_LIKE_SIZE = re.compile(r"[0-9][-+0-9x@<>^]*\s*:", re.IGNORECASE)
_SIZE = re.compile(r"([0-9]+)(?:x([0-9]*))?(?:\+([0-9]+)\+([0-9]+))?", re.IGNORECASE)

_NO_WEIGHT = ("nan", "-")


def matches(text: str) -> bool:
    """Return whether ``text`` begins with a size and a colon."""
    return bool(_LOOKS_LIKE_SIZE.match(text))


def read(text: str) -> Kernel:
    """Return the kernel that ``text`` writes; raises ``KernelError``."""
    size, _, weights = text.partition(":")
    if ";" in weights:
        raise KernelError(
            "several ImageMagick kernels stand in one text",
            "give one at a time, without ';' between its rows",
        )
    found = _SIZE.fullmatch(size.strip())
    if not found:
        raise KernelError(f"the size {quoted(size)} is unknown", "write it as 3x3 or as 3x3+1+1")
    width = whole(found[1])
    height = whole(found[2] or found[1])
    column, row = (
        (whole(found[3]), whole(found[4])) if found[3] else ((width - 1) // 2, (height - 1) // 2)
    )
    return Kernel(folded(weights, width, height, _weight), origin=(row, column))


def _weight(word: str) -> float:
    return 0.0 if word.lower() in _NO_WEIGHT else number(word)
