"""The library: one function that takes a picture and a filter and gives a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

from imgconv import images
from imgconv.errors import ReadError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.images.orientation import as_seen, orientation_of
from imgconv.images.pixels import MAXIMUM, Pixels, parse_channels
from imgconv.kernels import library
from imgconv.kernels.border import Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import TOLERANCE, Settings

if TYPE_CHECKING:
    from PIL.Image import Image

    from imgconv.images.transfer import Curve


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
    tolerance: float = TOLERANCE,
    threads: int | None = None,
    straight_alpha: bool = False,
    linear: bool = False,
) -> Image | NDArray[Any]:
    """Filter a picture; gives back the same kind.

    ``picture`` is a Pillow image or an array of shape (height, width) or (height, width, channels)
    and type uint8, uint16 or float32. Float arrays are neither clamped nor rounded. Every channel
    of an array is filtered alike; in a Pillow image alpha is carried, or weighs the colours where
    the filter averages, and palettes and black-and-white pictures come back as RGB and grey. Its
    ``info`` is kept. The mode ``I`` may hold 0 to 65535.

    ``filter`` is the text that the command line takes (``"gaussian:2,sobel"``), a ``Kernel``, or a
    list of them, applied one after the other. ``border`` is ``edge``, ``constant[:colour]``,
    ``reflect``, ``mirror`` or ``wrap``; ``extent`` is ``same``, ``valid`` or ``full``; ``range`` is
    ``clamp``, ``abs``, ``offset`` or ``stretch`` in place of what the filter declares;
    ``channels`` names the channels of a Pillow image to filter, as in ``"r,g"``. ``tolerance`` is
    how far a result may be from the exact one before it is rounded, in levels of 255; 0 asks for
    the exact one. ``threads`` is how many cores to use, all of them unless said. With
    ``straight_alpha`` alpha weighs nothing. With ``linear`` light is filtered in place of levels,
    by the curves of the picture's own ICC profile, or else, as in arrays, by that of sRGB.

    A Pillow image that is stored turned, by what its EXIF says, stays so, and is filtered as it is
    seen: left and right, above and below are those of the upright picture.

    Raises ``imgconv.ImgconvError``, which is a ``ValueError`` where the arguments are at fault.
    """
    texts = {"border": border, "extent": extent}
    chosen = {"range": range, "channels": channels, "engine": engine}
    _check_texts(texts | {name: text for name, text in chosen.items() if text is not None})
    settings = Settings(
        border=Border.parse(border),
        extent=extent,
        range=range,
        channels=parse_channels(channels) if channels else None,
        engine=engine,
        tolerance=tolerance,
        threads=threads,
        straight_alpha=straight_alpha,
        linear=linear,
    )
    filters = _filters(filter)
    if isinstance(picture, np.ndarray):
        return _apply_to_array(picture, filters, settings)
    return _apply_to_image(picture, filters, settings)


def _check_texts(options: Mapping[str, object]) -> None:
    for name, value in options.items():
        if not isinstance(value, str):
            raise UsageError(
                f"{name} is of the type {type(value).__name__}",
                f"give a text, as for --{name} on the command line",
            )


def _filters(filter: FilterLike) -> list[Filter]:
    if isinstance(filter, str):
        return library.find(filter)
    if isinstance(filter, Kernel):
        return [Filter("kernel", (filter,))]
    if not isinstance(filter, Sequence):
        raise UsageError(
            f"filter is of the type {type(filter).__name__}",
            "give a text, an imgconv.Kernel, or a list of these",
        )
    return [found for link in filter for found in _filters(link)]


def _apply_to_image(picture: Image, filters: Sequence[Filter], settings: Settings) -> Image:
    from PIL.Image import Image

    from imgconv.images.frames import decoded, filterable, to_image, to_pixels

    if not isinstance(picture, Image):
        raise UsageError(
            f"picture is of the type {type(picture).__name__}",
            "give a Pillow image or a NumPy array",
        )
    if 0 in picture.size:
        raise UsageError(
            f"an image of {picture.width}x{picture.height} is no picture", "give one with pixels"
        )
    try:
        image = filterable(decoded(picture))
    except ReadError as error:
        raise UsageError(error.problem, error.remedy) from error
    info = {str(key): value for key, value in picture.info.items()}
    pixels, filters = to_pixels(image), as_seen(filters, orientation_of(info))
    if settings.linear:
        pixels = pixels._replace(curves=_curves_of(info))
    result = to_image(filter_pixels(pixels, filters, settings).pixels, image.mode)
    result = result.convert("I") if picture.mode == "I" else result
    # What was transparent by its colour is so by its alpha now.
    result.info = {key: value for key, value in picture.info.items() if key != "transparency"}
    return result


def _curves_of(info: Mapping[str, Any]) -> Mapping[str, Curve]:
    try:
        return images.transfer.curves_of_info(info)
    except ReadError as error:
        raise UsageError(error.problem, error.remedy) from error


def _apply_to_array(array: NDArray[Any], filters: list[Filter], settings: Settings) -> NDArray[Any]:
    if array.dtype.name not in MAXIMUM:
        raise UsageError(
            f"arrays of {array.dtype} cannot be filtered", f"convert to {', '.join(MAXIMUM)}"
        )
    if array.ndim not in (2, 3) or array.size == 0:
        raise UsageError(
            f"an array of shape {array.shape} is no picture",
            "give (height, width) or (height, width, channels)",
        )
    native = array.astype(array.dtype.newbyteorder("="), copy=False)
    stacked = np.ascontiguousarray(native if array.ndim == 3 else native[..., None])
    channels = tuple(str(position) for position in np.arange(stacked.shape[2]))
    result = filter_pixels(Pixels(stacked, channels), filters, settings).pixels.array
    return result if array.ndim == 3 else result[..., 0]
