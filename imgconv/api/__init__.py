"""The library: a picture and a filter to a picture, and the filters that it knows."""

from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from inspect import Parameter as Argument
from inspect import Signature
from numbers import Integral, Real
from typing import Any, NamedTuple, Self, TypeAlias, TypeVar, Unpack, get_args, overload

import numpy as np
from numpy.typing import NDArray
from PIL.Image import Image

from imgconv import images
from imgconv.api import keywords
from imgconv.api.keywords import GrayName, Options
from imgconv.errors import (
    DamagedError,
    ImgconvError,
    ParameterError,
    ReadError,
    UsageError,
    suggestion,
)
from imgconv.execution.executor import filter_pixels
from imgconv.execution.layout import Layout
from imgconv.execution.repeat import repeated
from imgconv.execution.repetition import LIMITS, Repetition
from imgconv.execution.snapshot_cache import FreeList
from imgconv.formats.frame_codec import DECODING_ERRORS
from imgconv.formats.thumbnails import fit_exif
from imgconv.images.arrays import array_to_pixels, pixels_to_array
from imgconv.images.frames import decoded, filterable, to_image, to_pixels
from imgconv.images.modes import MODES
from imgconv.images.orientation import UPRIGHT, as_seen, orientation_of
from imgconv.images.pixels import Pixels
from imgconv.kernels import library, other_names
from imgconv.kernels.checks import is_masked
from imgconv.kernels.filter import Declaration, Filter, KernelChanges
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings, make_settings
from imgconv.study.draws import drawn

Array = TypeVar("Array", bound=NDArray[np.integer[Any] | np.floating[Any]])

# Rows of weights, or a chain of filters: one type, as type checkers infer that of a list from it.
_Rows: TypeAlias = Sequence[float | Sequence[float]]
_Link: TypeAlias = str | Declaration | Kernel | NDArray[Any]
FilterLike: TypeAlias = _Link | Sequence[_Link | _Rows]

# The layout of the last small picture serves the next one of its kind, which halves a call. A large
# one gains nothing by it, and a large picture or kernel would leave much memory in use.
_layouts = FreeList[Layout]()
_MOST_VALUES, _MOST_ROWS = 2**16, 64


@overload
def apply(picture: Image, filter: FilterLike, **options: Unpack[Options]) -> Image: ...
@overload
def apply(picture: Array, filter: FilterLike, **options: Unpack[Options]) -> Array: ...
@overload
def apply(
    picture: NDArray[np.bool_], filter: FilterLike, **options: Unpack[Options]
) -> NDArray[np.float32]: ...
def apply(
    picture: Image | NDArray[Any], filter: FilterLike, **options: Unpack[Options]
) -> Image | NDArray[Any]:
    """Filter a picture, and return the result as a picture of the same kind.

    >>> edges = apply(picture, "gaussian:2,sobel", border="mirror")
    >>> soft = apply(picture, "gaussian", sigma=2)
    >>> sharp = apply(picture, [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])

    ``picture`` is a Pillow image, or an array of shape (height, width) or (height, width,
    channels), all of which are filtered. The result has the type of the array:

    - ``uint8``, ``uint16``: rounded once, half up, and clamped to 0 .. 255 or 65535
    - ``float32``: neither rounded nor clamped; 1 is white; NaN and infinity spread as far as the
      weights that are not 0, without a warning
    - ``float64``, ``float16``: the same; sums are made in float32, which has 24 bits
    - ``bool``: True is 1, and the result is float32
    - other integers: rounded and clamped to the limits of their type; values go up to 2^24, and
      sums beyond that are rounded to the 24 bits of float32; white is 255 where a rule or a colour
      needs it

    In an image, alpha is carried, or weighs the colours where the filter averages; palettes, YCbCr
    and HSV come back as RGB, black and white as grey; ``info`` is kept. The mode ``I`` may hold 0
    to 65535. Of an animation, the frame is filtered that ``seek`` chose. An image that its EXIF
    turns is filtered as it is seen, and stays turned.

    ``filter`` is a text as on the command line (``"gaussian:2,sobel"``), one of
    ``imgconv.filters()``, a ``Kernel``, rows of weights, or a list of these, applied one after the
    other. Parameters of filters are given by keyword, as are the options below.

    Raises ``imgconv.ImgconvError``, which is a ``ValueError`` where an argument is at fault.
    """
    try:
        with np.errstate(all="ignore"):  # NaN and infinity are values, whatever NumPy is set to do
            return _apply(picture, filter, options)
    except ImgconvError as error:
        # The traceback ends here: the frames below say nothing about the caller's mistake.
        raise keywords.in_keywords(error) from None


class _Default:
    """The default of a parameter, which each filter has its own of, as a signature shows it."""

    def __repr__(self) -> str:
        return "..."


