"""The planner: from pixels, filters and settings to a plan. No loop is compiled or run here."""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple, Self

import numpy as np

from imgconv import images
from imgconv.engines import ENGINES
from imgconv.engines.base import DEFAULT_OPTIONS, AlphaRule, Pass, PlanOptions, candidates
from imgconv.engines.fixed_point import LARGEST_INT16
from imgconv.errors import KernelError, UsageError
from imgconv.images.colour import channel_values
from imgconv.images.pixels import Pixels
from imgconv.kernels.border import Border, spans
from imgconv.kernels.coverage import NONE, coverage, is_divided
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.kernel import LARGEST_WEIGHT, MOST_WEIGHTS, Kernel, widest_reach
from imgconv.planning import costs
from imgconv.planning.bounds import bounds_before, bounds_of_source, curves_of, extremes
from imgconv.planning.plan import Plan, Step, gains_after
from imgconv.planning.settings import Settings, check_tolerance


def plan_of(pixels: Pixels, filters: Sequence[Filter], settings: Settings) -> Plan:
    """Return the plan for a picture; raises ``UsageError`` where the settings do not fit."""
    filters = _with_range(filters, settings.range)
    if any(filter.mask for filter in filters):
        _ = settings.mask_border  # which raises an error for others
    around, options = Surroundings.of(pixels, settings), options_of(pixels, filters, settings)
    plan = _planned(_Chain(filters), around, options)
    if plan.depends_on_values:
        bounds = bounds_of_source(pixels, settings, *extremes(pixels, settings.threads))
        plan = _planned(_Chain(filters), around, options._replace(bounds=bounds))
    return plan


class Surroundings(NamedTuple):
    """The border, the extent, and the size (height, width) of a picture where that matters."""

    border: Border
    extent: str
    size: tuple[int, int] | None = None

    @classmethod
    def of(cls, pixels: Pixels, settings: Settings) -> Self:
        """Return the surroundings of a picture, without the colour of a border: plans need none."""
        border = Border(settings.border.name)
        size = (pixels.height, pixels.width) if border.name == NONE else None
        return cls(border, settings.extent, size)


class _Chain:
    """Filters, equal if they and the cache keys of their kernels are."""

    def __init__(self, filters: Sequence[Filter]) -> None:
        self.filters = filters
        self._key = tuple(
            (filter._replace(kernels=()), *(kernel.cache_key for kernel in filter.kernels))
            for filter in filters
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Chain) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)


# Planning takes a tenth of the time of a small picture, and the pictures of a folder, as the frames
# of a film, mostly have the same plan. Looking a plan up by a fingerprint would take 0.2 ms.
@lru_cache(maxsize=8)
def _planned(chain: _Chain, around: Surroundings, options: PlanOptions) -> Plan:
    filters = fused(chain.filters, around.border.name, around.extent, options)
    plan = make_plan(filters, options, least_inside(filters, around))
    engines = {ENGINES[each.engine] for step in plan.steps for each in step.passes}
    suits_all = all(engine.suits_all_values for engine in engines)
    if len(filters) < len(chain.filters):  # a NaN would meet no weights that cancelled each other
        suits_all &= all(k.has_one_sign for filter in chain.filters for k in filter.kernels)
    return plan._replace(depends_on_values=options.is_float and not suits_all)


def _with_range(filters: Sequence[Filter], name: str | None) -> list[Filter]:
    """Return the filters, the last with the range rule ``name`` if one is given."""
    if not filters:
        raise UsageError("there is no filter to apply", "name at least one")
    if name is None:
        return list(filters)
    if name not in RANGES:
        raise UsageError(f"no range is called '{name}'", f"choose from {', '.join(RANGES)}")
    return [*filters[:-1], filters[-1]._replace(range=name)]


def options_of(pixels: Pixels, filters: Sequence[Filter], settings: Settings) -> PlanOptions:
    """Return the demands of a picture and of its settings on the plan."""
    tolerance = settings.tolerance
    check_tolerance(tolerance)
    if settings.linear:  # the tolerance is in levels: in the dark one is little light
        tolerance = images.transfer.least_light(curves_of(pixels), tolerance)
    is_bytes = not settings.linear and _is_read_as_bytes(pixels, filters[0], settings)
    alpha = AlphaRule()
    if pixels.alpha is not None:
        is_filtered = "a" in settings.channels if settings.channels else None
        alpha = AlphaRule(not settings.straight_alpha, is_filtered)
    options = PlanOptions(settings.engine, tolerance, pixels.is_float, is_bytes)
    bounds = bounds_of_source(pixels, settings)
    return options._replace(bounds=bounds, maximum=pixels.maximum, alpha=alpha)


