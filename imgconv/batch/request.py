"""The request of a run: everything that is done to each picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv import batch, images
from imgconv.batch.tasks import Task
from imgconv.errors import UsageError
from imgconv.formats import Format, registry
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
        return images.depth.clipped_share(pixels, _TYPES[self.depth])

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


class States(NamedTuple):
    """How often the filters are applied one after the other, and how often each is drawn.

    ``every`` so many repetitions or draws, a state becomes a frame of the output. Without ``draws``
    results are sums. The ``seed`` of draws is a whole number.
    """

    repeat: int = 1
    every: int | None = None
    draws: int | None = None
    seed: int | None = None

    @property
    def shown(self) -> int:
        """The number of states that are written."""
        return -(-(self.draws or self.repeat) // self.every) if self.every else 1

    @property
    def is_chain(self) -> bool:
        """Whether all repetitions run as one chain, as if they were written out."""
        return self.shown == 1 and not self.draws and self.repeat <= MOST_IN_CHAIN

    def chain(self, filters: Sequence[Filter]) -> Sequence[Filter]:
        """Return the filters of a request: repeated, unless they are run state by state."""
        return [*filters] * self.repeat if self.is_chain else filters

    def check(self, settings: Settings) -> None:
        """Raise ``UsageError`` for states that contradict each other or the settings."""
        if self.seed is not None and self.draws is None:
            raise UsageError("--seed is the seed of --draws", "give --draws as well")
        if self.every is not None and self.repeat == 1 and self.draws is None:
            raise UsageError("--every needs several states", "give --repeat or --draws as well")
        if self.draws and self.every and self.repeat > 1:
            raise UsageError("--every of --repeat draws is not clear", "leave out one of the three")
        if not self.is_chain and settings.blend:
            name = "--draws" if self.draws else f"--repeat above {MOST_IN_CHAIN} or --every"
            raise UsageError(
                f"{name} does not go with --mix, --mask or --region", "filter the whole picture"
            )


ONCE = States()

# The rules that make a picture grey.
GRAYS = {
    "luma": "brightness as people see it: 0.299 red + 0.587 green + 0.114 blue (BT.601)",
    "mean": "(red + green + blue) / 3, which is not rounded before it is filtered",
    "mean-max": "red + green + blue, so that the largest sum of a picture becomes white",
}

# Up to so many repetitions are one chain; more of them run step by step.
MOST_IN_CHAIN = 16


class LazyFilters(Sequence["Filter"]):
    """Filters that ``make`` returns when they are first used; a replayed run needs none."""

    def __init__(self, make: Callable[[], Sequence[Filter]]) -> None:
        self._make = make

    @cached_property
    def _filters(self) -> Sequence[Filter]:
        return self._make()

    def __getitem__(self, at: Any) -> Any:
        """Return a filter, or several."""
        return self._filters[at]

    def __len__(self) -> int:
        """Return the number of filters."""
        return len(self._filters)


class Request(NamedTuple):
    """The filters, how they are applied, and how the result is written.

    ``gray_by`` is one of ``GRAYS`` but ``luma``, which ``gray`` alone makes.
    ``frame`` is the number of the only frame to filter, counted from 0. Clipping is reported of a
    larger share of the values than ``clipping``.
    """

    filters: Sequence[Filter]
    settings: Settings = Settings()
    gray: bool = False
    format: FormatRow | None = None
    quality: int | None = None
    strip: bool = False
    frame: int | None = None
    conversion: Conversion = Conversion()
    upright: bool = False
    drop_extras: bool = False
    clipping: float = MUCH_CLIPPED
    states: States = ONCE
    gray_by: str | None = None

    def format_for(self, task: Task) -> FormatRow | None:
        """Return the output format, or None where it is the input's, as in a pipe or in place."""
        if self.format or task.target == PIPE or task.in_place:
            return self.format
        return registry.by_path(task.target)

    @property
    def is_streamed(self) -> bool:
        """Whether pictures of a film are filtered one by one, as they come."""
        return self.states.is_chain and self.gray_by is None

    def check(self) -> None:
        """Raise ``UsageError`` for options that are wrong for every picture."""
        settings = self.settings
        len(self.filters)  # a lazy sequence makes its filters now
        self.states.check(settings)
        if self.states.draws:
            batch.states.check_probabilities(self.filters)
        check_colour(settings.border.colour)
        check_colour(self.conversion.background or "")
        if settings.engine is not None:
            from imgconv.engines.base import PlanOptions
            from imgconv.planning.planner import make_plan

            make_plan(self.filters, PlanOptions(settings.engine, settings.tolerance))
