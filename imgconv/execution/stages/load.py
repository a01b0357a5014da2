"""The loops that load rows: pixels become numbers, colour is premultiplied, margins are padded."""

from imgconv.jit.functions import jit_inline
from imgconv.jit.kernel_loop import JitLoop, jit_loop
from imgconv.kernels.border import OUTSIDE


@jit_inline
def fill(row, colour):  # type: ignore[no-untyped-def]
    """Set every pixel of the row to ``colour``."""
    channels = colour.shape[0]
    for x in range(0, row.shape[0], channels):
        for k in range(channels):
            row[x + k] = colour[k]


@jit_loop
def load(source, rows, left, numbers):  # type: ignore[no-untyped-def]
    """rows[y, (left + x) * channels + k] = pixels[positions[y], x * stored + k] * unit[0].

    ``source`` is (pixels, spare, positions, stored). A row OUTSIDE is filled with a colour; a
    position below means a row of ``spare``: the first for OUTSIDE - 1, the next for OUTSIDE - 2.
    ``numbers`` is (colour, unit, packed), of the type of the rows: the colour, multiplied by the
    unit, the unit as an array of one, and room for the channels of a row as they are stored.
    """
    (pixels, spare, positions, stored), (colour, unit, _) = source, numbers
    channels, times = colour.shape[0], unit[0]
    width = pixels.shape[1] // stored
    for y in range(rows.shape[0]):
        at = positions[y]
        target = rows[y, left * channels : (left + width) * channels]
        row = pixels[at] if at >= 0 else spare[max(0, OUTSIDE - 1 - at)]
        if at == OUTSIDE:
            fill(target, colour)
        else:
            for x in range(width):
                for k in range(channels):
                    target[x * channels + k] = row[x * stored + k] * times


@jit_loop
def load_packed(source, rows, left, numbers):  # type: ignore[no-untyped-def]
    """``load`` where every stored value is a channel."""
    (pixels, spare, positions, stored), (colour, unit, _) = source, numbers
    width, times = pixels.shape[1], unit[0]
    start = left * stored
    for y in range(rows.shape[0]):
        at = positions[y]
        target = rows[y, start : start + width]
        row = pixels[at] if at >= 0 else spare[max(0, OUTSIDE - 1 - at)]
        if at == OUTSIDE:
            fill(target, colour)
        else:
            for i in range(width):
                target[i] = row[i] * times


@jit_loop
def load_3_of_4(source, rows, left, numbers):  # type: ignore[no-untyped-def]
    """``load`` for Pillow's RGB: constants let it be vectorised.

    Packing the bytes first takes less than half of the time.
    """
    (pixels, spare, positions, _), (colour, unit, packed) = source, numbers
    width, times = pixels.shape[1] // 4, unit[0]
    for y in range(rows.shape[0]):
        at = positions[y]
        target = rows[y, left * 3 : (left + width) * 3]
        row = pixels[at] if at >= 0 else spare[max(0, OUTSIDE - 1 - at)]
        if at == OUTSIDE:
            fill(target, colour)
        else:
            for x in range(width):
                packed[3 * x] = row[4 * x]
                packed[3 * x + 1] = row[4 * x + 1]
                packed[3 * x + 2] = row[4 * x + 2]
            for i in range(3 * width):
                target[i] = packed[i] * times


def loader(stored: int, channels: int) -> JitLoop:
    """Return the quickest loop that loads pixels with ``stored`` values for their channels."""
    if stored == channels:
        return load_packed
    return load_3_of_4 if (stored, channels) == (4, 3) else load


@jit_loop
def pad(rows, channels, left, width, columns, colour):  # type: ignore[no-untyped-def]
    """Fill the margins: columns[m] is the column that margin m repeats, or OUTSIDE for ``colour``.

    The first ``left`` margins lie before the picture's ``width`` columns, the others behind them.
    """
    for y in range(rows.shape[0]):
        row = rows[y]
        for m in range(columns.shape[0]):
            at = (m if m < left else m + width) * channels
            repeated = (left + columns[m]) * channels
            for k in range(channels):
                row[at + k] = colour[k] if columns[m] == OUTSIDE else row[repeated + k]


@jit_loop
def clear_hidden(rows, left, width, weighting):  # type: ignore[no-untyped-def]
    """Set colours to 0 where alpha is 0, before ``premultiply``: they may be NaN or infinite."""
    colours, alpha, _ = weighting
    channels = colours.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y, left * channels : (left + width) * channels]
        for x in range(0, row.shape[0], channels):
            if row[x + alpha] == 0:
                for k in range(channels):
                    if colours[k]:
                        row[x + k] = 0


@jit_loop
def premultiply(rows, positions, left, width, weighting):  # type: ignore[no-untyped-def]
    """Multiply the channels marked in ``colours`` by alpha / maximum.

    ``weighting`` is (colours, alpha, maximum). Rows OUTSIDE hold a premultiplied colour already.
    """
    colours, alpha, maximum = weighting
    channels = colours.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y, left * channels : (left + width) * channels]
        if positions[y] != OUTSIDE:
            for x in range(0, row.shape[0], channels):
                share = row[x + alpha] / maximum
                for k in range(channels):
                    if colours[k]:
                        row[x + k] *= share


@jit_loop
def unpremultiply(rows, weighting, hidden):  # type: ignore[no-untyped-def]
    """Divide the channels marked in ``colours`` by alpha / maximum.

    They are 0 where alpha lies between the two values of ``hidden``.
    """
    (colours, alpha, maximum), (low, high) = weighting, hidden
    channels = colours.shape[0]
    for y in range(rows.shape[0]):
        row = rows[y]
        for x in range(0, row.shape[0], channels):
            share, is_hidden = row[x + alpha] / maximum, low < row[x + alpha] < high
            for k in range(channels):
                if colours[k]:
                    row[x + k] = 0 if is_hidden else row[x + k] / share


@jit_loop
def copy(source, target):  # type: ignore[no-untyped-def]
    """target = source, from the first row on: they may overlap if ``target`` begins first."""
    for y in range(source.shape[0]):
        for i in range(source.shape[1]):
            target[y, i] = source[y, i]
