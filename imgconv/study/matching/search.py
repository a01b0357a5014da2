"""A picture and a template, brought to the same channels and levels."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images import depth
from imgconv.images.mask import Mask
from imgconv.images.pixels import MAXIMUM, Pixels

Array = NDArray[np.float64]

# Depths from the coarsest to the finest, to which the coarser of two pictures is converted.
_DEPTHS = ("uint8", "uint16", "float32")

# A level of float pixels, of which 1 is white.
_FLOAT_UNIT = 255.0


class Search(NamedTuple):
    """A template that is looked for in a picture.

    ``picture`` (height, width, channels) is stored levels; ``template`` (h, w, channels) and the
    values of ``rows`` are these times ``unit``, minus ``middle``, a level of each channel. They are
    whole numbers unless ``is_float``. ``weights`` (h, w) are the mask: whole numbers, or None for
    equal weights. ``maximum`` is full brightness, in these levels.
    """

    picture: NDArray[Any]
    template: Array
    weights: Array | None
    middle: Array
    unit: float
    maximum: float
    is_float: bool

    @property
    def shape(self) -> tuple[int, int]:
        """The height and the width of the response: a value for each place of the template."""
        (height, width), (h, w) = self.picture.shape[:2], self.template.shape[:2]
        return height - h + 1, width - w + 1

    @property
    def weight(self) -> float:
        """The sum of the weights."""
        height, width, _ = self.template.shape
        return float(height * width if self.weights is None else self.weights.sum())

    def channels(self, part: tuple[slice, slice]) -> Iterator[tuple[Array, Array]]:
        """Yield for each channel the template, and a part of the picture, as float64."""
        for at in range(self.template.shape[2]):
            levels = self.picture[(*part, at)].astype(np.float64)
            if self.is_float:
                np.nan_to_num(levels, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
                levels *= self.unit
            levels -= self.middle[at]
            yield self.template[..., at], levels


def prepare(picture: Pixels, template: Pixels, mask: Mask | None, ignores_level: bool) -> Search:
    """Return the search for a template, whose mask is ``mask``, or else its alpha.

    ``ignores_level`` subtracts a middle level, for scores that do not change by that. Values that
    are not finite count as 0. Raises ``UsageError`` for sizes that do not fit.
    """
    _check_sizes(picture, template, mask)
    weights = _weights(template, mask)
    picture, template = in_common_format(picture, template)
    colours = len(picture.channels)
    unit = _FLOAT_UNIT if picture.is_float else 1.0
    stored = picture.array[..., :colours]
    middle = np.zeros(colours)
    if ignores_level:
        with np.errstate(invalid="ignore"):
            means = [float(stored[..., at].mean(dtype=np.float64)) for at in range(colours)]
        middle = np.rint(np.nan_to_num(means, posinf=0.0, neginf=0.0) * unit)
    levels = np.nan_to_num(template.array[..., :colours].astype(np.float64), posinf=0.0, neginf=0.0)
    maximum = picture.maximum * unit
    return Search(stored, levels * unit - middle, weights, middle, unit, maximum, picture.is_float)


def in_common_format(picture: Pixels, template: Pixels) -> tuple[Pixels, Pixels]:
    """Return both without alpha, in the same channels and the finer of their depths.

    Grey if one of them is, or if their channels differ.
    """
    both = [_without_alpha(depth.full_range(each)) for each in (picture, template)]
    if both[0].channels != both[1].channels:
        both = [depth.to_gray(each) for each in both]
    if both[0].channels != both[1].channels:
        names = " and ".join(",".join(each.channels) for each in both)
        raise UsageError(f"channels {names} cannot be compared", "convert both to grey or RGB")
    finest = max((each.array.dtype.name for each in both), key=_DEPTHS.index)
    first, second = (
        each if each.array.dtype.name == finest else depth.to_depth(each, finest) for each in both
    )
    return first, second


def _without_alpha(pixels: Pixels) -> Pixels:
    if pixels.alpha is None:
        return pixels
    names = pixels.colours
    places = [pixels.channels.index(name) for name in names]
    array = np.ascontiguousarray(pixels.array[..., places])
    return pixels._replace(array=array, channels=names, image=None)


def _check_sizes(picture: Pixels, template: Pixels, mask: Mask | None) -> None:
    if template.width > picture.width or template.height > picture.height:
        raise UsageError(
            f"the template of {template.width}x{template.height} does not fit into "
            f"{picture.width}x{picture.height}",
            "take a smaller template, by --cut",
        )
    if mask:
        mask.check_size(template.size, "template")


def _weights(template: Pixels, mask: Mask | None) -> Array | None:
    """Return the weights as whole numbers without a common factor, or None for equal ones."""
    if mask is not None:
        values, maximum = mask.values, mask.maximum
    elif template.alpha is not None:
        values, maximum = template.array[..., template.alpha], template.maximum
    else:
        return None
    scale = MAXIMUM["uint16"] if maximum == 1 and values.dtype.kind == "f" else 1.0
    levels = np.nan_to_num(np.asarray(values, np.float64)) * scale
    whole = np.rint(levels.clip(0, None)).astype(np.int64)
    if not whole.any():
        raise UsageError("the mask leaves nothing of the template", "give one that is not black")
    whole //= np.gcd.reduce(whole, axis=None)
    return None if (whole == 1).all() else whole.astype(np.float64)
