"""SVG's ``<feConvolveMatrix order="3" kernelMatrix="..."/>``, alone or within its markup.

SVG turns the matrix by 180 degrees but counts the target from the upper left of the picture's
window. So the weights are turned here, and the target is the origin as it stands. The bias is in
units of the full range, 255. (W3C, Filter Effects Module Level 1, section feConvolveMatrix.)
"""

import re

from imgconv.errors import KernelError
from imgconv.kernels.dialects.flat import folded
from imgconv.kernels.dialects.grid import sum_or_one
from imgconv.kernels.dialects.tokens import number, quoted, whole, words
from imgconv.kernels.kernel import Kernel

_ELEMENT = re.compile(r"<(?:\w+:)?feConvolveMatrix\b([^<>]*)>")
_ATTRIBUTE = re.compile(r"(?<=\s)(\w+)\s*=\s*([\"'])(.*?)\2", re.DOTALL)

_FULL_RANGE = 255


def matches(text: str) -> bool:
    return text.startswith("<")


def read(text: str) -> Kernel:
    attributes = _attributes(text)
    width, height = _order(attributes.get("order", "3"))
    kernel = Kernel(
        [row[::-1] for row in folded(attributes.get("kernelMatrix", ""), width, height)][::-1],
        offset=_FULL_RANGE * number(attributes.get("bias", "0")),
        origin=(
            whole(attributes.get("targetY", str(height // 2))),
            whole(attributes.get("targetX", str(width // 2))),
        ),
    )
    return kernel.replaced(number(attributes.get("divisor", "0")) or sum_or_one(kernel))


def _attributes(text: str) -> dict[str, str]:
    elements = _ELEMENT.findall(text)
    if len(elements) != 1:
        raise KernelError(
            f"the markup has {len(elements)} feConvolveMatrix elements", "give it with one"
        )
    return {name: value.strip() for name, _, value in _ATTRIBUTE.findall(elements[0])}


def _order(text: str) -> tuple[int, int]:
    order = words(text)
    if len(order) not in (1, 2):
        raise KernelError(f"the order {quoted(text)} is no size", "write it as 3 or as 3 5")
    return whole(order[0]), whole(order[-1])
