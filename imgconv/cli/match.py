"""``imgconv match TEMPLATE INPUT``: where a cut-out lies in a picture."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import click

from imgconv.cli.completion.values import complete_file
from imgconv.cli.option_groups import (
    as_record,
    explanation_flag,
    in_explanation,
    json_option,
    pixels_flag,
)
from imgconv.cli.sections import SectionedCommand
from imgconv.cli.study_options import (
    REGION,
    ReadingOptions,
    answer,
    output_argument,
    reading_options,
)
from imgconv.errors import UsageError
from imgconv.images.blend import Region
from imgconv.system.places import PIPE

_METHODS = {
    "correlation": "brightness and contrast do not count; -1 to 1, a copy has 1",
    "covariance": "brightness does not count, contrast does; in squared levels",
    "plain": "the sum of products, which is high wherever it is bright",
    "difference": "1 minus the rms difference as a share of white; a copy has 1",
}


class MatchOptions(NamedTuple):
    """The template, the part that is searched, the score, and the places that are kept."""

    cut: Region | None
    mask: str | None
    within: Region | None
    by: str
    threshold: float
    limit: int
    overlap: float
    subpixel: bool
    response: bool
    flipped: bool
    gray: bool


class MatchRequest(NamedTuple):
    """Everything that is asked for."""

    template: str
    source: str
    output: str | None
    options: MatchOptions
    reading: ReadingOptions
    as_json: bool

    @property
    def inputs(self) -> list[str]:
        """The files that no output may overwrite."""
        return [self.template, self.source, *filter(None, [self.options.mask])]

    def check(self) -> None:
        """Raise ``UsageError`` for arguments that contradict each other."""
        options = self.options
        if self.inputs.count(PIPE) > 1:
            raise UsageError("standard input can be read once", "name a file for the others")
        if not math.isfinite(options.threshold):
            raise UsageError(f"--threshold {options.threshold} is no score", "give a number as 0.9")
        if options.flipped and options.by not in ("plain", "covariance"):
            raise UsageError(
                f"--flipped compares sums, which --by {options.by} is not",
                "give --by plain or --by covariance",
            )
        if options.response and not self.output:
            raise UsageError("--response makes a picture", "name OUTPUT behind INPUT")


@click.command(
    cls=SectionedCommand,
    no_args_is_help=True,
    examples=[
        ("Find a cut-out in the picture itself", "imgconv match in.png in.png --cut 130,90,40x32"),
        (
            "Draw boxes round what is found",
            "imgconv match in.png in.png boxes.png --cut 130,90,40x32",
        ),
        ("Look at all scores", "imgconv match in.png in.png all.png --cut 130,90,40x32 --response"),
        (
            "List similar places as JSON",
            "imgconv match in.png in.png --cut 130,90,40x32 --threshold 0.5 --json",
        ),
    ],
)
@click.argument("template", metavar="TEMPLATE", type=click.Path())
@click.argument("source", metavar="INPUT", type=click.Path())
@output_argument
@as_record(
    "options",
    MatchOptions,
    in_explanation(
        "--cut",
        type=REGION,
        metavar="X,Y,WxH",
        help="Cut the template out of TEMPLATE (default: all of it).",
    ),
    in_explanation(
        "--mask",
        type=click.Path(),
        metavar="FILE",
        shell_complete=complete_file,
        help="Weight the template by a picture: white counts, black does not (default: its alpha).",
    ),
    in_explanation(
        "--within",
        type=REGION,
        metavar="X,Y,WxH",
        help="Search in this part of INPUT (default: all of it).",
    ),
    in_explanation(
        "--by",
        choices=_METHODS,
        default="correlation",
        metavar="SCORE",
        help="Compare by this score (default correlation):",
    ),
    in_explanation(
        "--threshold",
        type=float,
        default=0.9,
        metavar="N",
        help="Keep places whose score is at least N; by covariance and plain N times the score of "
        "the template with itself (default 0.9).",
    ),
    in_explanation(
        "--limit",
        type=click.IntRange(1),
        default=100,
        metavar="N",
        help="Keep the N best places of a frame (default 100).",
    ),
    in_explanation(
        "--overlap",
        type=click.FloatRange(0, 1),
        default=0.25,
        metavar="N",
        help="Leave out places that overlap a better one by more than N, intersection over union "
        "(default 0.25).",
    ),
    explanation_flag(
        "--subpixel",
        help="Place them between pixels, at the top of a parabola through three scores each way. "
        "The default is the best whole pixel.",
    ),
    explanation_flag(
        "--response",
        help="Write the scores of all places to OUTPUT: as grey, 0 black and 1 white, or as "
        "numbers to .npy and .tif. The default draws boxes.",
    ),
    explanation_flag(
        "--flipped",
        help="Show that correlation is convolution with the template turned by 180 degrees; OUTPUT "
        "is a figure of both. The default shows places only.",
    ),
    pixels_flag("--gray", help="Make both grey first. The default compares all channels."),
)
@reading_options
@json_option
def match(**options: Any) -> int:
    """Find where TEMPLATE lies in INPUT.

    Every place where the template lies wholly inside gets a score. The best places are listed that
    do not overlap, with the upper left corner, the size, the score and the centre. OUTPUT is INPUT
    with boxes round them. Where no place reaches the threshold the exit code is 1.

    TEMPLATE and INPUT are brought to the same channels and depth: grey if either is. All frames of
    INPUT are searched. The template is found in its own size and angle only, not larger, smaller or
    turned.
    """
    request = MatchRequest(**options)
    request.check()
    code: int = answer("match", request, request.inputs)
    return code
