"""``imgconv maps BANK INPUT [OUTPUT]``: a picture under many kernels, as in a layer."""

from __future__ import annotations

from typing import Any, NamedTuple

import click

from imgconv.cli.completion.values import complete_bank, complete_border, complete_from
from imgconv.cli.filter_options import KernelCommand
from imgconv.cli.option_groups import (
    as_record,
    in_files,
    in_kernel,
    in_pixels,
    json_option,
    kernel_flag,
    pixels_flag,
)
from imgconv.cli.study_options import (
    ReadingOptions,
    answer,
    output_argument,
    reading_options,
)
from imgconv.kernels.border import BORDERS, EXTENTS


class LayerArguments(NamedTuple):
    """The bank, and how it is applied, as texts and numbers of the command line."""

    bank: str
    kernels: bool
    bias: str
    activation: str
    pool: str | None
    stride: int
    dilation: int
    extent: str
    border: str
    input: str
    gray: bool


_AT_LEAST_ONE = click.IntRange(1, 10**6)

# Their formulas are in study/layer/standard.py.
_INPUTS = {
    "unit": "levels divided by the maximum, 0 to 1",
    "levels": "levels as they are",
    "standard": "mean 0 and standard deviation 1 in each channel",
    "white": "channels that are not correlated, with standard deviation 1",
}

layer_options = as_record(
    "layer",
    LayerArguments,
    click.argument("bank", metavar="BANK", shell_complete=complete_bank),
    kernel_flag(
        "--kernels",
        help="Make a map of each kernel of a filter. The default makes one of their combination.",
    ),
    in_kernel(
        "--bias",
        metavar="B,..",
        default="0",
        help="Add one number to all maps, or one to each, given here or in a file (.npy, .csv, "
        "...), in units of the input. A bias that is subtracted as -b is added here, so write it "
        "with its sign (default 0).",
    ),
    in_kernel(
        "--activation",
        metavar="NAME",
        default="none",
        shell_complete=complete_from(("none", "relu", "leaky:0.01", "tanh", "sigmoid", "abs")),
        help="Apply relu, leaky:0.01, tanh, sigmoid or abs to each sum (default none).",
    ),
    in_kernel(
        "--pool",
        metavar="KIND:N",
        shell_complete=complete_from(("max:2", "mean:2")),
        help="Take the max or mean of each NxN values, as in max:2, or with a stride as in "
        "mean:3:1. Values at the end that fill no square are left out (default: no pooling).",
    ),
    in_kernel(
        "--stride",
        type=_AT_LEAST_ONE,
        metavar="N",
        default=1,
        help="Lay the kernels on every Nth pixel (default 1).",
    ),
    in_kernel(
        "--dilation",
        type=_AT_LEAST_ONE,
        metavar="N",
        default=1,
        help="Lay the weights N pixels apart (default 1).",
    ),
    in_pixels(
        "--extent",
        choices={name: rule.summary for name, rule in EXTENTS.items()},
        metavar="EXTENT",
        default="valid",
        help="Choose how large a map is, before the stride (default valid):",
    ),
    in_pixels(
        "--border",
        default="edge",
        metavar="BORDER",
        shell_complete=complete_border,
        help=f"Continue the picture, once: {', '.join(n for n in BORDERS if n != 'none')} "
        "(default edge; the extent valid does without).",
    ),
    in_pixels(
        "--input",
        choices=_INPUTS,
        metavar="NAME",
        default="unit",
        help="Take levels as (default unit):",
    ),
    pixels_flag("--gray", help="Make the picture grey first. The default keeps its channels."),
)


class SheetOptions(NamedTuple):
    """How maps are shown where levels are written."""

    show: str
    columns: int | None


sheet_options = as_record(
    "sheet",
    SheetOptions,
    in_files(
        "--show",
        type=click.Choice(["each", "common"]),
        metavar="SCALE",
        default="each",
        help="Give each map of a sheet its own scale from black to white, or all a common one "
        "(default each).",
    ),
    in_files(
        "--columns",
        type=click.IntRange(1, 1000),
        metavar="N",
        help="Lay the maps of a sheet in N columns (default: about as wide as high).",
    ),
)


class MapsRequest(NamedTuple):
    """Everything that is asked for."""

    layer: LayerArguments
    source: str
    output: str | None
    sheet: SheetOptions
    reading: ReadingOptions
    as_json: bool


@click.command(
    cls=KernelCommand,
    no_args_is_help=True,
    examples=[
        ("See 32 maps of random kernels", "imgconv maps random:32:16 in.png sheet.png --gray"),
        ("Compare filters", "imgconv maps 'sobel-x | sobel-y | gaussian:2,laplacian' in.png"),
        (
            "Go through a layer",
            "imgconv maps 'sobel-x | sobel-y' in.png maps.npz --bias .5,-2 --activation relu "
            "--pool max:2",
        ),
        ("Decorrelate the channels", "imgconv maps identity in.png white.npy --input white"),
    ],
)
@layer_options
@click.argument("source", metavar="INPUT", type=click.Path())
@output_argument
@sheet_options
@reading_options
@json_option
def maps(**options: Any) -> None:
    """Lay each kernel of BANK over INPUT, and write a map for each.

    BANK is a filter, several joined by | in quotes, random:MAPS:SIZE[:SEED], a kernel file with
    combine = "maps", or an array of weights (.npy, .npz) of the shape (maps, height, width) or
    (maps, channels, height, width). With channels it is a convolutional layer, as PyTorch's conv2d:
    a map sums over them. Otherwise each map has the channels of the picture. Then follow bias,
    activation and pooling. Alpha is left out, and range rules of filters are not applied.

    OUTPUT .npy has float32 maps, (maps, height, width) or (maps, channels, height, width); .npz has
    maps, weights, bias and names; .tif a page of floats for each map and channel. Other pictures
    are sheets of all maps, whose levels show but do not keep values. Without OUTPUT a table is
    printed.
    """
    request = MapsRequest(**options)
    answer("maps", request, [request.source])
