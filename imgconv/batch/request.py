"""The request of a run: everything that is done to each picture."""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv import batch, images
from imgconv.batch.task import Task
from imgconv.batch.tasks import format_of
from imgconv.execution.repetition import ONCE, Repetition
from imgconv.formats import Format
from imgconv.formats.deep import mode_name
from imgconv.formats.registry import FormatRow, storage_mode
from imgconv.images.colour import check_colour
from imgconv.images.frames import frame_pixels, one_pixel, pixels_frame
from imgconv.images.modes import filtered_mode
from imgconv.images.pixels import MAXIMUM, Frame, Pixels
from imgconv.planning.settings import Settings
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter

# The share of clipped values above which it is reported: of a shipped filter, whose result is known
# to people, and of their own kernels, which may lack a scale.
MUCH_CLIPPED, SOME_CLIPPED = 0.25, 0.01

_TYPES = {8: "uint8", 16: "uint16"}


class Conversion(NamedTuple):
    """The background, a colour as in ``images/colour.py``, and the bits of a value, 8 or 16.

    None leaves transparency or depth as it is. A new depth is made of the filter's float result,
    so that values are rounded once.
    """

    background: str | None = None
    depth: int | None = None

    def prepare(self, pixels: Pixels) -> Pixels:
        """Return the pixels to filter: float32 of the same levels if their depth will change."""
        if self.depth is None or pixels.is_float or self._has_depth(pixels):
            return pixels
        return images.depth.as_floats(pixels)

    def finish(self, pixels: Pixels) -> Pixels:
        """Return the pixels to write; raises ``UsageError`` for a colour that does not fit."""
        if self.background is not None and pixels.alpha is not None:
            pixels = images.depth.flatten(pixels, self.background)
        if self.depth is not None and not self._has_depth(pixels):
            pixels = images.depth.to_depth(pixels, _TYPES[self.depth])
        return pixels

    def clipped_share(self, pixels: Pixels) -> float:
        """Return the share of a result's values that the depth clips, by more than rounding."""
        if self.depth is None or self._has_depth(pixels):
            return 0.0
        level = pixels.maximum / MAXIMUM[_TYPES[self.depth]]
        return images.depth.share_outside(pixels, level)

    def check_format(self, frame: Frame, gray: bool, target: Format) -> None:
        """Raise ``WriteError`` where ``target`` cannot hold the converted frame.

        A single pixel is converted for that, before the frame is filtered.
        """
        if self == Conversion() and not isinstance(frame, Pixels):
            storage_mode(target, filtered_mode(frame, gray))
            return
        pixels = self.prepare(frame_pixels(one_pixel(frame), gray))
        made = pixels_frame(self.finish(pixels))
        if isinstance(made, Pixels):
            storage_mode(target, mode_name(made.channels, made.array.dtype.name))
        else:
            storage_mode(target, made.mode)

    def _has_depth(self, pixels: Pixels) -> bool:
        name = pixels.array.dtype.name
        return name == _TYPES.get(self.depth or 0) and pixels.maximum == MAXIMUM[name]


class LazyFilters(Sequence["Filter"]):
    """Filters that ``make`` returns when they are first used; a replayed run needs none."""

    def __init__(self, make: "Callable[[], Sequence[Filter]]") -> None:
        self._make = make

    @cached_property
    def _filters(self) -> "Sequence[Filter]":
        return self._make()

    def __getitem__(self, at: Any) -> Any:
        """Return a filter, or several."""
        return self._filters[at]

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._filters)


class Request(NamedTuple):
    """The filters, how they are applied, and how the result is written.

    ``gray_by`` is the rule by which the picture becomes grey first: see ``images.depth.gray_by``.
    ``frame`` is the number of the only frame to filter, counted from 0. Clipping is reported of a
    larger share of the values than ``clipping``.
    """

    filters: "Sequence[Filter]"
    settings: Settings = Settings()
    gray_by: str | None = None
    format: FormatRow | None = None
    quality: int | None = None
    strip: bool = False
    frame: int | None = None
    conversion: Conversion = Conversion()
    upright: bool = False
    drop_extras: bool = False
    clipping: float = MUCH_CLIPPED
    repetition: Repetition = ONCE

    def format_for(self, task: Task) -> FormatRow | None:
        """Return the output format, or None where it is the input's, as in a pipe or in place."""
        if self.format or task.target == PIPE or task.in_place:
            return self.format
        return format_of(task.target)

    @property
    def is_streamed(self) -> bool:
        """Whether pictures of a film are filtered one by one, as they come."""
        return self.repetition.is_chain and self.mean_gray is None

    @property
    def mean_gray(self) -> str | None:
        """The rule of a grey that is a mean of colours, in floats; None for other pictures."""
        return None if self.gray_by == "luma" else self.gray_by

    def check(self) -> None:
        """Raise ``UsageError`` for options that are wrong for every picture."""
        settings = self.settings
        len(self.filters)  # a lazy sequence makes its filters now
        self.repetition.check(settings)
        if self.repetition.draws:
            batch.states.check_probabilities(self.filters)
        check_colour(settings.border.colour)
        check_colour(self.conversion.background or "")
        if settings.engine is not None:
            from imgconv.engines.base import PlanOptions
            from imgconv.planning.planner import make_plan

            make_plan(self.filters, PlanOptions(settings.engine, settings.tolerance))