def _signature() -> Signature:
    """Return the arguments one by one, without their types, which the text says."""
    arguments = [Argument(name, Argument.POSITIONAL_OR_KEYWORD) for name in ("picture", "filter")]
    options = {name: keywords.DEFAULTS[name] for name in keywords.NAMES}
    options |= dict.fromkeys(keywords.FilterParameters.__annotations__, _Default())
    for name, default in options.items():
        arguments.append(Argument(name, Argument.KEYWORD_ONLY, default=default))
    return Signature([*arguments, Argument("parameters", Argument.VAR_KEYWORD)])


# For ``help`` and notebooks, which do not look into ``Options``.
vars(apply)["__signature__"] = _signature()
if apply.__doc__ and Options.__doc__:  # neither with python -OO
    apply.__doc__ += f"\n    {Options.__doc__}"


def filters() -> dict[str, Declaration]:
    """Return all filters by name, yours included.

    Each has a ``summary``, a ``group``, ``aliases`` and ``parameters``, of which each has a
    ``name``, a ``summary``, a ``default``, a ``minimum`` and a ``maximum``.

    >>> filters()["laplacian"].summary
    'Laplacian: the sum of 4 or 8 neighbours minus 4 or 8 times the middle'
    >>> filters()["laplacian"].parameters[0].description
    '4 at the sides, or 8 with the corners (default 4; 4 or 8)'
    """
    return {declared.name: declared for declared in library.declarations()}


def _apply(picture: object, filter: object, given: Mapping[str, Any]) -> Image | NDArray[Any]:
    options = {name: value for name, value in given.items() if name in keywords.NAMES}
    keywords.check_types(options)
    if not isinstance(picture, (Image, np.ndarray)):
        raise UsageError(
            f"picture is of the type {type(picture).__name__}",
            "give a Pillow image or a NumPy array",
        )
    _check_parameters(filter, given.keys() - options.keys())
    parameters = {
        name.replace("_", "-"): _text_of(name, value)
        for name, value in given.items()
        if name not in options
    }
    changes = {name: options.pop(name) for name in KernelChanges._fields if name in options}
    how = _Treatment.of(options)
    found = KernelChanges(**changes).of([*_filters(filter, parameters)])
    if isinstance(picture, np.ndarray):
        return _apply_to_array(picture, found, how)
    return _apply_to_image(picture, found, how)


class _Treatment(NamedTuple):
    """How filters are applied, how often, and the rule by which the picture becomes grey first."""

    settings: Settings
    repetition: Repetition
    gray_by: GrayName | None

    @classmethod
    def of(cls, options: dict[str, Any]) -> Self:
        """Return what the options of a call ask for; raises ``UsageError``."""
        gray_by = _gray_rule(options.pop("gray", False), options.pop("gray_by", None))
        numbers = {name: options.pop(name) for name in LIMITS if name in options}
        repetition = Repetition.of(**numbers)
        if isinstance(options.get("mask"), Image):
            options["mask"] = _decoded(options["mask"], "mask")
        settings = make_settings(**options)
        repetition.check(settings)
        return cls(settings, repetition.seeded(), gray_by)

    def filtered(
        self, pixels: Pixels, filters: Sequence[Filter], orientation: int = UPRIGHT
    ) -> Pixels:
        """Return the last state of pixels that are stored in an orientation."""
        filters, repetition = as_seen(filters, orientation), self.repetition
        settings = self.settings.for_stored(orientation, pixels.size)
        if repetition.is_chain:
            rows = max((kernel.height for each in filters for kernel in each.kernels), default=0)
            is_small = pixels.array.size <= _MOST_VALUES and rows <= _MOST_ROWS
            layouts = _layouts if is_small else None
            links = repetition.chain(filters)
            return filter_pixels(pixels, links, settings, layouts=layouts).pixels
        if repetition.draws:
            links = [*filters] * repetition.repeat
            draws = drawn(pixels, links, settings, repetition.draws, repetition.seed or 0)
            return deque(draws, maxlen=1).pop().pixels
        args = pixels, filters, settings, repetition.repeat, None
        made = repeated(*args, progress=lambda done, total: None)
        return deque(made, maxlen=1).pop().filtered.pixels


def _gray_rule(gray: bool, rule: GrayName | None) -> GrayName | None:
    """Return the rule of grey, None for a picture that keeps its colours."""
    names = get_args(GrayName)
    if rule is not None and rule not in names:
        raise UsageError(f"no rule of grey is called '{rule}'", f"choose from {', '.join(names)}")
    return rule or ("luma" if gray else None)