def _is_read_as_bytes(pixels: Pixels, filter: Filter, settings: Settings) -> bool:
    """Return whether the first filter reads whole numbers up to 255, also outside the picture."""
    is_weighted = pixels.alpha is not None and not settings.straight_alpha and filter.is_average
    around = channel_values(settings.border.colour, pixels)
    are_whole = all(0 <= value <= 255 and float(value).is_integer() for value in around)
    is_plain = not (is_weighted or filter.mask)
    return pixels.array.dtype == np.uint8 and is_plain and are_whole


def is_symmetric(kernel: Kernel) -> bool:
    """Return whether a kernel is its own mirror image, up and down and left and right."""
    is_odd = kernel.height % 2 == kernel.width % 2 == 1
    parts = kernel.factor or (kernel.weights, kernel.weights.T)
    return is_odd and kernel.is_centred and all(np.array_equal(p, p[::-1]) for p in parts)


def fused(
    filters: Sequence[Filter], border: str, extent: str, options: PlanOptions
) -> list[Filter]:
    """Return the chain with neighbours fused to one kernel where that is exact, and cheaper.

    Two kernels one after the other are their composition where no border comes in between, as with
    the extent ``valid`` or the border ``wrap``. With a border that reflects, they are if the first
    is symmetric: then a symmetric picture stays symmetric.
    """
    if options.engine or extent == "full" or not options.is_finite:
        return list(filters)
    options = options._replace(is_bytes=False)  # sums of fused kernels are hardly ever whole
    chain = list(filters[:1])
    for then in filters[1:]:
        first = chain[-1]
        is_linear = first.combine == "none" and first.range == "clamp"
        reflects = border in ("reflect", "mirror") and is_symmetric(first.kernels[0])
        is_exact = extent == "valid" or border == "wrap" or reflects
        is_exact &= not (first.mask or then.mask)
        fusion = _fusion(first, then, options.alpha) if is_linear and is_exact else None
        apart = _seconds(first, options) + _seconds(then, options)
        if fusion and _seconds(fusion, options) < apart:
            chain[-1] = fusion
        else:
            chain.append(then)
    return chain


def _fusion(first: Filter, then: Filter, alpha: AlphaRule) -> Filter | None:
    """Return one filter in place of two; None if that is too large, or alpha comes in between.

    All three must treat alpha in the same way. Where it weights colour, but is not filtered itself,
    the second filter weights by the alpha of the picture, not of the first one's result.
    """
    kernel = first.kernels[0]
    sizes = [(kernel.height + k.height - 1) * (kernel.width + k.width - 1) for k in then.kernels]
    if max(sizes) > MOST_WEIGHTS:
        return None
    try:
        kernels = tuple(kernel.compose(k) for k in then.kernels)
    except KernelError:  # its weights are too large
        return None
    fusion = then._replace(name=f"{first.name},{then.name}", kernels=kernels)
    treatments = {alpha.treatment(filter.is_average) for filter in (first, then, fusion)}
    return fusion if len(treatments) == 1 and (False, True) not in treatments else None


def _seconds(filter: Filter, options: PlanOptions) -> float:
    """Return the least time of a core for each value, with fetching and storing it."""
    folded = (kernel.folded(not options.is_float) for kernel in filter.kernels)
    passes = (candidates(kernel, options) for kernel in folded)
    fetching = 1e-9 * costs.current().fetch_and_store
    return fetching + sum(min(map(costs.seconds, found)) for found in passes)


def least_inside(filters: Sequence[Filter], around: Surroundings) -> list[float | None]:
    """Return, for each filter, the least share of weights inside that results are divided by.

    It is None where they are not.
    """
    if around.size is None:
        return [None] * len(filters)
    found: list[float | None] = []
    size = around.size
    for filter in filters:
        places = spans(around.extent, size, widest_reach(filter.kernels))
        least = None
        if is_divided(filter, around.border, around.extent):
            shares = [coverage(k, size, *places).least / abs(k.sum) for k in filter.kernels]
            least = min(1.0, *shares)
        found.append(least)
        size = (places[0].size, places[1].size)
    return found


