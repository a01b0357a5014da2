"""Colours as numbers, and the choice of few colours that are near all of a drawing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int32]

_ALL = 1 << 24


def colour_numbers(image: Any) -> Numbers:
    """Return each pixel of an RGB image as one number: red * 65536 + green * 256 + blue."""
    red, green, blue = np.moveaxis(np.asarray(image), -1, 0).astype(np.int32)
    numbers: Numbers = red << 16 | green << 8 | blue
    return numbers


def _colours(numbers: Numbers) -> NDArray[np.int32]:
    return np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255], axis=-1)


class Palette:
    """Up to ``room`` colours that are near all colours of ``frames``.

    Each colour is the one that is farthest from those before it (Gonzalez, "Clustering to minimize
    the maximum intercluster distance", 1985), so that the largest error is small. That suits
    drawings, whose thin lines other methods sacrifice.
    """

    def __init__(self, frames: Iterable[Any], room: int) -> None:
        occurs = np.zeros(_ALL, bool)
        for frame in frames:
            occurs[colour_numbers(frame)] = True
        colours, chosen = _colours(np.flatnonzero(occurs).astype(np.int32)), [0]
        away = np.abs(colours - colours[0]).max(axis=1)
        while away.any() and len(chosen) < room:
            chosen.append(int(away.argmax()))
            away = np.minimum(away, np.abs(colours - colours[chosen[-1]]).max(axis=1))
        self._chosen = colours[chosen]
        # The index of every colour that has been met, and ``room`` for others.
        self._unknown = np.uint8(room)
        self._indices = np.full(_ALL, self._unknown)

    @property
    def data(self) -> bytes:
        """Red, green and blue of each colour."""
        return self._chosen.astype(np.uint8).tobytes()

    def indices(self, image: Any) -> NDArray[np.uint8]:
        """Return the index of the nearest colour of each pixel."""
        numbers = colour_numbers(image)
        found = self._indices[numbers]
        unknown = found == self._unknown
        if unknown.any():
            for number in np.unique(numbers[unknown]):
                away = np.abs(self._chosen - _colours(number)).max(axis=1)
                self._indices[number] = away.argmin()
            found = self._indices[numbers]
        return found