def _text_of(name: str, value: object) -> str:
    """Return the value of a parameter as on the command line."""
    if isinstance(value, Real) and not isinstance(value, Integral):
        number = float(value)
        return str(int(number) if number.is_integer() else number)
    if not isinstance(value, (str, Integral)):
        raise UsageError(f"{name} is of the type {type(value).__name__}", "give a number")
    return str(value)


def _check_parameters(filter: object, given: Collection[str]) -> None:
    """Raise ``ParameterError`` for a keyword that no filter of a chain has as a parameter."""
    if not given:
        return
    declared = (each for found in _declarations(filter) for each in found.parameters)
    taken = sorted({each.name for each in declared})
    known = [name.replace("-", "_") for name in taken]
    for name in sorted(set(given).difference(known)):
        meant = other_names.keyword_meant(name, taken)
        near = suggestion(name, sorted({*keywords.NAMES, *known}))
        remedy = f"write {meant.replace('-', '_')}" if meant else near
        raise ParameterError(f"apply() knows no '{name}' for this filter", remedy)


def _declarations(filter: object) -> Iterator[Declaration]:
    if isinstance(filter, Declaration):
        yield filter
    elif isinstance(filter, str):
        yield from library.declarations_of(filter)
    elif isinstance(filter, Sequence):
        for link in filter:
            yield from _declarations(link)


def _filters(filter: Any, parameters: Mapping[str, str]) -> Iterator[Filter]:
    if isinstance(filter, (str, Declaration)):
        name = filter if isinstance(filter, str) else filter.name
        yield from library.find(name, parameters)
    elif isinstance(filter, Kernel):
        yield Filter("kernel", (filter,))
    elif isinstance(filter, np.ndarray) or _is_rows(filter):
        yield Filter("kernel", (Kernel(filter),))
    elif isinstance(filter, Sequence) and not isinstance(filter, bytes):
        for link in filter:
            yield from _filters(link, parameters)
    else:
        raise UsageError(
            f"filter is of the type {type(filter).__name__}",
            "give a text, an imgconv.Kernel, rows of weights as in [[1, 2, 1]], or a list of these",
        )


def _is_rows(filter: Any) -> bool:
    """Return whether it is rows of numbers; a list of 2-D arrays is taken as several kernels."""
    return isinstance(filter, (list, tuple)) and len(filter) > 0 and all(map(_is_row, filter))


def _is_row(row: Any) -> bool:
    if isinstance(row, np.ndarray):
        return row.ndim == 1
    return isinstance(row, (list, tuple)) and all(isinstance(weight, Real) for weight in row)


def _apply_to_image(picture: Image, filters: Sequence[Filter], how: _Treatment) -> Image:
    if 0 in picture.size:
        raise UsageError(
            f"an image of {picture.width}x{picture.height} is no picture", "give one with pixels"
        )
    image = _decoded(picture, "image")
    try:
        image = filterable(image, how.gray_by == "luma")
        info = {str(key): value for key, value in picture.info.items()}
        curves = images.transfer.curves_of_info(info) if how.settings.linear else {}
    except ReadError as error:
        raise UsageError(error.problem, error.remedy) from error
    pixels, mode = to_pixels(image)._replace(curves=curves), image.mode
    if how.gray_by in (None, "luma"):
        made = how.filtered(pixels, filters, orientation_of(info))
    else:
        gray, mode = images.depth.gray_by(pixels, how.gray_by), MODES[mode].gray or mode
        made = how.filtered(gray, filters, orientation_of(info))
        made = images.depth.as_stored(made, pixels)
    result = to_image(made, mode)
    result = result.convert("I") if picture.mode == "I" else result
    # A transparent colour has become an alpha channel.
    result.info = {key: value for key, value in picture.info.items() if key != "transparency"}
    if result.info.get("exif"):
        result.info["exif"] = fit_exif(result.info["exif"], result)[0]
    return result


def _decoded(image: Image, name: str) -> Image:
    """Return an image with its pixels, which Pillow reads from the file when they are needed."""
    try:
        return decoded(image)
    except DECODING_ERRORS as error:
        raise DamagedError(
            f"the {name} cannot be decoded ({error})", "restore its file, or open it again"
        ) from error


def _apply_to_array(
    array: NDArray[Any], filters: Sequence[Filter], how: _Treatment
) -> NDArray[Any]:
    if is_masked(array):
        raise UsageError("a masked array cannot be filtered", "fill it first: picture.filled(0)")
    pixels, blend = array_to_pixels(array, how.gray_by), how.settings.blend
    result = pixels_to_array(how.filtered(pixels, filters), array)
    if blend and array.dtype == np.float64 and result.shape == array.shape:
        kept = images.mask.pixel_weights(blend.stored(UPRIGHT, pixels.size), pixels.size) == 0
        result[kept] = array[kept]  # with the bits that float32 has not
    return result
