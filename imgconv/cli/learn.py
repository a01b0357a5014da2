"""``imgconv learn BEFORE AFTER KERNEL``: the kernel that made one picture of another."""

from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

from imgconv import cli
from imgconv.cli.inputs import check_source
from imgconv.cli.option_groups import as_record, in_kernel, kernel_flag, pixels_flag
from imgconv.cli.sections import SectionedCommand
from imgconv.cli.study_options import KERNEL_SIZE, ReadingOptions, json_option, reading_options
from imgconv.errors import UsageError
from imgconv.system.places import PIPE

# The symmetries, as study/learning/family.py has them: a start has no time to import NumPy.
_SYMMETRIC = {
    "none": "any kernel",
    "mirror": "left is like right, and top like bottom",
    "turn": "turning it by 180 degrees changes nothing",
    "all": "the square's eight symmetries change nothing",
}


class FitTexts(NamedTuple):
    """The options about the kernel, as they are written; ``size`` is (width, height)."""

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
    FitTexts,
    in_kernel(
        "--size",
        type=KERNEL_SIZE,
        metavar="N|WxH",
        help="Learn a kernel of this size (default 3).",
    ),
    in_kernel(
        "--symmetric",
        type=click.Choice([*_SYMMETRIC]),
        metavar="RULE",
        default="none",
        help="Bind weights to each other (default none):",
        table=_SYMMETRIC,
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


class LearnRequest(NamedTuple):
    """Everything that is asked for."""

    paths: tuple[str, ...]
    kernel: FitTexts
    reading: ReadingOptions
    as_json: bool

    @staticmethod
    def is_given(option: str) -> bool:
        """Return whether an option stands on the command line."""
        source = click.get_current_context().get_parameter_source(option)
        return source is ParameterSource.COMMANDLINE


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
        ("Draw it", "imgconv learn before.png after.png kernel.png --size 5"),
    ],
)
@click.argument("paths", metavar="BEFORE AFTER [KERNEL]", nargs=-1, type=click.Path())
@fit_options
@reading_options
@json_option
def learn(**options: Any) -> None:
    """Learn the kernel that made AFTER of BEFORE: two pictures, or two folders of them.

    The weights, and an offset, are those of least squares over all pixels and colours. Pixels are
    left out where the kernel reaches over the edge, where AFTER is black or white and may be
    clipped, and where it is not opaque. Weights within their errors of whole numbers over a scale
    are written so. A blur is undone by exchanging the pictures, with a large --size and a --ridge.

    KERNEL is a .toml file, which 'imgconv apply' takes, an .npy file of the weights, a figure
    (.png, .svg, .pdf, ...) that needs matplotlib: pip install 'imgconv[plot]', or - for TOML on
    standard output. Without it the numbers are printed.
    """
    request = LearnRequest(**options)
    if not 2 <= len(request.paths) <= 3:
        raise UsageError(
            f"learn takes two or three names, not {len(request.paths)}",
            "write BEFORE AFTER, or BEFORE AFTER KERNEL",
        )
    if request.paths[:2] == (PIPE, PIPE):
        raise UsageError("standard input gives one picture", "name a file for the other")
    for source in request.paths[:2]:
        check_source(source)
    cli.library_warnings.collect_library_warnings()
    import_module("imgconv.cli.answers.learn").answer(request)
