"""``imgconv explain FILTER INPUT``: how a result is computed, shown in several ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imgconv import images
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_order
from imgconv.cli.option_groups import (
    as_record,
    explanation_flag,
    given_one,
    in_explanation,
    json_option,
)
from imgconv.cli.options import FilteringOptions, plain_filtering_options
from imgconv.cli.study_options import (
    PLACE,
    SIZE,
    FilmOptions,
    ReadingOptions,
    answer,
    film_options,
    output_argument,
    reading_options,
)

if TYPE_CHECKING:
    from imgconv.images.pixels import Pixels


class PlaceOptions(NamedTuple):
    """The pixel that is explained, the step of a chain, and the pixels to a side around it."""

    at: tuple[int, int] | None
    step: int | None
    context: int | None


place_options = as_record(
    "place",
    PlaceOptions,
    in_explanation(
        "--at",
        type=PLACE,
        metavar="X,Y",
        help="Explain this pixel of the result (default: the middle).",
    ),
    in_explanation(
        "--step",
        type=int,
        metavar="N",
        help="Explain step N of a chain, counted from 1 (default: the last).",
    ),
    in_explanation(
        "--context",
        type=click.IntRange(3),
        metavar="N",
        help="Draw N pixels to a side around it (default: 33, or more for a large kernel).",
    ),
)


class KindOptions(NamedTuple):
    """The kind of explanation, of which one is chosen, and the texts of the matrix."""

    slide: bool
    fourier: bool
    matrix: bool
    letters: bool

    def chosen(self) -> str:
        """Return the name of the module that answers; raises ``UsageError`` for two kinds."""
        return given_one(self, _KINDS) or "pixel"


# The options that choose another explanation than that of a pixel, and their modules in answers/.
_KINDS = ("slide", "fourier", "matrix")

kind_options = as_record(
    "kind",
    KindOptions,
    explanation_flag(
        "--slide",
        help="Draw the kernel sliding over a part of INPUT, as an animation in OUTPUT (.gif, .png, "
        ".webp), or as a film to -. The default explains a pixel.",
    ),
    explanation_flag(
        "--fourier",
        help="Show the convolution theorem: the result by sums, and by a product of spectra. The "
        "default explains a pixel.",
    ),
    explanation_flag(
        "--matrix",
        help="Show the weight matrix: a row for each result, a column for each pixel. INPUT may be "
        "a size, as 5x5, and the extent is valid by default. The default explains a pixel.",
    ),
    explanation_flag(
        "--letters", help="Write w0, w1, ... in a matrix. The default writes weights."
    ),
)


class PartOptions(NamedTuple):
    """The part of the picture that the kernel slides over."""

    around: tuple[int, int] | None
    window: tuple[int, int]


part_options = as_record(
    "part",
    PartOptions,
    in_explanation(
        "--around",
        type=PLACE,
        metavar="X,Y",
        help="Slide around this pixel of INPUT (default: its middle).",
    ),
    in_explanation(
        "--window",
        type=SIZE,
        metavar="WxH",
        default=(12, 9),
        help="Slide over as many pixels (default 12x9).",
    ),
)


class ExplainRequest(NamedTuple):
    """Everything that is asked for."""

    filtering: FilteringOptions
    source: str
    output: str | None
    place: PlaceOptions
    kind: KindOptions
    part: PartOptions
    film: FilmOptions
    reading: ReadingOptions
    as_json: bool

    @property
    def inputs(self) -> list[str]:
        """The files that no output may overwrite."""
        return [self.source, *map(str, self.filtering.files())]

    def pixels(self) -> Pixels:
        """Read the picture as the options say."""
        rule, linear = self.filtering.gray_rule, self.filtering.linear
        pixels = self.reading.pixels(self.source, rule == "luma", linear)
        return images.depth.gray_by(pixels, rule) if rule else pixels


@click.command(
    cls=FilterCommand,
    no_args_is_help=True,
    examples=[
        ("See how a pixel is sharpened", "imgconv explain sharpen in.png --at 172,105"),
        ("Draw it", "imgconv explain sobel in.png figure.png --at 40,30"),
        ("Watch it slide", "imgconv explain blur in.png out.gif --slide --gray"),
        ("See the theorem", "imgconv explain blur in.png figure.png --fourier"),
        ("See a circle in the spectrum", "imgconv explain freq-low:0.06 in.png four.png"),
        ("See the weight matrix", "imgconv explain '1 0; 0 -1' 5x5 --matrix"),
        ("Look into a chain", "imgconv explain gaussian:2,sobel in.png --step 1 --at 3,4"),
    ],
)
@plain_filtering_options
@click.argument("source", metavar="INPUT", type=click.Path())
@output_argument
@place_options
@kind_options
@part_options
@film_options(in_explanation, 6)
@reading_options
@json_option
def explain(**options: Any) -> None:
    """Show how one pixel of the result of FILTER is computed from INPUT.

    For each channel the values under the kernel are multiplied by the weights and summed. Each
    line after that is one step to the value that 'imgconv apply --exact' writes. The kernel is
    laid over the picture as it is written (correlation); --flip turns it. Values that the border
    fills in are marked *. X goes to the right and Y down, from 0, in the result as it is seen.

    With OUTPUT (.png, .svg, .pdf, ...) the same is drawn, with the surroundings before and after.
    That needs matplotlib (pip install matplotlib). --matrix writes .npy and .npz as well.

    A filter of frequencies (freq-low, ...) is shown in four steps: the picture, its spectrum, what
    the mask keeps of that, and the picture back from it.
    """
    request = ExplainRequest(**options)
    places = [request.source, *filter(None, [request.output])]
    check_order(request.filtering.filter_text, places, "explain")
    answer(request.kind.chosen(), request, [request.source])
