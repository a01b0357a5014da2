"""A kernel shown to people: the text of ``repr``, and the table of a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel

# The rows and columns up to which a text or a table shows all weights, and the middle it shows of
# larger kernels.
LARGEST_TEXT, MIDDLE = 11, 5
LARGEST_TABLE = 15

_NEGATIVE, _POSITIVE = "220, 60, 40", "40, 110, 220"  # red and blue, as shares of 255


def text(kernel: Kernel) -> str:
    """Return the call that makes the kernel, its weights to 6 digits, or the middle of them."""
    is_whole = max(kernel.height, kernel.width) <= LARGEST_TEXT
    before = "Kernel(" if is_whole else f"Kernel({kernel.size}, middle="
    weights = kernel.weights if is_whole else kernel.weights[middle(kernel.weights.shape, MIDDLE)]
    numbers = [[f"{weight:.6g}" for weight in row] for row in weights.tolist()]
    width = max(len(number) for row in numbers for number in row)
    rows = ["[" + ", ".join(f"{number:>{width}}" for number in row) + "]" for row in numbers]
    separator = ",\n" + " " * (len(before) + 1)
    return f"{before}[{separator.join(rows)}]{_arguments(kernel)})"


def _arguments(kernel: Kernel) -> str:
    """Return the arguments beside the weights that have no default value."""
    scale = f", scale={kernel.scale:.6g}" if kernel.scale != 1 else ""
    offset = f", offset={kernel.offset:.6g}" if kernel.offset else ""
    return scale + offset + ("" if kernel.is_centred else f", origin={kernel.origin}")


def table(kernel: Kernel) -> str:
    """Return an HTML table: red below zero, blue above, deeper for larger weights.

    The weight under the origin has a frame. Of a large kernel the middle is shown.
    """
    rows, columns = middle(kernel.weights.shape, LARGEST_TABLE)
    weights = kernel.weights[rows, columns]
    largest = float(abs(weights).max()) or 1.0
    at = (kernel.origin[0] - rows.start, kernel.origin[1] - columns.start)
    lines = "".join(
        f"<tr>{''.join(_cell(weight, largest, (y, x) == at) for x, weight in enumerate(row))}</tr>"
        for y, row in enumerate(weights.tolist())
    )
    of = "" if weights.size == kernel.height * kernel.width else ", of which this is the middle"
    caption = f"Kernel {kernel.size}{of}, sum {kernel.sum:.6g}{_arguments(kernel)}"
    return f'<table><caption style="white-space: nowrap">{caption}</caption>{lines}</table>'


def _cell(weight: float, largest: float, is_origin: bool) -> str:
    colour = _NEGATIVE if weight < 0 else _POSITIVE
    style = f"background: rgba({colour}, {0.6 * abs(weight) / largest:.2f}); text-align: right"
    style += "; outline: 1px solid; outline-offset: -1px" if is_origin else ""
    return f'<td style="{style}">{weight:.4g}</td>'


def middle(shape: tuple[int, ...], most: int) -> tuple[slice, ...]:
    """Return the slices of up to ``most`` positions around the middle of each axis of a grid."""
    starts = (max(0, (length - most) // 2) for length in shape)
    return tuple(slice(start, start + most) for start in starts)
