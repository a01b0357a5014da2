"""The options that say how a picture is filtered, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from imgconv import library
from imgconv.border import BORDERS
from imgconv.cli.complete import complete_border
from imgconv.cli.declared import given_values
from imgconv.errors import WordsError
from imgconv.extent import EXTENTS
from imgconv.filter import RANGES

if TYPE_CHECKING:
    from imgconv.filter import Filter
    from imgconv.settings import Settings

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_OPTIONS = (
    click.option(
        "--border",
        default="edge",
        metavar="|".join(BORDERS),
        shell_complete=complete_border,
        help="What lies beyond the edge (default edge); constant takes a colour: constant:#ff8800.",
    ),
    click.option("--extent", type=click.Choice([*EXTENTS]), default="same", help="How large."),
    click.option(
        "--range", "range_", type=click.Choice(list(RANGES)), help="How values are shown."
    ),
    click.option("--channels", metavar="r,g,b,a", help="Filter only these channels."),
    click.option(
        "--linear", is_flag=True, help="Filter linear light, by the picture's own curve or sRGB."
    ),
    click.option("--straight-alpha", is_flag=True, help="Do not weigh colour by alpha."),
    click.option("--gray", is_flag=True, help="Make the picture grey first."),
    click.option("--normalize", metavar="sum|abs|none|softmax", help="Rescale the weights."),
    click.option("--scale", type=float, metavar="X", help="Divide the sum by X."),
    click.option("--offset", type=float, metavar="X", help="Add X levels to the result."),
    click.option("--flip", is_flag=True, help="Turn the kernel by 180 degrees (true convolution)."),
    click.option("--engine", metavar="NAME", help="Force an engine."),
    click.option(
        "--tolerance",
        type=float,
        default=0.5,
        metavar="LEVELS",
        help="How far values may be from the exact ones before rounding (default 0.5; 0 is exact).",
    ),
    click.option("--threads", type=click.IntRange(1), metavar="N", help="Cores to use."),
    click.option(
        "--patience", type=float, default=600.0, metavar="SECONDS", help="Refuse longer work."
    ),
)


def filtering_options(command: Decorated) -> Decorated:
    """Give a command the options of filtering."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def filters_of(text: str, options: dict[str, Any]) -> list[Filter]:
    """The filters that ``text`` names, changed as the options say."""
    filters = library.find(text, given_values(text, options))
    changes = [
        name
        for name in ("normalize", "scale", "offset", "flip")
        if options[name] is not None and options[name] is not False
    ]
    if changes and len(filters) > 1:
        raise WordsError(
            f"--{changes[0]} is meant for one filter, not for a chain", "put it into a kernel file"
        )
    return [_changed(filter, options) for filter in filters] if changes else filters


def _changed(filter: Filter, options: dict[str, Any]) -> Filter:
    if options["normalize"]:
        filter = filter.change(lambda kernel: kernel.normalised(options["normalize"]))
    if options["flip"]:
        filter = filter.change(lambda kernel: kernel.flip())
    return filter.change(lambda kernel: kernel.replaced(options["scale"], options["offset"]))


def settings_of(options: dict[str, Any]) -> Settings:
    """How they are applied; raises ``WordsError`` for what fits no picture."""
    from imgconv.border import Border
    from imgconv.picture import channel_names
    from imgconv.settings import Settings, check_tolerance

    channels = options["channels"]
    check_tolerance(options["tolerance"])
    return Settings(
        border=Border.parse(options["border"]),
        extent=options["extent"],
        range=options["range_"],
        channels=channel_names(channels) if channels else None,
        engine=options["engine"],
        tolerance=options["tolerance"],
        threads=options["threads"],
        patience=_seconds(options["patience"]),
        straight_alpha=options["straight_alpha"],
        linear=options["linear"],
    )


def _seconds(patience: float) -> float:
    if not patience >= 0:  # as what is no number is not
        raise WordsError(f"--patience {patience:g} is no time to wait", "give seconds, from 0")
    return patience
