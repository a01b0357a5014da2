"""Random chains over random pictures: a case is drawn from its seed alone."""

from __future__ import annotations

import math
from bisect import bisect
from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import ENGINES
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.images.transfer import Power
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings

# Looking filters up takes half of the time that drawing takes.
found = lru_cache(maxsize=256)(library.find)

Random = np.random.Generator
Item = TypeVar("Item")

# The gammas of pictures whose transfer functions are not sRGB's.
GAMMAS = {"r": 1.8, "g": 2.2, "b": 2.6}
CURVES = {name: Power(gamma) for name, gamma in GAMMAS.items()}

# Values that pictures of floats have now and then: no-data values, overflow, NaN.
WILD = (np.nan, np.inf, -np.inf, 1e6, -9999.0, -3.4e38, 1e20, -1e-30)

# Included filters of one kernel or two, by the number of their parameters.
PLAIN = (
    *("binomial", "difference-x", "difference-y", "gimp-emboss"),
    *("gimp-enhance", "identity", "mean-removal", "outline", "prewitt", "roberts"),
    *("scharr", "sobel", "sobel-x", "sobel-y"),
)
# Those of eight kernels, which take longer.
COMPASSES = ("kirsch", "robinson")
WITH_VALUES: dict[str, tuple[Callable[[Random], float], ...]] = {
    "blur": (lambda random: int(random.integers(1, 5)),),
    "disk": (lambda random: random.uniform(0.5, 4),),
    "dog": (lambda random: random.uniform(0.3, 1), lambda random: random.uniform(1.1, 2)),
    "emboss": (lambda random: pick(random, [45, 135, random.uniform(0, 360)]),),
    "gaussian": (lambda random: random.uniform(0.1, 2.5),),
    "heat": (lambda random: random.uniform(0.1, 0.8),),
    "heat-step": (lambda random: random.uniform(0.05, 0.3),),
    "highpass": (lambda random: random.uniform(0.1, 2),),
    "laplacian": (lambda random: pick(random, [4, 8]),),
    "log": (lambda random: random.uniform(0.5, 1.5),),
    "motion": (lambda random: random.uniform(1, 9), lambda random: random.uniform(0, 360)),
    "sharpen": (lambda random: pick(random, [0, 1, 4, random.uniform(0, 10)]),),
    "unsharp": (
        lambda random: random.uniform(0.1, 2),
        lambda random: pick(random, [0, 1, random.uniform(0, 10)]),
        lambda random: pick(random, [0, 3, random.uniform(0, 60)]),
    ),
}

# The most pixels along an axis of a picture, which steps make larger (full) or smaller (valid).
LONGEST = {"same": 12, "full": 8, "valid": 24}

# The kinds of kernels that suit an engine, of those that ``draw_kernel`` knows.
KINDS = ("whole", "real", "mean", "box", "outer", "bell", "extreme")
SUITED = {"running": ("box",), "pyramid": ("wide bell",), "separable": ("box", "outer", "bell")}


class Case(NamedTuple):
    """A picture, a chain of ``filters`` as the ``texts`` say, and how it runs.

    Where no engine is forced, the ``costs`` of the engines decide if there are any. The planner
    fuses filters where that is cheaper, or, with a word in ``fuses``, always or never.
    """

    seed: int
    picture: Pixels
    texts: tuple[str, ...]
    filters: tuple[Filter, ...]
    settings: Settings
    costs: dict[str, float]
    fuses: str

    @property
    def gammas(self) -> dict[str, float | None]:
        """The gamma of each channel but alpha and unknown ones, None for sRGB; grey has green's."""
        gammas = GAMMAS if self.picture.curves else {}
        names = [name for name in self.picture.channels if name not in ("a", "x")]
        return {name: gammas.get("g" if name == "l" else name) for name in names}

    def __str__(self) -> str:
        height, width = self.picture.array.shape[:2]
        kind = f"{''.join(self.picture.channels)} {self.picture.array.dtype}"
        chosen = self.settings._asdict().items()
        settings = [f"{name}={value}" for name, value in chosen if value != DEFAULTS[name]]
        order = " < ".join(sorted(self.costs, key=self.costs.__getitem__))
        return (
            f"case {self.seed}: {' | '.join(self.texts)} over {kind} {width}x{height}, "
            f"{', '.join(settings)}; fuses {self.fuses}; {order or 'usual costs'}"
        )


DEFAULTS = Settings()._asdict()


