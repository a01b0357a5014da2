"""What imgconv claims of its speed, memory and errors, and whether the figures bear it out.

Claims about time hold on one thread and on two: the worse of both is what counts.
"""

from __future__ import annotations

import math
import operator
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from measure.figures import THREADS, Figures

Value = Callable[[Figures], float]
Choice = Callable[[Figures], bool]


@dataclass(frozen=True)
class Verdict:
    """A claim, the worst figure, and the rows that fall short of it, each with its own figure."""

    claim: str
    figure: str
    short: dict[str, str]

    @property
    def passed(self) -> bool:
        """Whether no row falls short."""
        return not self.short


@dataclass(frozen=True)
class Claim:
    """``value`` compares with ``limit`` as ``holds`` says, on every row that ``applies``."""

    text: str
    applies: Choice
    value: Value
    holds: Callable[[float, float], bool]
    limit: float
    shown: str = "{:.2f} times"

    def judge(self, figures: Sequence[Figures]) -> Verdict | None:
        """None where no row has such a value."""
        values = {f.row.name: self.value(f) for f in figures if self.applies(f)}
        values = {name: value for name, value in values.items() if not math.isnan(value)}
        if not values:
            return None
        worst = (min if self.holds is operator.ge else max)(values, key=lambda name: values[name])
        short = {
            name: self.shown.format(value)
            for name, value in values.items()
            if not self.holds(value, self.limit)
        }
        return Verdict(self.text, f"{self.shown.format(values[worst])} ({worst})", short)


@dataclass(frozen=True)
class Relation:
    """``name`` takes at most ``limit`` times as long as ``other``."""

    name: str
    other: str
    limit: float

    def judge(self, figures: Sequence[Figures]) -> Verdict | None:
        """None where one of the two was not measured."""
        found = {f.row.name: f.seconds for f in figures}
        if self.name not in found or self.other not in found:
            return None
        times = max(
            found[self.name]["imgconv", threads] / found[self.other]["imgconv", threads]
            for threads in THREADS
        )
        figure = f"{times:.2f} times"
        text = f"{self.name} takes at most {self.limit:g} times as long as {self.other}"
        return Verdict(text, figure, {} if times <= self.limit else {self.name: figure})


@dataclass(frozen=True)
class GeometricMean:
    """All judged rows together are at least ``limit`` times as fast as OpenCV."""

    limit: float

    def judge(self, figures: Sequence[Figures]) -> Verdict | None:
        """None where OpenCV is not there."""
        ratios = [[f.times_faster(threads) for f in figures if judged(f)] for threads in THREADS]
        if not ratios[0] or any(math.isnan(ratio) for found in ratios for ratio in found):
            return None
        mean = min(map(statistics.geometric_mean, ratios))
        text = f"{len(ratios[0])} rows at least {self.limit:g} times as fast, geometric mean"
        figure = f"{mean:.2f} times"
        return Verdict(text, figure, {} if mean >= self.limit else {"all rows together": figure})


def judged(figures: Figures) -> bool:
    return figures.row.judged


def named(*names: str) -> Choice:
    return lambda figures: figures.row.name in names


def by_fourier(figures: Figures) -> bool:
    return any(kernel_pass.engine == "fourier" for kernel_pass in figures.passes)


def near(figures: Figures) -> bool:
    """Whether what runs makes use of the tolerance: the pyramid, fixed point, short kernels."""
    return any(kernel_pass.error > 0 for kernel_pass in figures.passes) and not by_fourier(figures)


def but(choice: Choice) -> Choice:
    return lambda figures: not choice(figures)


def faster(figures: Figures) -> float:
    return min(figures.times_faster(threads) for threads in THREADS)


def copies(figures: Figures) -> float:
    return max(1 / figures.times_faster(threads, "copy") for threads in THREADS)


def largest_error(figures: Figures) -> float:
    return figures.errors["imgconv"].largest


def mean_error(figures: Figures) -> float:
    return figures.errors["imgconv"].mean


def speed_up(figures: Figures) -> float:
    return figures.speed_up


def megabytes(figures: Figures) -> float:
    return figures.megabytes


def differing(figures: Figures) -> float:
    return figures.differing


at_least, at_most, under = operator.ge, operator.le, operator.lt
MB, LEVELS = "{:.1f} MB", "{:.3f} levels"
PLAIN_3X3 = named("blur 3x3", "kernel 3x3", "sharpen", "laplacian")

CLAIMS: tuple[Claim | Relation | GeometricMean, ...] = (
    Claim("no row slower than OpenCV", judged, faster, at_least, 1),
    GeometricMean(2.5),
    Claim("gaussian 50 at least 15 times as fast", named("gaussian 50"), faster, at_least, 15),
    Claim("kernel 31x31 at least 3 times as fast", named("kernel 31x31"), faster, at_least, 3),
    Claim("sobel at least 4 times as fast", named("sobel"), faster, at_least, 4),
    Claim("3x3 within 3 times a plain copy of the bytes", PLAIN_3X3, copies, at_most, 3),
    Relation("gaussian 200", "gaussian 3", 1.5),
    Relation("blur 201x201", "blur 5x5", 1.3),
    Claim("two threads at least 1.8 times as fast as one", judged, speed_up, at_least, 1.8),
    Claim("working memory under 16 MB", but(by_fourier), megabytes, under, 16, MB),
    Claim("working memory under 64 MB by Fourier", by_fourier, megabytes, under, 64, MB),
    Claim(
        "error at most 0.51 levels if exact",
        but(near),
        largest_error,
        at_most,
        0.51,
        LEVELS,
    ),
    Claim(
        "error at most 1 level within the tolerance",
        near,
        largest_error,
        at_most,
        1,
        LEVELS,
    ),
    Claim(
        "mean error under 0.05 within the tolerance",
        near,
        mean_error,
        under,
        0.05,
        LEVELS,
    ),
    Claim(
        "the same bytes on one thread and two",
        lambda figures: True,
        differing,
        at_most,
        0,
        "{:.0f} values differ",
    ),
)


def verdicts(figures: Sequence[Figures]) -> list[Verdict]:
    """What can be said of every claim that the rows measured are about."""
    return [verdict for claim in CLAIMS if (verdict := claim.judge(figures))]
