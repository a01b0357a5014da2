"""The options that say how a picture is filtered, and what becomes of them.

The options that say where pictures go and what becomes of what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from imgconv.batch import tasks
from imgconv.batch.overwrite import REPLACED, RULES
from imgconv.cli.completion import complete_border
from imgconv.cli.console import say
from imgconv.cli.filter_options import given_values
from imgconv.errors import FileError, UsageError
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS
from imgconv.kernels.extent import EXTENTS
from imgconv.kernels.filter import RANGES

if TYPE_CHECKING:
    from imgconv.batch.overwrite import Existing
    from imgconv.batch.tasks import Pair
    from imgconv.formats.registry import FormatRow
    from imgconv.kernels.filter import Filter
    from imgconv.planning.settings import Settings


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
        raise UsageError(
            f"--{changes[0]} is meant for one filter, not for a chain", "put it into a kernel file"
        )
    return [_changed(filter, options) for filter in filters] if changes else filters


def _changed(filter: Filter, options: dict[str, Any]) -> Filter:
    if options["normalize"]:
        filter = filter.map_kernels(lambda kernel: kernel.normalised(options["normalize"]))
    if options["flip"]:
        filter = filter.map_kernels(lambda kernel: kernel.flip())
    return filter.map_kernels(lambda kernel: kernel.replaced(options["scale"], options["offset"]))


def settings_of(options: dict[str, Any]) -> Settings:
    """How they are applied; raises ``UsageError`` for what fits no picture."""
    from imgconv.images.pixels import parse_channels
    from imgconv.kernels.border import Border
    from imgconv.planning.settings import Settings, check_tolerance

    channels = options["channels"]
    check_tolerance(options["tolerance"])
    return Settings(
        border=Border.parse(options["border"]),
        extent=options["extent"],
        range=options["range_"],
        channels=parse_channels(channels) if channels else None,
        engine=options["engine"],
        tolerance=options["tolerance"],
        threads=options["threads"],
        patience=_seconds(options["patience"]),
        straight_alpha=options["straight_alpha"],
        linear=options["linear"],
    )


def _seconds(patience: float) -> float:
    if not patience >= 0:  # as what is no number is not
        raise UsageError(f"--patience {patience:g} is no time to wait", "give seconds, from 0")
    return patience


# The rules that say nothing of a picture that is to be replaced.
_NOT_IN_PLACE = ("no-clobber", "skip-existing")

_PLACING_OPTIONS = (
    click.option("--in-place", is_flag=True, help="Replace each INPUT; there is no OUTPUT then."),
    *(click.option(f"--{rule}", is_flag=True, help=summary) for rule, summary in RULES.items()),
    click.option("--report", metavar="FILE", help="Write what became of each file, as JSON lines."),
)


def placing_options(command: Decorated) -> Decorated:
    """Give a command the options of where pictures go."""
    for option in reversed(_PLACING_OPTIONS):
        command = option(command)
    return command


def pairs_of(
    places: Sequence[str], format: FormatRow | None, options: dict[str, Any]
) -> list[Pair]:
    """The pictures, and where each goes; raises ``UsageError``."""
    if options["in_place"]:
        if format is not None:
            raise UsageError("--in-place keeps the format of a picture", "leave out --format")
        pairs = tasks.pair_in_place(places)
    else:
        *sources, target = places
        if not sources:
            raise UsageError("there is no OUTPUT", "name one, or give --in-place to replace INPUT")
        pairs = tasks.pair(sources, target, format)
    if options["report"]:
        tasks.check_apart(options["report"], pairs)
    return pairs


def rule_of(options: dict[str, Any]) -> str:
    """What becomes of outputs that exist; raises ``UsageError`` for rules that exclude others."""
    given = [rule for rule in RULES if options[rule.replace("-", "_")]]
    if len(given) > 1:
        raise UsageError(f"--{given[0]} and --{given[1]} exclude each other", "give one of them")
    if options["in_place"] and given and given[0] in _NOT_IN_PLACE:
        raise UsageError(f"--{given[0]} leaves all as it is in place", "leave it out")
    return given[0] if given else REPLACED


def tell_what_would_be(pairs: Sequence[Pair], existing: Existing) -> int:
    """Say what would be read and written; gives the exit code."""
    code = 0
    for pair in pairs:
        try:
            would = "leave" if existing.leaves(pair) else f"read {pair.source} and write"
            say(f"would {would} {pair.target}")
        except FileError as error:
            say(str(error))
            code = error.exit_code
    return code
