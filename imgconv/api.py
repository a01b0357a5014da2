"""The library: one function that takes a picture and a filter and gives a picture."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, Unpack, overload

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from imgconv import images
from imgconv.errors import ReadError, UsageError
from imgconv.execution.executor import filter_pixels
from imgconv.formats.thumbnails import fit_exif
from imgconv.images.frames import decoded, filterable, to_image, to_pixels
from imgconv.images.orientation import as_seen, orientation_of
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.checks import is_masked
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import ApplyOptions, Settings, make_settings

Array = TypeVar("Array", bound=NDArray[Any])

FilterLike = str | Kernel | Sequence[str | Kernel]

# The options that are texts; None stands for the default of the latter ones.
_TEXTS = ("border", "extent", "range", "channels", "engine")


@overload
def apply(picture: Image, filter: FilterLike, **options: Unpack[ApplyOptions]) -> Image: ...
@overload
def apply(picture: Array, filter: FilterLike, **options: Unpack[ApplyOptions]) -> Array: ...
def apply(
    picture: Image | NDArray[Any], filter: FilterLike, **options: Unpack[ApplyOptions]
) -> Image | NDArray[Any]:
    """Filter a picture and return one of the same kind.

    ``picture`` is a Pillow image, or an array of shape (height, width) or (height, width, channels)
    and type uint8, uint16 or float32. All channels of an array are filtered; float32 is neither
    clamped nor rounded. In an image, alpha is carried, or weighs the colours where the filter
    averages; palettes come back as RGB, black and white as grey; ``info`` is kept. The mode ``I``
    may hold 0 to 65535. An image that its EXIF turns is filtered as it is seen, and stays turned.

    ``filter`` is a text as on the command line (``"gaussian:2,sobel"``), a ``Kernel``, or a list of
    them, applied one after the other. The options:

    - ``border``: ``edge`` (default), ``constant[:colour]``, ``reflect``, ``mirror`` or ``wrap``
    - ``extent``: ``same`` (default), ``valid`` or ``full``
    - ``range``: ``clamp``, ``abs``, ``offset`` or ``stretch`` in place of the filter's own rule;
      they change alpha only where ``channels`` names it
    - ``channels``: the channels of an image to filter, as in ``"r,g"``
    - ``engine``: the name of one, in place of the planner's choice
    - ``tolerance``: the largest error of a value before rounding, in levels of 255 (default 0.5);
      0 asks for the exact result
    - ``threads``: how many cores to use, by default all
    - ``straight_alpha``: do not weigh colours by alpha
    - ``linear``: filter linear light in place of levels, by the transfer functions of the image's
      ICC profile or else, as for arrays, by that of sRGB; Pillow tells no cICP of a PNG, so give
      its four bytes as ``image.info["code_points"]``

    Raises ``imgconv.ImgconvError``, which is a ``ValueError`` where an argument is at fault.
    """
    _check_options(options)
    settings, filters = make_settings(**options), _filters(filter)
    if isinstance(picture, np.ndarray):
        return _apply_to_array(picture, filters, settings)
    return _apply_to_image(picture, filters, settings)


def _check_options(options: Mapping[str, object]) -> None:
    for name, value in options.items():
        if name not in ApplyOptions.__annotations__:
            raise TypeError(f"apply() got an unexpected keyword argument '{name}'")
        is_optional = name in ("range", "channels", "engine") and value is None
        if name in _TEXTS and not isinstance(value, str) and not is_optional:
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
        info = {str(key): value for key, value in picture.info.items()}
        curves = images.transfer.curves_of_info(info) if settings.linear else {}
    except ReadError as error:
        raise UsageError(error.problem, error.remedy) from error
    pixels, filters = to_pixels(image), as_seen(filters, orientation_of(info))
    pixels = pixels._replace(curves=curves)
    result = to_image(filter_pixels(pixels, filters, settings).pixels, image.mode)
    result = result.convert("I") if picture.mode == "I" else result
    # What was transparent by its colour is so by its alpha now.
    result.info = {key: value for key, value in picture.info.items() if key != "transparency"}
    if result.info.get("exif"):
        result.info["exif"] = fit_exif(result.info["exif"], result)[0]
    return result


def _apply_to_array(array: NDArray[Any], filters: list[Filter], settings: Settings) -> NDArray[Any]:
    if is_masked(array):
        raise UsageError("a masked array cannot be filtered", "fill it first: picture.filled(0)")
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
