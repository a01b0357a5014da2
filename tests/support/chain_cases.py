"""Random chains over random pictures: a case is drawn from its seed alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.engines import ENGINES
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.filter import RANGES, Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings

Random = np.random.Generator

# The border none has tests of its own, in tests/execution/test_divisor.py.
AROUND = [name for name in BORDERS if name != "none"]

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
    "emboss": (lambda random: random.choice([45, 135, random.uniform(0, 360)]),),
    "gaussian": (lambda random: random.uniform(0.1, 2.5),),
    "heat": (lambda random: random.uniform(0.1, 2),),
    "heat-step": (lambda random: random.uniform(0.05, 0.3),),
    "highpass": (lambda random: random.uniform(0.1, 2),),
    "laplacian": (lambda random: random.choice([4, 8]),),
    "log": (lambda random: random.uniform(0.5, 1.5),),
    "motion": (lambda random: random.uniform(1, 9), lambda random: random.uniform(0, 360)),
    "sharpen": (lambda random: random.choice([0, 1, 4, random.uniform(0, 10)]),),
    "unsharp": (
        lambda random: random.uniform(0.1, 2),
        lambda random: random.choice([0, 1, random.uniform(0, 10)]),
        lambda random: random.choice([0, 3, random.uniform(0, 60)]),
    ),
}

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
        engine = str(random.choice([*ENGINES], p=[0.2, 0.2, 0.2, 0.2, 0.01, 0.19]))
    extent = str(random.choice([*EXTENTS], p=[0.6, 0.15, 0.25]))
    picture = draw_picture(random, 12 + 12 * (extent == "valid"))
    length = random.choice([1, 2, 3, 4], p=[0.45, 0.3, 0.15, 0.1])
    kinds = SUITED.get(engine or "", KINDS)
    links = [draw_link(random, picture.maximum, kinds) for _ in range(length)]
    texts, filters = zip(*links, strict=True)
    filters = tuple(each._replace(name=f"filter-{at}") for at, each in enumerate(filters))
    settings = draw_settings(random, picture)._replace(engine=engine, extent=extent)
    if engine == "pyramid":  # no pyramid of a small kernel is near
        settings, filters = settings._replace(tolerance=6.0), filters[:2]
    ranks = {name: float(rank) for name, rank in zip(ENGINES, random.permutation(6), strict=True)}
    costs = ranks if engine is None and random.random() < 0.6 else {}
    fuses = str(random.choice(["if cheaper", "always", "never"], p=[0.3, 0.5, 0.2]))
    return Case(seed, picture, texts, filters, settings, costs, fuses)


def draw_picture(random: Random, longest: int) -> Pixels:
    dtype = str(random.choice(["uint8", "uint16", "float32"], p=[0.4, 0.25, 0.35]))
    layouts = ["l", "la", "rgb", "rgba", "cmyk", "0", "rax"]
    channels = str(random.choice(layouts, p=[0.2, 0.15, 0.2, 0.3, 0.05, 0.05, 0.05]))
    height, width = (int(size) for size in random.integers(1, longest + 1, 2))
    stored = 4 if channels == "rgb" and random.random() < 0.5 else len(channels)
    values = random.random((height, width, stored))
    kind = random.choice(["noise", "extreme", "flat", "holes"], p=[0.4, 0.2, 0.1, 0.3])
    if kind == "extreme":
        values = np.rint(values)
    elif kind == "flat":
        values[:] = values[0, 0]
    elif kind == "holes":
        values[: random.integers(height + 1), : random.integers(width + 1), -1] = 0
        values[random.integers(height) :, random.integers(width) :, -1] = 1
    return _as_pixels(random, values, dtype, channels)


def _as_pixels(random: Random, values: NDArray[np.float64], dtype: str, channels: str) -> Pixels:
    if dtype != "float32":
        levels = np.rint(values * MAXIMUM[dtype])
        return Pixels(np.ascontiguousarray(levels, dtype), tuple(channels))
    array = values.astype(np.float32)
    how = random.choice(["usual", "wide", "wild", "large"], p=[0.3, 0.15, 0.4, 0.15])
    if how == "wide":
        array = (array * 6 - 3).astype(np.float32)
    elif how == "large":
        array *= np.float32(random.choice([1000, 1e6, 1e30]))
    elif how == "wild":
        some = random.choice(WILD, random.integers(1, 3))
        for value in some:
            array[tuple(random.integers(size) for size in array.shape)] = value
    return Pixels(np.ascontiguousarray(array), tuple(channels))


def draw_link(random: Random, maximum: float, kinds: Sequence[str]) -> tuple[str, Filter]:
    """Return a named filter with values, a kernel written out, or a combination of kernels."""
    shares = [0.5, 0.35, 0.15] if kinds == KINDS else [0.05, 0.8, 0.15]
    kind = random.choice(["named", "kernel", "combination"], p=shares)
    if kind == "named":
        return draw_named(random)
    count = 1 if kind == "kernel" else random.integers(2, 4)
    drawn = (draw_kernel(random, str(random.choice(kinds)), maximum) for _ in range(count))
    filter = Filter("", tuple(drawn), range=_draw_range(random))
    if kind == "combination":
        filter = _combination(random, filter)
    shown = " & ".join(map(_written, filter.kernels))
    return f"{filter.combine} {shown} ({filter.range}, {filter.threshold:.3g})", filter


def draw_named(random: Random) -> tuple[str, Filter]:
    group = PLAIN if random.random() < 0.4 else (*WITH_VALUES,)
    name = str(random.choice(COMPASSES if random.random() < 0.03 else group))
    text = ":".join([name, *(f"{value(random):.3g}" for value in WITH_VALUES.get(name, ()))])
    (filter,) = library.find(text)
    if random.random() < 0.15:
        filter = filter._replace(range=_draw_range(random))
    return f"{text} ({filter.range})", filter


def _draw_range(random: Random) -> str:
    return str(random.choice([*RANGES], p=[0.7, 0.1, 0.1, 0.1]))


def _combination(random: Random, filter: Filter) -> Filter:
    combine = str(random.choice(["magnitude", "max", "add-above"]))
    if combine != "add-above":
        return filter._replace(combine=combine)
    first = Kernel([[1]]) if random.random() < 0.6 else filter.kernels[0]
    other = filter.kernels[1]
    if random.random() < 0.5:  # what it adds to a flat picture is its offset
        weights = np.append(other.weights.ravel(), -other.weights.sum())
        other = Kernel(weights[None], other.scale, other.offset * (random.random() < 0.5))
    threshold = float(random.choice([0, 3, random.uniform(0, 100)]))
    return filter._replace(kernels=(first, other), combine=combine, threshold=threshold)


def draw_kernel(random: Random, kind: str, maximum: float) -> Kernel:
    if kind.endswith("bell"):
        return _bell(random, kind.startswith("wide"))
    height, width = (int(size) for size in random.integers(1, 7, 2))
    weights = random.integers(-3, 4, (height, width)).astype(float)
    scale = float(random.choice([1, 2, 3, 6, 9, 16, -4, 0.5]))
    if kind == "real":
        weights = random.standard_normal((height, width)).round(3)
    elif kind == "mean":
        weights = random.integers(0, 5, (height, width)) + np.eye(height, width)
        scale = float(weights.sum())
    elif kind == "box":
        weights = np.full((height, width), float(random.choice([1, 2, 0.1, -1])))
        scale = float(random.choice([weights.sum(), scale]))
    elif kind == "outer":
        weights = np.outer(random.integers(-2, 4, height), random.integers(-2, 4, width)) / 1.0
    elif kind == "extreme":
        size = float(random.choice([1e-40, 1e-12, 1e12, 1e28]))
        weights, scale = weights * size, scale * float(random.choice([size, 1]))
    has_offset = kind != "mean" and random.random() < 0.3
    offset = float(random.choice([1, 0.5, random.uniform(-0.5, 0.5) * maximum])) * has_offset
    origin = (int(random.integers(height)), int(random.integers(width)))
    return Kernel(weights, scale, offset, origin if random.random() < 0.5 else None)


def _bell(random: Random, is_wide: bool) -> Kernel:
    """Return a Gaussian, now and then one that is wide enough for a pyramid."""
    is_wide |= random.random() < 0.01
    (filter,) = library.find(f"gaussian:{random.uniform(6, 7) if is_wide else 1:.3g}")
    kernel = filter.kernels[0]
    return kernel.scaled(float(random.choice([1, 1, -0.5, 3])))


def _written(kernel: Kernel) -> str:
    if kernel.weights.size > 49:
        return f"[{kernel.size}, sum {kernel.sum / kernel.scale:.4g}]"
    grid = "; ".join(" ".join(f"{weight:.6g}" for weight in row) for row in kernel.weights)
    return f"[{grid}]/{kernel.scale:.6g}+{kernel.offset:.6g}@{kernel.origin}"


def draw_settings(random: Random, picture: Pixels) -> Settings:
    border = str(random.choice(AROUND))
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
        range=str(random.choice([*RANGES])) if random.random() < 0.15 else None,
        channels=channels,
        tolerance=float(random.choice([0, 0.5, 0.05, 5], p=[0.25, 0.4, 0.1, 0.25])),
        threads=1,
        patience=math.inf,
        straight_alpha=bool(random.random() < 0.2),
    )
