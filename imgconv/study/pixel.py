"""One value of a result, explained: the patch, the weights, their products, and each step after."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.images.pixels import mid_grey
from imgconv.kernels.kernel import Kernel
from imgconv.study.chain import Chain, Source, Step
from imgconv.study.masked import Masked
from imgconv.study.numbers import number, signed

Array = NDArray[np.float64]

# A smaller sum, as a share of its products without signs, is 0 with rounding errors.
_NOISE = 1e-15


class Stage(NamedTuple):
    """A line of arithmetic: its kind, its formula as text, and the value that it gives."""

    kind: str
    formula: str
    value: float

    @property
    def text(self) -> str:
        """The formula with its value."""
        return f"{self.formula} {number(self.value)}"


class KernelSum(NamedTuple):
    """The sum of one kernel: ``patch * weights = products``, all of shape (height, width).

    ``is_outside`` marks the values that the border filled in. ``levels`` are those of the patch,
    where the patch is linear light. Where colour ``is_weighted`` by alpha, the weights are
    ``w * alpha``, divided by their sum. The last of ``stages`` is the kernel's result.
    """

    patch: Array
    weights: Array
    products: Array
    is_outside: NDArray[np.bool_]
    levels: Array | None
    origin: tuple[int, int]
    is_weighted: bool
    stages: tuple[Stage, ...]

    @property
    def value(self) -> float:
        return self.stages[-1].value


class ChannelValue(NamedTuple):
    """A channel of the pixel: the sums of the kernels, and the stages behind them.

    A channel that is carried past the kernels has no sums.
    """

    name: str
    sums: tuple[KernelSum, ...]
    stages: tuple[Stage, ...]

    @property
    def value(self) -> float:
        return self.all_stages[-1].value

    @property
    def all_stages(self) -> tuple[Stage, ...]:
        """The stages of the last kernel, and the stages behind all kernels."""
        return (*(self.sums[-1].stages if self.sums else ()), *self.stages)

    @property
    def is_rounded(self) -> bool:
        """Whether the value is a level that is stored, and no float."""
        return any(stage.kind in ("round", "clamp") for stage in self.stages)


class Explanation(NamedTuple):
    """The channels of the pixel (x, y) of the result of step ``number``, counted from 1."""

    chain: Chain
    number: int
    x: int
    y: int
    channels: list[ChannelValue]

    @property
    def step(self) -> Step:
        return self.chain.steps[self.number - 1]

    @property
    def is_last(self) -> bool:
        return self.number == len(self.chain.steps)


def checked_step(chain: Chain, number: int | None) -> int:
    """Return the number of a step, from 1, by default the last; raises ``UsageError``."""
    count = len(chain.steps)
    number = count if number is None else number
    if not 1 <= number <= count:
        raise UsageError(f"--step {number} of a chain of {count}", "steps are counted from 1")
    return number


def explain_pixel(
    chain: Chain, number: int | None = None, at: tuple[int, int] | None = None
) -> Explanation:
    """Explain the pixel ``at`` (x, y) of the result of a step, counted from 1.

    By default these are the middle pixel and the last step. Raises ``UsageError`` where there is no
    such step or pixel.
    """
    number = checked_step(chain, number)
    step = chain.steps[number - 1]
    x, y = at or (step.width // 2, step.height // 2)
    for axis, position, size in (("x", x, step.width), ("y", y, step.height)):
        if not 0 <= position < size:
            raise UsageError(
                f"--at {x},{y} lies outside {step.width}x{step.height}",
                f"{axis} goes to {size - 1}",
            )
    return Explanation(chain, number, x, y, _Neighbourhood(chain, step, x, y).channels())


def masked_stages(explanation: Explanation, masked: Masked) -> list[list[Stage]]:
    """Return the stages of each channel behind a mask, the source of the step.

    They begin with the level before; the sum, of a single weight, is the value that the mask keeps.
    """
    chain, source = explanation.chain, masked.source
    place = np.array([explanation.y]), np.array([explanation.x])
    if isinstance(source, Source):
        values, levels = source.values(*place), source.levels(*place)
    else:
        values = source.colours(*place)
        levels = chain.levels(values)
    after = chain.levels(np.array([channel.value for channel in explanation.channels]))
    found = []
    for position, channel in enumerate(explanation.channels):
        is_light = chain.light is not None and chain.light.has_curve(position)
        stages = [Stage("before", "before", float(levels[0, 0, position]))]
        if is_light:
            stages.append(Stage("light", "as light", float(values[0, 0, position])))
        for stage in channel.all_stages:
            is_sum = stage.kind == "sum"
            stages.append(Stage("kept", "kept", stage.value) if is_sum else stage)
        if is_light and not explanation.is_last:
            stages.append(Stage("level", "as level", float(after[position])))
        found.append(stages)
    return found


class _Neighbourhood:
    """The neighbourhood of one pixel, and the values of all channels after each stage."""

    def __init__(self, chain: Chain, step: Step, x: int, y: int) -> None:
        step.find_ends()
        rows, columns = np.array([y]), np.array([x])
        self._chain, self._step = chain, step
        window = step.window(rows, columns)
        self._values = window.patch(0, 0)
        self._origin = window.under(0, 0)[0, 0]
        self._is_outside = step.is_outside(rows, columns)
        levels = step.levels_window(rows, columns)
        self._levels = levels.patch(0, 0) if levels else None
        self._patch = self._colours(step.plain_window(rows, columns).patch(0, 0))
        kernels = step.filter.kernels if step.is_divided else ()
        self._inside = {k: float(window.share_inside(k)[0, 0, 0]) for k in kernels}
        self._combined = step.finish.combined([r[0, 0] for r in step.results(window)])

    def channels(self) -> list[ChannelValue]:
        names = self._chain.pixels.channels
        return [self._channel(position, name) for position, name in enumerate(names)]

    def _channel(self, channel: int, name: str) -> ChannelValue:
        finish = self._step.finish
        if finish.carried[channel]:
            value = float(self._origin[channel])
            first = Stage("carry", "carried past the kernels:", value)
            return ChannelValue(name, (), (first, *self._stored(channel, value)))
        sums = tuple(self._sum(kernel, channel) for kernel in self._step.filter.kernels)
        stages = [*self._combine([each.value for each in sums], channel)]
        value = stages[-1].value if stages else sums[-1].value
        stages += self._range(channel, value)
        value = stages[-1].value if stages else sums[-1].value
        return ChannelValue(name, sums, (*stages, *self._stored(channel, value)))

    def _under(self, kernel: Kernel) -> tuple[slice, slice]:
        """Return the part of the neighbourhood of all kernels that lies under one of them."""
        top = self._step.reach.above - kernel.reach.above
        left = self._step.reach.left - kernel.reach.left
        return slice(top, top + kernel.height), slice(left, left + kernel.width)

    def _sum(self, kernel: Kernel, channel: int) -> KernelSum:
        under, share = self._under(kernel), self._share(channel)
        patch, weights, scale = self._patch[under][..., channel], kernel.weights, kernel.scale
        products = np.where(weights == 0, 0, self._values[under][..., channel] * weights)
        if share is not None:
            weights, unit = weights * self._alpha_weights(under), scale * (share or 1.0)
            weights, products, scale = weights / unit, products / unit, 1.0
        levels = None if self._levels is None else self._levels[under][..., channel]
        inside = self._inside.get(kernel, 1.0)
        stages = (*_scaled(products, inside, scale, kernel.offset / (share or 1.0)),)
        grids = (patch, weights, products, self._is_outside[under], levels)
        return KernelSum(*grids, kernel.origin, share is not None, stages)

    def _share(self, channel: int) -> float | None:
        """Return alpha / maximum of the result, if the channel is weighted by alpha."""
        if not self._step.finish.weighted[channel]:
            return None
        return float(self._step.finish.alpha_share(self._combined))

    def _alpha_weights(self, under: tuple[slice, slice]) -> Array:
        """Return alpha / maximum, and 1 where the patch holds a product with an alpha of 0."""
        share = self._alpha_shares()[under]
        return np.where(share == 0, 1.0, share) if self._step.finish.reads_premultiplied else share

    def _alpha_shares(self) -> Array:
        roles = self._step.finish.roles
        shares: Array = self._values[..., roles.alpha] / roles.maximum
        return shares

    def _colours(self, values: Array) -> Array:
        """Return colours in place of colours times alpha, where the source has these.

        Where alpha is 0 the product stays.
        """
        finish = self._step.finish
        if not finish.reads_premultiplied:
            return values
        share = self._alpha_shares()[..., None]
        return np.where(finish.roles.colours, values / np.where(share == 0, 1.0, share), values)

    def _combine(self, values: list[float], channel: int) -> Iterator[Stage]:
        """Yield the combination of several kernels, and colour that alpha hides."""
        share = self._share(channel)
        finish, combine = self._step.finish, self._step.filter.combine
        if combine != "none":
            value = float(self._combined[channel]) / (share or 1.0)
            threshold = finish.threshold / (share or 1.0)
            yield Stage("combine", _combination(combine, values, threshold), value)
        if share == 0:
            yield Stage("alpha", "hidden by an alpha of 0:", 0.0)

    def _range(self, channel: int, value: float) -> Iterator[Stage]:
        finish = self._step.finish
        values = np.full(len(finish.carried), value)
        shown = float(finish.ranged(values)[channel])
        if shown != value:
            rule, maximum = self._step.filter.range, finish.roles.maximum
            formula = f"|{number(value)}| ="
            if rule == "offset":
                formula = f"{signed(mid_grey(maximum))} ="
            if rule == "stretch" and finish.ends:
                low, high = map(number, finish.ends)
                formula = f"stretched from {low} .. {high} to 0 .. {number(maximum)}:"
            yield Stage("range", formula, shown)

    def _stored(self, channel: int, value: float) -> Iterator[Stage]:
        """Yield the stages by which the last step's result becomes a level that is stored."""
        chain = self._chain
        if self._step is not chain.steps[-1]:
            return
        values = np.full(len(chain.pixels.channels), value)
        level = float(chain.levels(values)[channel])
        if chain.light and chain.light.has_curve(channel):
            yield Stage("level", "as level", level)
        if not chain.rounds:
            return
        rounded, stored = float(np.floor(level + 0.5)), float(chain.stored(np.array(level)))
        if rounded != level or stored == rounded:
            yield Stage("round", "rounded", rounded)
        if stored != rounded:
            yield Stage("clamp", "clamped", stored)


def _scaled(products: Array, inside: float, scale: float, offset: float) -> Iterator[Stage]:
    """Yield the sum, divided by the share of weights ``inside`` and by the scale."""
    value = float(products.sum())
    if abs(value) < _NOISE * float(np.abs(products).sum()):
        value = 0.0
    yield Stage("sum", "sum", value)
    if inside != 1:
        value = value / inside if inside > 0 else 0.0
        yield Stage("inside", f"/ {number(inside)}, the weights inside, =", value)
    if scale != 1:
        value /= scale
        yield Stage("scale", f"/ {number(scale)} =", value)
    if offset:
        value += offset
        yield Stage("offset", f"{signed(offset)} =", value)


def _combination(combine: str, values: list[float], threshold: float) -> str:
    texts = [number(value) for value in values]
    if combine == "magnitude":
        return f"sqrt({' + '.join(f'{_in_brackets(text)}²' for text in texts)}) ="
    if combine == "max":
        return f"largest of {', '.join(texts)}:"
    first, other = texts
    if abs(values[1]) >= threshold:
        return f"{first} {signed(values[1])} ="
    return f"|{other}| is below {number(threshold)}, so {first} stays:"


def _in_brackets(text: str) -> str:
    return f"({text})" if text.startswith("-") else text
