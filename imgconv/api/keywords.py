"""The keywords of ``imgconv.apply``: the types of its options, their defaults, and their checks."""

import re
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from imgconv.errors import ImgconvError, UsageError
from imgconv.execution.repetition import LIMITS, Repetition
from imgconv.kernels.filter import KernelChanges
from imgconv.planning.settings import ApplyOptions, Settings

NormalizationName = Literal["none", "sum", "abs", "size", "softmax"]
GrayName = Literal["luma", "mean", "mean-max"]


class FilterParameters(TypedDict, total=False):
    """The parameters of the included filters, for type checkers; dashes are underscores."""

    amount: float
    angle: float
    cut: float
    cutoff: float | str
    edge: str
    fx: float
    fy: float
    high: float
    length: float
    low: float
    neighbours: int
    order: float
    radius: float
    radius_y: float
    rate: float
    ratio: float
    sigma: float
    sigma_y: float
    threshold: float
    time: float


class Options(ApplyOptions, FilterParameters, total=False):
    """The options, beside the parameters of filters:

    - ``border``: ``edge`` (default), ``constant`` (0 in all channels), ``reflect``, ``mirror``,
      ``wrap`` or ``none``; also ``constant:white``, or ``constant:12`` in the values of the array
    - ``extent``: ``same`` (default), ``valid`` or ``full``
    - ``range``: ``clamp``, ``abs``, ``offset`` or ``stretch`` in place of the filter's own rule;
      they change alpha only where ``channels`` names it
    - ``channels``: the channels to filter, as in ``"r,g"`` of an image, ``"0,1"`` of an array
    - ``engine``: ``direct``, ``separable``, ``low-rank``, ``running``, ``pyramid`` or ``fourier``,
      in place of the planner's choice
    - ``tolerance``: the largest error of a value before rounding, in levels of 255 (default 0.5);
      0 asks for the exact result
    - ``threads``: how many cores to use, by default all
    - ``patience``: the seconds that the work may take by an estimate (default 600); more work is
      refused with a ``LimitError``
    - ``straight_alpha``: do not weigh colours by alpha
    - ``linear``: filter linear light in place of levels, by the transfer functions of the image's
      ICC profile or else, as for arrays, by that of sRGB; Pillow tells no cICP of a PNG, so give
      its four bytes as ``image.info["code_points"]``
    - ``mix``: the percentage of the result, 0 to 100, that is mixed with the picture
    - ``mask``: an image or an array of the picture's size, where white takes the result, black the
      picture, and grey a mixture; colours count by their grey, transparent pixels as black
    - ``region``: ``(x, y, width, height)`` or ``"X,Y,WxH"``; all pixels outside stay as they are
    - ``gray``: make the picture grey first; of an array, the first three channels are taken as red,
      green and blue, and (height, width, 3) becomes (height, width)
    - ``gray_by``: make it grey by another rule: ``luma``, as ``gray`` does; ``mean`` of red, green
      and blue; or ``mean-max``, their sum as a share of the largest of the picture. Means are not
      rounded before the filter
    - ``normalize``: rescale the weights: ``sum``, ``abs``, ``size`` or ``softmax``
    - ``flip``: turn the kernel by 180 degrees, which is convolution in the mathematical sense
    - ``scale``, ``offset``: divide the sum, then add in the values of the array (white is
      1 in floats, 65535 in uint16), in place of the kernel's own
    - ``repeat``: the number of times that the filter is applied, up to 10,000; nothing is rounded
      between
    - ``draws``: the number of random draws, up to a million. Each takes one of the pixels under the
      kernel, whose weights are the probabilities; the result is the mean of all draws
    - ``seed``: a whole number; calls with the same seed draw the same pixels (default: random)
    """

    mask: Image | NDArray[Any] | None
    gray: bool
    normalize: NormalizationName | None
    flip: bool
    scale: float | None
    offset: float | None
    gray_by: GrayName | None
    repeat: int
    draws: int | None
    seed: int | None


# For each option: its default, as in a signature.
DEFAULTS: Mapping[str, object] = {
    **Settings()._asdict(),
    **KernelChanges()._asdict(),
    "border": Settings().border.name,
    "gray": False,
    "gray_by": None,
    **{name: Repetition()._asdict()[name] for name in LIMITS},
    "mix": None,
    "mask": None,
    "region": None,
}
NAMES = [name for name in Options.__annotations__ if name in DEFAULTS]
_TEXTS = ("border", "extent", "range", "channels", "engine", "normalize", "gray_by")
_SWITCHES = ("straight_alpha", "linear", "gray", "flip")


def check_types(options: Mapping[str, object]) -> None:
    """Raise ``UsageError`` for an option of another type, where nothing later does."""
    for name, value in options.items():
        is_default = value is None and DEFAULTS[name] is None
        if name in _TEXTS and not isinstance(value, str) and not is_default:
            remedy = "give a text"
        elif name in _SWITCHES and not isinstance(value, (bool, np.bool_)):
            remedy = "give True or False"
        else:
            continue
        raise UsageError(f"{name} is of the type {type(value).__name__}", remedy)


def in_keywords(error: ImgconvError) -> ImgconvError:
    """Return the error with names of keywords, as ``border``, in place of options, as --border."""

    def keyword(option: re.Match[str]) -> str:
        name = option[1].replace("-", "_")
        return name if name in NAMES else option[0]

    problem, remedy = (
        re.sub(r"(?<!\S)--([a-z-]+)", keyword, text) for text in (error.problem, error.remedy)
    )
    return type(error)(problem, remedy.replace("'imgconv filters'", "imgconv.filters()"))