def draw(seed: int, engine: str | None = None) -> Case:
    """Return the case of a seed, which may force an ``engine`` itself where none is given."""
    random = np.random.default_rng(seed)
    if engine is None and random.random() < 0.3:
        engine = pick(random, [*ENGINES], [0.2, 0.2, 0.2, 0.2, 0.01, 0.19])
    extent = pick(random, [*EXTENTS], [0.6, 0.15, 0.25])
    picture = draw_picture(random, LONGEST[extent])
    length = pick(random, [1, 2, 3, 4], [0.5, 0.32, 0.12, 0.06])
    kinds = SUITED.get(engine or "", KINDS)
    links = [draw_link(random, picture.maximum, kinds) for _ in range(length)]
    texts, filters = zip(*links, strict=True)
    filters = tuple(each._replace(name=f"filter-{at}") for at, each in enumerate(filters))
    settings = draw_settings(random, picture)._replace(engine=engine, extent=extent)
    if engine == "pyramid":  # no pyramid of a small kernel is near, nor in the dark
        settings, filters = settings._replace(tolerance=6.0, linear=False), filters[:2]
    ranks = {name: float(rank) for name, rank in zip(ENGINES, random.permutation(6), strict=True)}
    costs = ranks if engine is None and random.random() < 0.6 else {}
    fuses = pick(random, ["if cheaper", "always", "never"], [0.3, 0.5, 0.2])
    return Case(seed, picture, texts, filters, settings, costs, fuses)


def pick(random: Random, items: Sequence[Item], shares: Sequence[float] | None = None) -> Item:
    """Return one of some items, which have equal ``shares`` of all picks or those that are given.

    NumPy's ``choice`` takes ten times as long.
    """
    if shares is None:
        return items[int(random.integers(len(items)))]
    ends = [*accumulate(shares)]
    return items[bisect(ends, random.random() * ends[-1], hi=len(items) - 1)]


def draw_picture(random: Random, longest: int) -> Pixels:
    dtype = pick(random, ["uint8", "uint16", "float32"], [0.4, 0.25, 0.35])
    curves = CURVES if random.random() < 0.5 else {}
    layouts = ["l", "la", "rgb", "rgba", "cmyk", "0", "rax"]
    channels = pick(random, layouts, [0.2, 0.15, 0.2, 0.3, 0.05, 0.05, 0.05])
    height, width = (int(size) for size in random.integers(1, longest + 1, 2))
    stored = 4 if channels == "rgb" and random.random() < 0.5 else len(channels)
    values = random.random((height, width, stored))
    kind = pick(random, ["noise", "extreme", "flat", "holes"], [0.4, 0.2, 0.1, 0.3])
    if kind == "extreme":
        values = np.rint(values)
    elif kind == "flat":
        values[:] = values[0, 0]
    elif kind == "holes":
        values[: random.integers(height + 1), : random.integers(width + 1), -1] = 0
        values[random.integers(height) :, random.integers(width) :, -1] = 1
    return _as_pixels(random, values, dtype, channels)._replace(curves=curves)


def _as_pixels(random: Random, values: NDArray[np.float64], dtype: str, channels: str) -> Pixels:
    if dtype != "float32":
        levels = np.rint(values * MAXIMUM[dtype])
        return Pixels(np.ascontiguousarray(levels, dtype), tuple(channels))
    array = values.astype(np.float32)
    how = pick(random, ["usual", "wide", "wild", "large"], [0.3, 0.15, 0.4, 0.15])
    if how == "wide":
        array = (array * 6 - 3).astype(np.float32)
    elif how == "large":
        array *= np.float32(pick(random, [1000, 1e6, 1e30]))
    elif how == "wild":
        some = random.choice(WILD, random.integers(1, 3))
        for value in some:
            array[tuple(random.integers(size) for size in array.shape)] = value
    return Pixels(np.ascontiguousarray(array), tuple(channels))


def draw_link(random: Random, maximum: float, kinds: Sequence[str]) -> tuple[str, Filter]:
    """Return a named filter with values, a kernel written out, or a combination of kernels."""
    shares = [0.5, 0.35, 0.15] if kinds == KINDS else [0.05, 0.8, 0.15]
    kind = pick(random, ["named", "kernel", "combination"], shares)
    if kind == "named":
        return draw_named(random)
    count = 1 if kind == "kernel" else random.integers(2, 4)
    drawn = (draw_kernel(random, pick(random, kinds), maximum) for _ in range(count))
    filter = Filter("", tuple(drawn), range=_draw_range(random))
    if kind == "combination":
        filter = _combination(random, filter)
    shown = " & ".join(map(_written, filter.kernels))
    return f"{filter.combine} {shown} ({filter.range}, {filter.threshold:.3g})", filter


