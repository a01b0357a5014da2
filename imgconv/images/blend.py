"""The blending of a result with the input: how much of the result, where, and through which mask.

    pixel = (1 - weight) * input + weight * result      weight = mix / 100 * mask / white

The result is neither rounded nor clamped before. Where the weight is 0 the input stays to the bit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv.errors import UsageError
from imgconv.images.orientation import SYMMETRIES

if TYPE_CHECKING:
    from imgconv.images.mask import Mask

_REGION = re.compile(r"\s*(\d{1,9})\s*,\s*(\d{1,9})\s*,\s*(\d{1,9})\s*x\s*(\d{1,9})\s*")

# Width and height of a picture.
_Size = tuple[int, int]


class Region(NamedTuple):
    """A rectangle of pixels: the columns from ``left`` and the rows from ``top`` on."""

    left: int
    top: int
    width: int
    height: int

    @classmethod
    def of(cls, value: str | Sequence[int]) -> Region:
        """Return the region of ``"X,Y,WxH"`` or of four numbers; raises ``UsageError``."""
        if isinstance(value, str):
            found = _REGION.fullmatch(value)
            numbers: Sequence[Any] = [*map(int, found.groups())] if found else ()
        else:
            numbers = value if isinstance(value, Sequence) else ()
        if len(numbers) == 4 and all(map(_is_position, numbers)):
            left, top, width, height = map(index, numbers)
            if width and height:
                return cls(left, top, width, height)
        raise UsageError(f"'{value}' is no region", _region_remedy(str(value)))

    def __str__(self) -> str:
        """Return the text that ``of`` reads."""
        return f"{self.left},{self.top},{self.width}x{self.height}"

    def stored(self, orientation: int, size: _Size) -> Region:
        """Return the region of stored pixels that is this one of the upright picture of a size."""
        symmetry, (left, top, width, height) = SYMMETRIES[orientation], self
        left = size[0] - left - width if symmetry.mirrored else left
        top = size[1] - top - height if symmetry.upside_down else top
        if symmetry.transposed:
            return Region(top, left, height, width)
        return Region(left, top, width, height)


def _region_remedy(text: str) -> str:
    """Return how to write a region, as this one if it is in the form of another tool."""
    if geometry := re.fullmatch(r"(\d+)x(\d+)\+(\d+)\+(\d+)", text):
        return geometry.expand(r"write \3,\4,\1x\2")
    if box := re.fullmatch(r"(\d+)[,:\s]+(\d+)[,:\s]+(\d+)[,:\s]+(\d+)", text):
        return box.expand(r"write \1,\2,\3x\4, if the last two are width and height")
    return "write X,Y,WxH, the left, the top, the width and the height: 100,50,320x240"


def _is_position(number: Any) -> bool:
    return hasattr(number, "__index__") and not isinstance(number, bool) and index(number) >= 0


class Blend(NamedTuple):
    """The percentage of the result, its mask, and the region beyond which the input stays.

    Mask and region are of the picture as it is seen; ``stored`` turns them as its pixels are.
    """

    mix: float = 100.0
    mask: Mask | None = None
    region: Region | None = None

    def described(self) -> dict[str, float | str | None]:
        """Return the options as numbers and texts, for reports."""
        mask = self.mask.name if self.mask else None
        region = str(self.region) if self.region else None
        return {"mix": self.mix, "mask": mask, "region": region}

    def stored(self, orientation: int, size: _Size) -> Blend:
        """Return the blend for stored pixels of a size; raises ``UsageError`` for another size."""
        transposed = SYMMETRIES[orientation].transposed
        seen = size[::-1] if transposed else size
        mask, region = self.mask, self.region
        if mask:
            mask.check_size(seen)
            mask = mask.stored(orientation)
        if region:
            if region.left + region.width > seen[0] or region.top + region.height > seen[1]:
                raise UsageError(
                    f"the region {region} does not lie within the picture of {seen[0]}x{seen[1]}",
                    "give X,Y,WxH inside it",
                )
            region = region.stored(orientation, seen)
        return Blend(self.mix, mask, region)


def parse_percent(text: str) -> float:
    """Return the number of ``30`` or ``30%``; raises ``UsageError``."""
    try:
        return float(text.strip().removesuffix("%"))
    except ValueError:
        raise _no_percentage(text) from None


def _no_percentage(value: object) -> UsageError:
    return UsageError(
        f"'{value}' is no percentage to mix", "give 0, the input, to 100, the whole result"
    )


def make_blend(
    mix: float | None = None,
    mask: Mask | None = None,
    region: str | Sequence[int] | None = None,
) -> Blend | None:
    """Return the blend of these options, None if they leave the whole result as it is.

    Raises ``UsageError`` for a percentage outside 0..100, and for a text that is no region.
    """
    percent = 100.0 if mix is None else mix
    if isinstance(percent, bool) or not isinstance(percent, (int, float)):
        raise _no_percentage(percent)
    if not 0 <= percent <= 100:
        raise _no_percentage(f"{percent:g}")
    place = None if region is None else Region.of(region)
    blend = Blend(float(percent), mask, place)
    return None if blend == Blend() else blend
