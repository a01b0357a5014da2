"""``imgconv apply FILTER INPUT... OUTPUT``."""

from __future__ import annotations

import gc
import re
import sys
from typing import TYPE_CHECKING, Any

import click

from imgconv import formats, library
from imgconv.border import BORDERS
from imgconv.cli.complete import complete_filter
from imgconv.cli.say import say
from imgconv.errors import WordsError
from imgconv.extent import EXTENTS
from imgconv.filter import RANGES, Parameter
from imgconv.pairing import PIPE, Pair
from imgconv.pairing import pair as pair_up

if TYPE_CHECKING:
    from imgconv.ahead import ReadAhead
    from imgconv.batch import Request
    from imgconv.filter import Filter
    from imgconv.outcome import Outcome
    from imgconv.streams import Stream

# A kernel that begins with a negative number is no option.
_NEGATIVE = re.compile(r"-[\d.][\d\s.,;:/eE+-]*")


class ApplyCommand(click.Command):
    """A command with the options that the filter on its line declares."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the filter first, since it says which options there are."""
        args = [f" {arg}" if _NEGATIVE.fullmatch(arg) else arg for arg in args]
        named = self._first_word(args)
        ctx.meta["parameters"] = _declared_parameters(named) if named else {}
        return super().parse_args(ctx, args)

    def _first_word(self, args: list[str]) -> str | None:
        """The first that is neither an option nor the value of one."""
        valued = {
            name
            for option in self.params
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        words = iter(args)
        for word in words:
            if word in valued:
                next(words, None)
            elif not word.startswith("-"):
                return word
        return None

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Its own options, and one for each parameter that the filter declares."""
        own = super().get_params(ctx)
        taken = {name for parameter in own for name in parameter.opts}
        declared: dict[str, Parameter] = ctx.meta.get("parameters", {})
        return [*(_option(p) for p in declared.values() if f"--{p.name}" not in taken), *own]


def _declared_parameters(text: str) -> dict[str, Parameter]:
    """The parameters of all filters in a chain; none where the chain cannot be read."""
    try:
        parsed = [library.parse_link(link) for link in library.links(text)]
    except WordsError:
        return {}
    return {p.name: p for link in parsed if link for p in link[0].parameters}


def _key(parameter: str) -> str:
    """Where Click puts the value of a filter's parameter, apart from the command's own options."""
    return f"parameter_{parameter.lower().replace('-', '_')}"


def _option(parameter: Parameter) -> click.Option:
    return click.Option(
        [f"--{parameter.name}", _key(parameter.name)],
        metavar="N" if parameter.is_whole else "X",
        help=f"{parameter.summary} (default {parameter.default:g}; {parameter.bounds}).",
    )


@click.command(cls=ApplyCommand, no_args_is_help=True)
@click.argument("filter_text", metavar="FILTER", shell_complete=complete_filter)
@click.argument("sources", metavar="INPUT...", nargs=-1, required=True, type=click.Path())
@click.argument("target", metavar="OUTPUT", type=click.Path())
@click.option(
    "--border",
    default="edge",
    metavar="|".join(BORDERS),
    help="What lies beyond the edge (default edge); constant takes a colour: constant:#ff8800.",
)
@click.option("--extent", type=click.Choice(list(EXTENTS)), default="same", help="How large.")
@click.option("--range", "range_", type=click.Choice(list(RANGES)), help="How values are shown.")
@click.option("--channels", metavar="r,g,b,a", help="Filter only these channels.")
@click.option("--gray", is_flag=True, help="Make the picture grey first.")
@click.option("--normalize", metavar="sum|abs|none|softmax", help="Rescale the weights.")
@click.option("--scale", type=float, metavar="X", help="Divide the sum by X.")
@click.option("--offset", type=float, metavar="X", help="Add X levels to the result.")
@click.option("--flip", is_flag=True, help="Turn the kernel by 180 degrees (true convolution).")
@click.option("--format", "format_", metavar="NAME", help="Write this format: png, jpeg, tiff, ...")
@click.option("--quality", type=click.IntRange(1, 100), metavar="N", help="For lossy formats.")
@click.option("--engine", metavar="NAME", help="Force an engine.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Pictures at once.")
@click.option("--threads", type=click.IntRange(1), metavar="N", help="Cores to use.")
@click.option(
    "--patience", type=float, default=600.0, metavar="SECONDS", help="Refuse longer work."
)
@click.option("--dry-run", is_flag=True, help="Say what would be read and written.")
def apply(
    filter_text: str,
    sources: tuple[str, ...],
    target: str,
    format_: str | None,
    jobs: int | None,
    dry_run: bool,
    **options: Any,
) -> int:
    """Filter pictures: what to do, from where, to where.

    FILTER is a name (blur), a name with values (gaussian:2), a kernel file (./mine.toml), a kernel
    written out ("0 -1 0; -1 5 -1; 0 -1 0"), or a chain of these joined by commas. INPUT is a file,
    a folder or - for standard input; OUTPUT is a file, a folder or - for standard output.

    'imgconv apply FILTER --help' lists the options of that filter.
    """
    format = formats.named(format_) if format_ else None
    pairs = pair_up(sources, target, format)
    if dry_run:
        _filters(filter_text, options)
        for pair in pairs:
            say(f"would read {pair.source} and write {pair.target}")
        return 0
    _refuse_terminals(pairs)
    read = _read_ahead(pairs[0])
    filters = _filters(filter_text, options)
    from imgconv import batch

    request = batch.Request(
        filters, _settings(options), options["gray"], format, options["quality"]
    )
    return _run(request, pairs, jobs, read)


def _filters(text: str, options: dict[str, Any]) -> list[Filter]:
    declared = _declared_parameters(text)
    given = {name: options.get(_key(name)) for name in declared}
    values = {name: value for name, value in given.items() if value is not None}
    filters = library.find(text, values)
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


def _settings(options: dict[str, Any]) -> Any:
    from imgconv.border import Border
    from imgconv.filtering import Settings

    channels = options["channels"]
    return Settings(
        border=Border.parse(options["border"]),
        extent=options["extent"],
        range=options["range_"],
        channels=frozenset(channels.lower().split(",")) if channels else None,
        engine=options["engine"],
        threads=options["threads"],
        patience=options["patience"],
    )


def _refuse_terminals(pairs: list[Pair]) -> None:
    if pairs[0].source == PIPE and sys.stdin is None:
        raise WordsError("standard input is closed", "pipe a picture in, or name a file")
    if pairs[0].target == PIPE and sys.stdout is None:
        raise WordsError("standard output is closed", "pipe it on, or name a file")
    if pairs[0].source == PIPE and sys.stdin.isatty():
        raise WordsError("standard input is a terminal", "pipe a picture in, or name a file")
    if pairs[0].target == PIPE and sys.stdout.isatty():
        raise WordsError("standard output is a terminal", "pipe it on, or name a file")


def _read_ahead(pair: Pair) -> ReadAhead | None:
    if pair.source == PIPE:
        return None  # what comes may be a film
    from imgconv.ahead import ReadAhead

    return ReadAhead(pair.source)


def _film(pair: Pair, request: Request) -> Stream | None:
    """The film that is piped through, if it is one and is to stay one."""
    keeps_form = request.format is None or request.format.name == "PPM"
    if pair.source != PIPE or pair.target != PIPE or not keeps_form:
        return None
    from imgconv import streams

    return streams.recognise(sys.stdin.buffer)


def _run(request: Request, pairs: list[Pair], jobs: int | None, read: ReadAhead | None) -> int:
    from imgconv import batch, files
    from imgconv.cli.machine import announce_compiling
    from imgconv.cli.progress import progress_bar

    announce_compiling()
    gc.enable()  # what __main__.py disabled for the imports, which are over
    film = _film(pairs[0], request)
    if film:
        outcomes = [batch.run_film(request, film, sys.stdout.buffer)]
        _tell(outcomes[0])
    else:
        with progress_bar() as progress:
            outcomes = batch.run(request, pairs, jobs, _tell, progress, read or files.read)
    failed = [outcome.error for outcome in outcomes if outcome.error]
    if len(outcomes) > 1 and failed:
        say(f"{len(failed)} of {len(outcomes)} pictures failed")
    if len(outcomes) == 1 and failed:
        return failed[0].exit_code
    return 1 if failed else 0


def _tell(outcome: Outcome) -> None:
    for note in outcome.notes:
        say(f"{outcome.source}: {note}")
    if outcome.error:
        say(str(outcome.error))
