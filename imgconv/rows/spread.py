"""Packed pixels spread to where pixels have more room than channels, as Pillow's RGB has.

Loops that make pixels are quick where these lie side by side, and one that spreads them is quick
where it does nothing else.
"""

from __future__ import annotations

from collections.abc import Callable

from imgconv.machine_code import MachineLoop, machine_loop
from imgconv.program import Moving, Program, workspace


@machine_loop
def spread(packed, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """pixels = packed, where there is room for ``stored`` values a pixel."""
    for y in range(packed.shape[0]):
        source, target = packed[y], pixels[y]
        for x in range(source.shape[0] // channels):
            for k in range(channels):
                target[x * stored + k] = source[x * channels + k]


@machine_loop
def spread_3_in_4(packed, stored, channels, pixels):  # type: ignore[no-untyped-def]
    """``spread`` for Pillow's RGB: with numbers in place of names it is vectorised."""
    for y in range(packed.shape[0]):
        source, target = packed[y], pixels[y]
        for x in range(source.shape[0] // 3):
            target[4 * x] = source[3 * x]
            target[4 * x + 1] = source[3 * x + 1]
            target[4 * x + 2] = source[3 * x + 2]
            target[4 * x + 3] = 255


def spreader(stored: int, channels: int) -> MachineLoop:
    """The quickest loop that spreads pixels into this layout."""
    return spread_3_in_4 if (stored, channels) == (4, 3) else spread


def add_spread(
    program: Program,
    rows: Moving,
    pixels: Moving,
    stored: int,
    channels: int,
    add: Callable[[Moving], None],
) -> None:
    """Have packed pixels made of ``rows`` by what ``add`` adds, and spread to where they belong."""
    if stored == channels:
        add(pixels)
        return
    packed = rows._replace(array=workspace(rows.array.shape, pixels.array.dtype))
    add(packed)
    program.call(spreader(stored, channels), packed, stored, channels, pixels, when=rows.height)