def make_plan(
    filters: Sequence[Filter],
    options: PlanOptions = DEFAULT_OPTIONS,
    inside: Sequence[float | None] = (),
) -> Plan:
    """Choose an engine for every kernel; ``inside`` is as ``least_inside`` returns it.

    Raises ``UsageError`` for an engine that cannot run a kernel, and for an invalid tolerance.
    """
    check_tolerance(options.tolerance)
    steps = map(_step, filters, options_of_steps(filters, options, inside))
    return Plan(tuple(step._replace(later=(*filters[at:],)) for at, step in enumerate(steps, 1)))


def options_of_steps(
    filters: Sequence[Filter], options: PlanOptions, inside: Sequence[float | None] = ()
) -> list[PlanOptions]:
    """Return the options of each filter's kernels, which share the tolerance of all.

    Errors of sums that are divided by the weights inside grow, and are rounded after that.
    """
    gains, bounds = gains_after(filters, options.alpha.weighs), bounds_before(filters, options)
    found = []
    for number, filter in enumerate(filters):
        least = inside[number] if inside else None
        parts = len(filters) * gains[number] * len(filter.kernels)
        is_bytes = options.is_bytes and number == 0 and least is None
        own = options._replace(
            tolerance=options.tolerance * (least or 1) / parts,
            is_bytes=is_bytes,
            is_whole=is_bytes and has_whole_sums(filter),
            bounds=bounds[number],
            least_inside=least,
        )
        found.append(own)
    return found


def has_whole_sums(filter: Filter) -> bool:
    """Return whether 16 bits hold all sums of values up to 255, and their combination."""
    scales = {(kernel.scale, kernel.offset) for kernel in filter.kernels}
    is_simple = filter.combine == "none" or (
        filter.combine in ("magnitude", "max")
        and len(scales) == 1
        and all(scale > 0 and offset == 0 for scale, offset in scales)
    )
    return is_simple and all(
        kernel.is_integer
        and 255 * kernel.magnitude <= LARGEST_INT16
        and abs(kernel.scale) <= LARGEST_WEIGHT
        for kernel in filter.kernels
    )


def _step(filter: Filter, options: PlanOptions) -> Step:
    """Return a step with whole sums in all passes or in none, as they read the same rows."""
    if options.is_whole:
        step = Step(filter, _passes(filter, options), options)
        if step.is_whole:
            return step
    is_alone = len(filter.kernels) == 1 and filter.combine == "none"
    how = options._replace(is_whole=False, is_bytes=options.is_bytes and is_alone)
    if options.least_inside is None or not all(kernel.is_integer for kernel in filter.kernels):
        filter = filter.map_kernels(lambda kernel: kernel.folded(not options.is_float))
    return Step(filter, _passes(filter, how), options)


def _passes(filter: Filter, options: PlanOptions) -> tuple[Pass, ...]:
    return tuple(_pass(filter, kernel, options) for kernel in filter.kernels)


def offered(filter: Filter, kernel: Kernel, options: PlanOptions) -> Iterator[Pass]:
    """Yield the passes that can run a kernel of a filter.

    An engine that makes many rows at once pads its kernel to the reach of all. One that is asked
    for may exceed the tolerance, but not where errors are divided by the weights inside: few of
    them would make noise of it.
    """
    reach = widest_reach(filter.kernels)
    is_too_large = reach.height * reach.width > MOST_WEIGHTS
    most = math.inf if options.least_inside is None else options.tolerance / 255
    for found in candidates(kernel, options):
        if found.error <= most and not (is_too_large and ENGINES[found.engine].strip_height):
            yield found


def _pass(filter: Filter, kernel: Kernel, options: PlanOptions) -> Pass:
    possible = {found.engine: found for found in offered(filter, kernel, options)}
    if options.engine is None:
        return min(possible.values(), key=costs.seconds)
    if options.engine in possible:
        return possible[options.engine]
    if options.engine not in ENGINES:
        raise UsageError(
            f"no engine is called '{options.engine}'", f"choose from {', '.join(ENGINES)}"
        )
    raise UsageError(
        f"the engine '{options.engine}' cannot run a kernel of {kernel.size} like this one"
        + " over these floats" * options.is_float
        + " within the tolerance",
        f"choose from {', '.join(possible)}",
    )
