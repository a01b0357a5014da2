"""``imgconv learn BEFORE AFTER KERNEL``: the kernel that made one picture of another."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from imgconv.cli.option_groups import (
    as_record,
    explanation_flag,
    in_explanation,
    in_kernel,
    json_option,
    kernel_flag,
    pixels_flag,
)
from imgconv.cli.sections import SectionedCommand
from imgconv.cli.study_options import (
    KERNEL_SIZE,
    ReadingOptions,
    answer,
    is_given,
    reading_options,
)
from imgconv.errors import UsageError
from imgconv.system.places import PIPE

# The symmetries of study/learning/family.py.
_SYMMETRIC = {
    "none": "any kernel",
    "mirror": "left is like right, and top like bottom",
    "turn": "turning it by 180 degrees changes nothing",
    "all": "the square's eight symmetries change nothing",
}

_METHODS = {
    "pca": "a direction of the most variance, at right angles to the others",
    "kmeans": "the middle of a cluster: edges and bars at all angles",
}


class FitArguments(NamedTuple):
    """The options of the kernel that is learnt; ``size`` is (width, height)."""

    size: tuple[int, int] | None
    symmetric: str
    separable: bool
    ridge: float
    sum: float | None
    no_offset: bool
    linear: bool
    gray: bool


fit_options = as_record(
    "kernel",
    FitArguments,
    in_kernel(
        "--size",
        type=KERNEL_SIZE,
        metavar="N|WxH",
        help="Learn kernels of this size (default 3, for features 8, to whiten 9).",
    ),
    in_kernel(
        "--symmetric",
        choices=_SYMMETRIC,
        metavar="RULE",
        default="none",
        help="Bind weights to each other (default none):",
    ),
    kernel_flag(
        "--separable",
        help="Learn a column and a row, whose products are the weights. The default learns each "
        "weight by itself.",
    ),
    in_kernel(
        "--ridge",
        type=click.FloatRange(0),
        metavar="R",
        default=0.0,
        help="Punish large weights, which calms noisy ones; 1e-4 is a little (default 0).",
    ),
    in_kernel(
        "--sum",
        type=float,
        metavar="S",
        help="Make the weights sum to S, as 1 for a blur (default: as learnt).",
    ),
    kernel_flag("--no-offset", help="Learn weights only. The default learns an offset as well."),
    pixels_flag(
        "--linear",
        help="Learn from linear light, for 'imgconv apply --linear'. The default takes the stored "
        "levels.",
    ),
    pixels_flag("--gray", help="Make the pictures grey first. The default keeps their colours."),
)


class FeatureOptions(NamedTuple):
    """What is learnt from pictures alone: features, or the whitening kernel."""

    number: int | None
    by: str
    patches: int
    seed: int
    whiten: bool

    @property
    def is_asked(self) -> bool:
        return self.number is not None or self.whiten


feature_options = as_record(
    "features",
    FeatureOptions,
    in_explanation(
        "--features",
        "number",
        type=click.IntRange(1),
        metavar="N",
        help="Learn N features of the patches of INPUT, as a bank of kernels (default: learn the "
        "kernel between two pictures).",
    ),
    in_explanation(
        "--by",
        choices=_METHODS,
        metavar="METHOD",
        default="pca",
        help="Choose what a feature is (default pca):",
    ),
    in_explanation(
        "--patches",
        type=click.IntRange(1),
        metavar="N",
        default=40_000,
        help="Draw N patches at random places, from every picture as many (default 40000).",
    ),
    in_explanation(
        "--seed",
        type=click.IntRange(0),
        metavar="N",
        default=0,
        help="Draw other places with another seed; the same one gives the same kernels (default "
        "0).",
    ),
    explanation_flag(
        "--whiten",
        help="Learn the kernel that makes neighbours independent; with --features, divide each by "
        "its deviation. The default does not.",
    ),
)

# The options of either question: they mean nothing for the other one.
_OF_FEATURES = ("by", "patches", "seed")
_OF_PAIRS = ("symmetric", "separable", "ridge", "sum", "no_offset", "linear")


class LearnRequest(NamedTuple):
    """Everything that is asked for."""

    paths: tuple[str, ...]
    kernel: FitArguments
    features: FeatureOptions
    reading: ReadingOptions
    as_json: bool

    @property
    def sources(self) -> tuple[str, ...]:
        """The files or folders that are read."""
        return self.paths[:-1] if self.features.is_asked else self.paths[:2]

    def check(self) -> None:
        """Raise ``UsageError`` for names and options that do not belong together."""
        count, is_asked = len(self.paths), self.features.is_asked
        for option in _OF_PAIRS if is_asked else _OF_FEATURES:
            if is_given(option):
                name, other = option.replace("_", "-"), "without" if is_asked else "with"
                raise UsageError(f"--{name} is meant {other} --features", f"leave out --{name}")
        if is_asked and count < 2:
            raise UsageError("learn --features takes pictures and a name to write to", "give both")
        if not is_asked and not 2 <= count <= 3:
            raise UsageError(
                f"learn takes two or three names, not {count}",
                "write BEFORE AFTER, or BEFORE AFTER KERNEL",
            )
        if self.sources.count(PIPE) > 1:
            raise UsageError("standard input gives one picture", "name a file for the other")


@click.command(
    cls=SectionedCommand,
    no_args_is_help=True,
    examples=[
        ("See which kernel another program used", "imgconv learn before.png after.png"),
        ("Keep it, and apply it", "imgconv learn before.png after.png mine.toml"),
        (
            "Learn a large symmetric one",
            "imgconv learn a.png b.png k.toml --size 9 --symmetric all",
        ),
        ("Learn from two folders of pictures", "imgconv learn before/ after/ mine.toml"),
        ("Learn features of pictures", "imgconv learn photos/ bank.toml --features 16"),
        ("Draw it", "imgconv learn before.png after.png kernel.png --size 5"),
    ],
)
@click.argument(
    "paths", metavar="BEFORE AFTER [KERNEL] | INPUT... BANK", nargs=-1, type=click.Path()
)
@fit_options
@feature_options
@reading_options
@json_option
def learn(**options: Any) -> None:
    """Learn the kernel that made AFTER of BEFORE: two pictures, or two folders of them.

    The weights, and an offset, minimise the sum of squared differences from AFTER, over all pixels
    and colours. Pixels are left out where the kernel reaches over the edge, where AFTER is black or
    white and may be clipped, and where it is not opaque. Weights that are, within their errors,
    whole numbers divided by a scale are written as these. A blur is undone by exchanging the
    pictures, with a large --size and a --ridge.

    KERNEL is a .toml file, which 'imgconv apply' takes, an .npy file of the weights, a figure
    (.png, .svg, .pdf, ...) that needs matplotlib (pip install matplotlib), or - for TOML on
    standard output. Without it the numbers are printed.

    With --features or --whiten there is no AFTER: kernels are learnt from patches of INPUT, which
    are pictures or folders. BANK is .toml or .npy, which 'imgconv maps' takes, or a picture of
    all features.
    """
    request = LearnRequest(**options)
    request.check()
    answer("features" if request.features.is_asked else "learn", request, request.sources)
