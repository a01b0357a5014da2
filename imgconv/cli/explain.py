"""``imgconv explain FILTER INPUT``: how one pixel of the result is computed, in numbers."""

from __future__ import annotations

import click

from imgconv import cli
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_source
from imgconv.cli.option_groups import in_pixels
from imgconv.cli.options import (
    FilteringOptions,
    max_pixels_option,
    plain_filtering_options,
)
from imgconv.cli.study_options import PLACE, frame_option, json_option, print_json


@click.command(
    cls=FilterCommand,
    no_args_is_help=True,
    examples=[
        ("See how a pixel is sharpened", "imgconv explain sharpen in.png --at 172,105"),
        ("Look into a chain", "imgconv explain gaussian:2,sobel in.png --step 1 --at 3,4"),
    ],
)
@plain_filtering_options
@click.argument("source", metavar="INPUT", type=click.Path())
@in_pixels(
    "--at",
    type=PLACE,
    metavar="X,Y",
    help="Explain this pixel of the result (default: the middle).",
)
@in_pixels(
    "--step",
    type=int,
    metavar="N",
    help="Explain step N of a chain, counted from 1 (default: the last).",
)
@frame_option
@json_option
@max_pixels_option
def explain(
    filtering: FilteringOptions,
    source: str,
    at: tuple[int, int] | None,
    step: int | None,
    frame: int | None,
    as_json: bool,
    max_pixels: int | None,
) -> None:
    """Show how one pixel of the result of FILTER is computed from INPUT.

    For each channel the values under the kernel are multiplied by the weights and summed. Each
    line after that is one step to the value that 'imgconv apply --exact' writes. The kernel is
    laid over the picture as it is written (correlation); --flip turns it. Values that the border
    fills in are marked *. X goes to the right and Y down, from 0, in the result as it is seen.
    """
    from imgconv.formats.upright import read_upright
    from imgconv.study.chain import Chain
    from imgconv.study.pixel import explain_pixel

    check_source(source)
    cli.library_warnings.collect_library_warnings()
    filters, settings = filtering.filters(), filtering.settings()
    pixels = read_upright(source, frame, filtering.gray, max_pixels, settings.linear)
    explanation = explain_pixel(Chain(pixels, filters, settings), step, at)
    if as_json:
        print_json(cli.answers.explain.document(source, explanation))
    else:
        cli.answers.explain.print_explanation(source, explanation)