def draw_named(random: Random) -> tuple[str, Filter]:
    group = PLAIN if random.random() < 0.4 else (*WITH_VALUES,)
    name = pick(random, COMPASSES if random.random() < 0.03 else group)
    text = ":".join([name, *(f"{value(random):.3g}" for value in WITH_VALUES.get(name, ()))])
    (filter,) = found(text)
    if random.random() < 0.15:
        filter = filter._replace(range=_draw_range(random))
    return f"{text} ({filter.range})", filter


def _draw_range(random: Random) -> str:
    return pick(random, [*RANGES], [0.7, 0.1, 0.1, 0.1])


def _combination(random: Random, filter: Filter) -> Filter:
    combine = pick(random, ["magnitude", "max", "add-above"])
    if combine != "add-above":
        return filter._replace(combine=combine)
    first = Kernel([[1]]) if random.random() < 0.6 else filter.kernels[0]
    other = filter.kernels[1]
    if random.random() < 0.5:  # what it adds to a flat picture is its offset
        weights = np.append(other.weights.ravel(), -other.weights.sum())
        other = Kernel(weights[None], other.scale, other.offset * (random.random() < 0.5))
    threshold = float(pick(random, [0, 3, random.uniform(0, 100)]))
    return filter._replace(kernels=(first, other), combine=combine, threshold=threshold)


def draw_kernel(random: Random, kind: str, maximum: float) -> Kernel:
    if kind.endswith("bell"):
        return _bell(random, kind.startswith("wide"))
    height, width = (int(size) for size in random.integers(1, 7, 2))
    weights = random.integers(-3, 4, (height, width)).astype(float)
    scale = float(pick(random, [1, 2, 3, 6, 9, 16, -4, 0.5]))
    if kind == "real":
        weights = random.standard_normal((height, width)).round(3)
    elif kind == "mean":
        weights = random.integers(0, 5, (height, width)) + np.eye(height, width)
        scale = float(weights.sum())
    elif kind == "box":
        weights = np.full((height, width), float(pick(random, [1, 2, 0.1, -1])))
        scale = float(pick(random, [weights.sum(), scale]))
    elif kind == "outer":
        weights = np.outer(random.integers(-2, 4, height), random.integers(-2, 4, width)) / 1.0
    elif kind == "extreme":
        size = float(pick(random, [1e-40, 1e-12, 1e12, 1e28]))
        weights, scale = weights * size, scale * float(pick(random, [size, 1]))
    has_offset = kind != "mean" and random.random() < 0.3
    offset = float(pick(random, [1, 0.5, random.uniform(-0.5, 0.5) * maximum])) * has_offset
    origin = (int(random.integers(height)), int(random.integers(width)))
    return Kernel(weights, scale, offset, origin if random.random() < 0.5 else None)


def _bell(random: Random, is_wide: bool) -> Kernel:
    """Return a Gaussian, now and then one that is wide enough for a pyramid."""
    is_wide |= random.random() < 0.01
    (filter,) = found(f"gaussian:{random.uniform(6, 7) if is_wide else 1:.3g}")
    kernel = filter.kernels[0]
    return kernel.scaled(float(pick(random, [1, 1, -0.5, 3])))


def _written(kernel: Kernel) -> str:
    if kernel.weights.size > 49:
        return f"[{kernel.size}, sum {kernel.sum / kernel.scale:.4g}]"
    grid = "; ".join(" ".join(f"{weight:.6g}" for weight in row) for row in kernel.weights)
    return f"[{grid}]/{kernel.scale:.6g}+{kernel.offset:.6g}@{kernel.origin}"


def draw_settings(random: Random, picture: Pixels) -> Settings:
    border = pick(random, [*BORDERS])
    colour = ""
    if border == "constant" and random.random() < 0.7:
        shares = random.choice([0, 1, 0.25, random.random()], len(picture.channels))
        levels = shares * picture.maximum
        levels = levels if random.random() < 0.3 or picture.is_float else np.rint(levels)
        colour = ",".join(repr(float(level)) for level in levels)
    channels = None
    if random.random() < 0.25:
        some = random.random(len(picture.channels)) < 0.6
        channels = frozenset(np.array(picture.channels)[some].tolist()) or None
    return Settings(
        border=Border(border, colour),
        range=pick(random, [*RANGES]) if random.random() < 0.15 else None,
        channels=channels,
        tolerance=float(pick(random, [0, 0.5, 0.05, 5], [0.25, 0.4, 0.1, 0.25])),
        threads=1,
        patience=math.inf,
        straight_alpha=random.random() < 0.2,
        linear=random.random() < 0.15 and "c" not in picture.channels,
    )
