"""A chain of filters in plain float64, which computes any value of any step from the picture.

Each value is made of the neighbourhood that it needs, so one pixel of a large picture takes no
time. The formulas are those of the engines, without their speed: see ``kernels/kernel.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import OUTSIDE, Border, spans
from imgconv.kernels.coverage import NONE, border_of, is_divided
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel, Reach, widest_reach
from imgconv.planning.channel_roles import ChannelRoles
from imgconv.planning.settings import Settings
from imgconv.study.finish import Finish
from imgconv.study.light import Light
from imgconv.study.masked import Masked

Array = NDArray[np.float64]
Positions = NDArray[np.int64]
Read = Callable[[Positions, Positions], Array]

# Rows that are computed at once where a whole picture is needed.
_STRIP = 64

# Above this number of weights, and of results, spectra are quicker than sums.
_MANY = 500


class Facts(NamedTuple):
    """The facts that all steps share.

    ``colour`` has the border's value in each channel, and ``colour_level`` its level: they differ
    where light is filtered.
    """

    border: Border
    extent: str
    colour: Array
    colour_level: Array
    light: Light | None
    roles: ChannelRoles


class Source:
    """The picture: levels, or linear light if ``light`` is given, float64 up to ``maximum``."""

    is_premultiplied = False

    def __init__(self, pixels: Pixels, light: Light | None) -> None:
        self._pixels, self._light = pixels, light
        self.height, self.width = pixels.height, pixels.width
        self.is_light = light is not None

    def levels(self, rows: Positions, columns: Positions) -> Array:
        """Return the levels at rows and columns, shape (rows, columns, channels)."""
        found = self._pixels.array[np.ix_(rows, columns)][..., : len(self._pixels.channels)]
        return found.astype(np.float64)

    def values(self, rows: Positions, columns: Positions) -> Array:
        """Return ``levels``, as light if that is filtered."""
        levels = self.levels(rows, columns)
        return self._light.of(levels) if self._light else levels


class Window(NamedTuple):
    """The neighbourhoods of (rows, columns) values of a result, each of the size of ``reach``.

    ``table`` has every source value that occurs, shape (rows, columns, channels), and ``inside`` is
    1 for values in the picture, shape (rows, columns, 1). ``down`` and ``across`` are positions in
    it, of shapes (rows, height) and (columns, width). A window ``is_whole`` if the results lie
    beside each other.
    """

    table: Array
    inside: Array
    down: Positions
    across: Positions
    reach: Reach
    is_whole: bool

    def patch(self, row: int, column: int) -> Array:
        """Return one neighbourhood, shape (height, width, channels)."""
        return self.table[np.ix_(self.down[row], self.across[column])]

    def padded(self) -> Array:
        """Return all neighbourhoods of a whole result as one picture, continued by the border."""
        continued: Array = self.table[np.ix_(_joined(self.down), _joined(self.across))]
        return continued

    def under(self, row: int, column: int) -> Array:
        """Return the values that lie ``row`` and ``column`` from the origins."""
        rows = self.down[:, self.reach.above + row]
        return self.table[np.ix_(rows, self.across[:, self.reach.left + column])]

    def share_inside(self, kernel: Kernel) -> Array:
        """Return the share of the weights that lie inside the picture."""
        return self._replace(table=self.inside).sums(kernel) / kernel.sum

    def sums(self, kernel: Kernel) -> Array:
        """Return the weighted sums of all neighbourhoods; a weight of 0 meets no value.

        A large kernel without factors is applied by its spectrum, whose error is far below 1e-9.
        """
        top, left = (own - each for own, each in zip(self.reach[::2], kernel.origin, strict=True))
        if not self.is_whole:
            return self._gathered(kernel)
        height, width = len(self.down), len(self.across)
        rows = slice(top, top + height + kernel.height - 1)
        part = self.padded()[rows, left : left + width + kernel.width - 1]
        if kernel.factor:
            column, row = kernel.factor
            across = _slid(part, row[None], (len(part), width))
            return _slid(across, column[:, None], (height, width))
        is_large = kernel.taps > _MANY and height * width > _MANY
        if is_large and np.isfinite(part).all():
            return _by_spectrum(part, kernel.weights)[:height, :width]
        return _slid(part, kernel.weights, (height, width))

    def _gathered(self, kernel: Kernel) -> Array:
        """Return the sums where the neighbourhoods do not lie beside each other."""
        top, left = kernel.origin
        sums = np.zeros((len(self.down), len(self.across), self.table.shape[2]))
        for (j, i), weight in np.ndenumerate(kernel.weights):
            if weight:
                sums += weight * self.under(j - top, i - left)
        return sums


def places(source: AnySource) -> tuple[Positions, Positions]:
    """Return all rows and all columns of the picture, or of the result of a step."""
    return np.arange(source.height), np.arange(source.width)


def _joined(positions: Positions) -> Positions:
    """Return positions (results, length) of results beside each other, each once."""
    return np.concatenate([positions[:, 0], positions[-1, 1:]])


def _slid(values: Array, weights: Array, size: tuple[int, int]) -> Array:
    """Return the sums of weights laid over each of ``size`` (height, width) places of values."""
    height, width = size
    sums = np.zeros((height, width, values.shape[2]))
    for (j, i), weight in np.ndenumerate(weights):
        if weight:
            sums += weight * values[j : j + height, i : i + width]
    return sums


def _by_spectrum(values: Array, weights: Array) -> Array:
    shape = values.shape[:2]
    spectrum = np.conj(np.fft.rfft2(weights, shape))[..., None]
    sums: Array = np.fft.irfft2(np.fft.rfft2(values, axes=(0, 1)) * spectrum, shape, axes=(0, 1))
    return sums


AnySource: TypeAlias = "Source | Step | Masked"


class Step:
    """One filter over a source: the picture, the step before, or what a mask keeps of either."""

    def __init__(
        self, source: AnySource, filter: Filter, facts: Facts, later: Sequence[Filter]
    ) -> None:
        self.source: AnySource = source
        self.filter, self._facts = filter, facts
        self.finish = Finish(filter, later, facts.roles, source.is_premultiplied)
        self.is_premultiplied: bool = self.finish.stays_premultiplied
        how = (filter, facts.border, facts.extent)
        self.border, self.is_divided = border_of(*how), is_divided(*how)
        self.reach = widest_reach(filter.kernels)
        self._spans = spans(facts.extent, (source.height, source.width), self.reach)

    @property
    def height(self) -> int:
        return self._spans[0].size

    @property
    def width(self) -> int:
        return self._spans[1].size

    @property
    def start(self) -> tuple[int, int]:
        """The source row and column under the origin of the first result."""
        return self._spans[0].start, self._spans[1].start

    def strips(self) -> Iterator[Positions]:
        """Yield all rows, in groups that are computed at once."""
        for top in range(0, self.height, _STRIP):
            yield np.arange(top, min(top + _STRIP, self.height))

    def positions(self, rows: Positions, columns: Positions) -> tuple[Positions, Positions]:
        """Return the source rows (rows, height) and columns (columns, width) under the kernels.

        They may lie outside of the source.
        """
        above, below, left, right = self.reach
        down = rows[:, None] + self.start[0] + np.arange(-above, below + 1)
        across = columns[:, None] + self.start[1] + np.arange(-left, right + 1)
        return down, across

    def is_outside(self, rows: Positions, columns: Positions) -> NDArray[np.bool_]:
        """Return which values lie beside the source, for the neighbourhoods of a whole result."""
        ys, xs = map(_joined, self.positions(rows, columns))
        beyond = (ys < 0) | (ys >= self.source.height), (xs < 0) | (xs >= self.source.width)
        return beyond[0][:, None] | beyond[1]

    def window(self, rows: Positions, columns: Positions) -> Window:
        """Return the neighbourhoods, filled in as the border says, and weighted by alpha."""
        weight = self.finish.premultiplied
        outside = weight(self._facts.colour, is_beside_source=True)
        return self.neighbourhoods(
            rows, columns, lambda ys, xs: weight(self.source.values(ys, xs)), outside
        )

    def neighbourhoods(
        self, rows: Positions, columns: Positions, read: Read, outside: Array
    ) -> Window:
        """Return the neighbourhoods of values that ``read`` returns for source rows and columns.

        The constant border has the value ``outside``, one number for each channel.
        """
        down, across = self.positions(rows, columns)
        place = self.border.rule.positions
        ys, down = _distinct(place(down, self.source.height))
        xs, across = _distinct(place(across, self.source.width))
        table = np.empty((len(ys), len(xs), len(outside)))
        table[:] = outside * (self.border.name != NONE)
        inside = np.ix_(ys != OUTSIDE, xs != OUTSIDE)
        table[inside] = read(ys[ys != OUTSIDE], xs[xs != OUTSIDE])
        is_inside = ((ys != OUTSIDE)[:, None] & (xs != OUTSIDE))[..., None].astype(float)
        is_whole = all(bool(np.all(np.diff(each) == 1)) for each in (rows, columns))
        return Window(table, is_inside, down, across, self.reach, is_whole)

    def plain_window(self, rows: Positions, columns: Positions) -> Window:
        """Return the neighbourhoods as the source has them, colours not weighted by this step."""
        outside = self._facts.colour
        if self.finish.reads_premultiplied:
            outside = self.finish.premultiplied(outside, is_beside_source=True)
        return self.neighbourhoods(rows, columns, self.source.values, outside)

    def source_levels(self, rows: Positions, columns: Positions) -> Window:
        """Return the neighbourhoods as levels, neither rounded nor clamped."""
        source, light = self.source, self._facts.light

        def read(ys: Positions, xs: Positions) -> Array:
            if isinstance(source, Source):
                return source.levels(ys, xs)
            colours = source.colours(ys, xs)
            return light.levels(colours) if light else colours

        return self.neighbourhoods(rows, columns, read, self._facts.colour_level)

    def levels_window(self, rows: Positions, columns: Positions) -> Window | None:
        """Return the neighbourhoods as levels, if the step reads linear light of the picture."""
        source = self.source
        if isinstance(source, Source) and source.is_light:
            return self.neighbourhoods(rows, columns, source.levels, self._facts.colour_level)
        return None

    def values(self, rows: Positions, columns: Positions) -> Array:
        """Return the results at rows and columns, neither rounded nor clamped."""
        self.find_ends()
        window = self.window(rows, columns)
        return self.finish.result(self.results(window), window.under(0, 0))

    def colours(self, rows: Positions, columns: Positions) -> Array:
        """Return ``values``, with colours divided by alpha where they are multiplied by it."""
        values = self.values(rows, columns)
        return self.finish.unpremultiplied(values) if self.is_premultiplied else values

    def results(self, window: Window) -> list[Array]:
        """Return the result of each kernel: its sums, scaled, with its offset."""
        return [self._result(window, kernel) for kernel in self.filter.kernels]

    def _result(self, window: Window, kernel: Kernel) -> Array:
        sums = window.sums(kernel) / kernel.scale
        if self.is_divided:
            share = window.share_inside(kernel)
            sums = np.divide(sums, share, out=np.zeros_like(sums), where=share > 0)
        return sums + kernel.offset

    def find_ends(self) -> None:
        """Find the ends of the whole result where the range rule stretches it, once."""
        if self.filter.range != "stretch" or self.finish.ends:
            return
        low, high = np.inf, -np.inf
        for rows in self.strips():
            window = self.window(rows, np.arange(self.width))
            found = self.finish.before_range(self.results(window))[..., self.finish.stretched]
            if found.size:
                low, high = min(low, float(found.min())), max(high, float(found.max()))
        self.finish.ends = (low, high)


class Chain:
    """The steps of a chain over upright pixels; raises ``UsageError`` where they do not fit."""

    def __init__(self, pixels: Pixels, filters: Sequence[Filter], settings: Settings) -> None:
        self.pixels, self.settings = pixels, settings
        *before, last = filters
        links = [*before, last._replace(range=settings.range or last.range)]
        roles = ChannelRoles.of(pixels, settings)
        self.light = Light(pixels) if settings.linear else None
        level = np.array(channel_values(settings.border.colour, pixels))
        colour = self.light.of(level) if self.light else level
        self.facts = Facts(settings.border, settings.extent, colour, level, self.light, roles)
        source: Source | Step = Source(pixels, self.light)
        self.steps: list[Step] = []
        for number, filter in enumerate(links, 1):
            if filter.mask:
                masked = Masked(source, filter, roles, settings.mask_border)
                source = Step(masked, filter, self.facts, links[number:])
            else:
                source = Step(source, filter, self.facts, links[number:])
            self.steps.append(source)

    def single(self, consequence: str) -> tuple[Step, Kernel]:
        """Return the step of a chain of one kernel, and this.

        Raises ``UsageError`` for others, with the ``consequence`` of having several kernels.
        """
        step, *others = self.steps
        if others:
            raise UsageError(
                f"a chain of {len(self.steps)} filters is not one kernel, so {consequence}",
                "make one of it by 'imgconv show CHAIN kernel.toml --one'",
            )
        if len(step.filter.kernels) > 1 or step.filter.combine != "none":
            raise UsageError(
                f"'{step.filter.name}' is not one kernel, so {consequence}",
                "give a filter of a single kernel",
            )
        return step, step.filter.kernels[0]

    @property
    def rounds(self) -> bool:
        """Whether results are whole levels: of integers, and of floats made of integers."""
        return not self.pixels.is_float or self.pixels.maxval is not None

    def levels(self, values: Array) -> Array:
        """Return results of the last step as levels, neither rounded nor clamped."""
        return self.light.levels(values) if self.light else values

    def stored(self, levels: Array) -> Array:
        """Return levels as they are stored: rounded half up and clamped, unless they are floats."""
        if not self.rounds:
            return levels
        return np.floor(levels + 0.5).clip(0, self.pixels.maximum)


def _distinct(positions: Positions) -> tuple[Positions, Positions]:
    """Return the distinct positions, ascending, and where each stands among them."""
    found, numbers = np.unique(positions, return_inverse=True)
    return found, numbers.reshape(positions.shape)
