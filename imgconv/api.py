"""The library: one function that takes a picture and a filter and gives a picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from imgconv import library
from imgconv.border import Border
from imgconv.errors import WordsError
from imgconv.filter import Filter
from imgconv.filtering import Settings, filter_pixels
from imgconv.kernel import Kernel
from imgconv.picture import MAXIMUM, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

Array = TypeVar("Array", bound=NDArray[Any])
FilterLike = str | Kernel | Sequence[str | Kernel]


@overload
def apply(picture: Image, filter: FilterLike, **options: Any) -> Image: ...
@overload
def apply(picture: Array, filter: FilterLike, **options: Any) -> Array: ...


def apply(  # type: ignore[misc]
    picture: Image | NDArray[Any],
    filter: FilterLike,
    *,
    border: str = "edge",
    extent: str = "same",
    range: str | None = None,
    channels: str | None = None,
    engine: str | None = None,
    threads: int | None = None,
) -> Image | NDArray[Any]:
    """Filter a picture; gives back the same kind.

    ``picture`` is a Pillow image or an array of shape (height, width) or (height, width, channels)
    and type uint8, uint16 or float32. Float arrays are neither clamped nor rounded. Every channel
    of an array is filtered alike; in a Pillow image alpha is carried, or weighs the colours where
    the filter averages, and palettes and black-and-white pictures come back as RGB and grey.

    ``filter`` is the text that the command line takes (``"gaussian:2,sobel"``), a ``Kernel``, or a
    list of them, applied one after the other. ``border`` is ``edge``, ``constant[:colour]``,
    ``reflect``, ``mirror`` or ``wrap``; ``extent`` is ``same``, ``valid`` or ``full``; ``range`` is
    ``clamp``, ``abs``, ``offset`` or ``stretch`` in place of what the filter declares;
    ``channels`` names the channels of a Pillow image to filter, as in ``"r,g"``; ``threads`` is how
    many cores to use, all of them unless said.

    Raises ``imgconv.ImgconvError``, which is a ``ValueError`` where the arguments are at fault.
    """
    settings = Settings(
        border=Border.parse(border),
        extent=extent,
        range=range,
        channels=frozenset(channels.split(",")) if channels else None,
        engine=engine,
        threads=threads,
    )
    filters = _filters(filter)
    if isinstance(picture, np.ndarray):
        return _apply_to_array(picture, filters, settings)
    from imgconv.modes import filterable, to_image, to_pixels

    image = filterable(picture)
    return to_image(filter_pixels(to_pixels(image), filters, settings).pixels, image.mode)


def _filters(filter: FilterLike) -> list[Filter]:
    if isinstance(filter, str):
        return library.find(filter)
    if isinstance(filter, Kernel):
        return [Filter("kernel", (filter,))]
    return [found for link in filter for found in _filters(link)]


def _apply_to_array(array: NDArray[Any], filters: list[Filter], settings: Settings) -> NDArray[Any]:
    if array.dtype.name not in MAXIMUM:
        raise WordsError(
            f"arrays of {array.dtype} cannot be filtered", f"convert to {', '.join(MAXIMUM)}"
        )
    if array.ndim not in (2, 3) or array.size == 0:
        raise WordsError(
            f"an array of shape {array.shape} is no picture",
            "give (height, width) or (height, width, channels)",
        )
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    stacked = np.ascontiguousarray(native if array.ndim == 3 else native[..., None])
    channels = tuple(str(position) for position in np.arange(stacked.shape[2]))
    result = filter_pixels(Pixels(stacked, channels), filters, settings).pixels.array
    return result if array.ndim == 3 else result[..., 0]
