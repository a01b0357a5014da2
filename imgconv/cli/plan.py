"""``imgconv plan FILTER INPUT``: the engines that would run, and the cost of each."""

from itertools import groupby
from typing import Any

import click

from imgconv import batch, cli, execution
from imgconv.cli.console import counted, print_json, say
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_order, check_source
from imgconv.cli.option_groups import json_option
from imgconv.cli.options import FilteringOptions, filtering_options, max_pixels_option
from imgconv.errors import LimitError
from imgconv.images.orientation import as_seen
from imgconv.images.pixels import Pixels
from imgconv.system.diagnostics import printable

Described = dict[str, Any]

_HEAD = ("engine", "multiplications", "memory", "time", "error")
_UNITS = (("GB", 1e9, 1), ("MB", 1e6, 1), ("KB", 1e3, 0))
_TIMES = (("hours", 7200, 3600), ("minutes", 120, 60), ("s", 1, 1), ("ms", 0, 1e-3))


@click.command(
    cls=FilterCommand,
    no_args_is_help=True,
    examples=[
        ("Compare the engines for a picture", "imgconv plan gaussian:20 in.png"),
        ("Plan a chain for a size", "imgconv plan disk:30,sobel 4000x3000"),
    ],
)
@filtering_options
@click.argument("source", metavar="INPUT", type=click.Path())
@json_option
@max_pixels_option
def plan(filtering: FilteringOptions, source: str, as_json: bool, max_pixels: int | None) -> None:
    """Show which engines would filter INPUT, and their costs.

    FILTER and the options are as for 'imgconv apply'. INPUT is a file, of which no more is read
    than its header, - for standard input, or a size: 4000x3000 is in colour, 4000x3000x1 grey.

    For each kernel, every engine that can run it is shown, and > marks the one that would: its
    multiplications for each value of a pixel, the memory beside the picture and its result, the
    time, and whether it is exact, or how far values may be from the exact ones before rounding, in
    levels of 255: at 16 bits, and of floats, also by rounding to float32. The last line is for all
    that would run, with rows fetched and stored. Time and memory are estimates.
    """
    from imgconv.execution.estimate import Estimate

    check_order(filtering.filter_text, [source], "plan")
    check_source(source)
    cli.library_warnings.collect_library_warnings()
    orientation = batch.probe.orientation(source)
    filters = as_seen(filtering.filters(), orientation)
    settings = filtering.settings(max_pixels)
    pixels = batch.probe.header(source, filtering.gray_rule is not None, max_pixels)
    blend = settings.blend_described
    if settings.blend:
        settings = settings.for_stored(orientation, pixels.size)
    estimate = Estimate.of(filters, pixels, settings)
    described = {"picture": _picture(source, pixels), **blend, **estimate.described()}
    if as_json:
        print_json(described)
    else:
        _print(described)
    try:
        estimate.check_cost()
    except LimitError as error:
        say(str(error))


def _picture(source: str, pixels: Pixels) -> Described:
    return {
        "source": source,
        "width": pixels.width,
        "height": pixels.height,
        "channels": len(pixels.channels),
        "type": pixels.array.dtype.name,
    }


def _print(described: Described) -> None:
    picture, threads = described["picture"], described["threads"]
    click.echo(
        f"{printable(picture['source'])}: {picture['width']}x{picture['height']}, "
        f"{counted(picture['channels'], 'channel')} of {picture['type']}, "
        f"on {counted(threads, 'thread')}"
    )
    if described["mix"] < 100 or described["mask"] or described["region"]:
        click.echo(_blend(described))
    for step in described["steps"]:
        _print_step(step)
    total = {"engine": "in all", "runs": False, **described["total"]}
    click.echo(f"\n{_line(total)}")


def _blend(described: Described) -> str:
    mask, region = described["mask"], described["region"]
    through = f", through the mask {printable(mask)}" if mask else ""
    within = f", within the region {region}" if region else ""
    return f"mixed: {described['mix']:g}% of the result{through}{within}"


def _print_step(step: Described) -> None:
    """Print a table for each kernel, or one for neighbours whose tables are the same."""
    first = 1
    for (size, table), kernels in groupby(step["kernels"], _table):
        last = first + len([*kernels]) - 1
        which = f"kernels {first} to {last}" if last > first else f"kernel {first}"
        if len(step["kernels"]) == 1:
            which = "mask" if "kept" in step["kernels"][0] else "kernel"
        click.echo(f"\n{printable(step['filter'])}, {which} of {size}")
        click.echo("  {:<12}{:>17}{:>12}{:>14}{:>10}".format(*_HEAD))
        click.echo(table)
        first = last + 1


def _table(kernel: Described) -> tuple[str, str]:
    lines = [_line(engine) for engine in kernel["engines"]]
    size = f"{kernel['width']}x{kernel['height']}"
    if "kept" in kernel:
        kept = execution.frequencies.Kept(kernel["kept"], kernel["width"] * kernel["height"])
        size += f", keeping {batch.kept_frequencies.in_words(kept)}"
    return size, "\n".join(lines)


def _line(cost: Described) -> str:
    mark = "> " if cost["runs"] else "  "
    return (
        f"{mark}{cost['engine']:<12}{_number(cost['multiplications']):>17}"
        f"{_bytes(cost['memory']):>12}{_time(cost['seconds']):>14}{_error(cost['error']):>10}"
    )


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _bytes(size: float) -> str:
    unit, length, digits = next((u for u in _UNITS if size >= u[1]), _UNITS[-1])
    return f"{size / length:,.{digits}f} {unit}"


def _error(levels: float) -> str:
    return f"{levels:.2g}" if levels else "exact"


def _time(seconds: float) -> str:
    unit, length = next((unit, length) for unit, least, length in _TIMES if seconds >= least)
    return f"{seconds / length:{',.0f' if seconds >= 10 * length else '.2g'}} {unit}"
