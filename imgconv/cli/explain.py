"""``imgconv explain FILTER INPUT``: how one pixel of the result is computed, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from imgconv import cli
from imgconv.cli.console import say
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_source
from imgconv.cli.option_groups import as_record, in_pixels
from imgconv.cli.options import FilteringOptions, plain_filtering_options
from imgconv.cli.study_options import (
    PLACE,
    ReadingOptions,
    check_figure,
    json_option,
    output_argument,
    print_json,
    reading_options,
)

if TYPE_CHECKING:
    from imgconv.study.pixel import Explanation


class PlaceOptions(NamedTuple):
    """The pixel that is explained, the step of a chain, and the pixels to a side around it."""

    at: tuple[int, int] | None
    step: int | None
    context: int | None


place_options = as_record(
    "place",
    PlaceOptions,
    in_pixels(
        "--at",
        type=PLACE,
        metavar="X,Y",
        help="Explain this pixel of the result (default: the middle).",
    ),
    in_pixels(
        "--step",
        type=int,
        metavar="N",
        help="Explain step N of a chain, counted from 1 (default: the last).",
    ),
    in_pixels(
        "--context",
        type=click.IntRange(3),
        metavar="N",
        help="Draw N pixels to a side around it (default: 33, or more for a large kernel).",
    ),
)


@click.command(
    cls=FilterCommand,
    no_args_is_help=True,
    examples=[
        ("See how a pixel is sharpened", "imgconv explain sharpen in.png --at 172,105"),
        ("Draw it", "imgconv explain sobel in.png figure.png --at 40,30"),
        ("Look into a chain", "imgconv explain gaussian:2,sobel in.png --step 1 --at 3,4"),
    ],
)
@plain_filtering_options
@click.argument("source", metavar="INPUT", type=click.Path())
@output_argument
@place_options
@reading_options
@json_option
def explain(
    filtering: FilteringOptions,
    source: str,
    output: str | None,
    place: PlaceOptions,
    reading: ReadingOptions,
    as_json: bool,
) -> None:
    """Show how one pixel of the result of FILTER is computed from INPUT.

    For each channel the values under the kernel are multiplied by the weights and summed. Each
    line after that is one step to the value that 'imgconv apply --exact' writes. The kernel is
    laid over the picture as it is written (correlation); --flip turns it. Values that the border
    fills in are marked *. X goes to the right and Y down, from 0, in the result as it is seen.

    With OUTPUT (.png, .svg, .pdf, ...) the same is drawn, with the surroundings before and after.
    That needs matplotlib: pip install 'imgconv[plot]'.
    """
    from imgconv.study.chain import Chain
    from imgconv.study.pixel import explain_pixel

    check_source(source)
    if output:
        check_figure(output, [source, *map(str, filtering.files())])
    cli.library_warnings.collect_library_warnings()
    filters, settings = filtering.filters(), filtering.settings()
    pixels = reading.pixels(source, filtering.gray, settings.linear)
    explanation = explain_pixel(Chain(pixels, filters, settings), place.step, place.at)
    if as_json:
        print_json(cli.answers.explain.document(source, explanation))
    if output:
        _draw(source, output, explanation, place.context)
    elif not as_json:
        cli.answers.explain.print_explanation(source, explanation)


def _draw(source: str, output: str, explanation: Explanation, context: int | None) -> None:
    """Write the figure, and say the result on standard error."""
    from imgconv.figures.explain import draw_explanation
    from imgconv.figures.style import save
    from imgconv.study.surroundings import before_and_after

    answers = cli.answers.explain
    views = before_and_after(explanation, context)
    title, facts = answers.title(explanation), ", ".join(answers.facts(source, explanation))
    save(draw_explanation(title, facts, explanation, views), output)
    say(f"{title}: {answers.result(explanation)}; drawn in {output}")
