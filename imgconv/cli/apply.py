"""``imgconv apply FILTER INPUT... OUTPUT``."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING, Any

import click

from imgconv import formats
from imgconv.cli.complete import complete_filter
from imgconv.cli.declared import FilterCommand
from imgconv.cli.options import filtering_options, filters_of, settings_of
from imgconv.cli.pipes import check_source, check_target
from imgconv.cli.say import say
from imgconv.pairing import PIPE, Pair
from imgconv.pairing import pair as pair_up

if TYPE_CHECKING:
    from imgconv.ahead import ReadAhead
    from imgconv.batch import Request
    from imgconv.filter import Filter
    from imgconv.formats import Format
    from imgconv.outcome import Outcome
    from imgconv.streams import Stream


@click.command(cls=FilterCommand, no_args_is_help=True)
@click.argument("filter_text", metavar="FILTER", shell_complete=complete_filter)
@click.argument("sources", metavar="INPUT...", nargs=-1, required=True, type=click.Path())
@click.argument("target", metavar="OUTPUT", type=click.Path())
@filtering_options
@click.option("--format", "format_", metavar="NAME", help="Write this format: png, jpeg, tiff, ...")
@click.option("--quality", type=click.IntRange(1, 100), metavar="N", help="For lossy formats.")
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Pictures at once.")
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
    read = None if dry_run else _begin_reading(pairs[0])
    request = _request(filters_of(filter_text, options), format, options)
    if dry_run:
        for pair in pairs:
            say(f"would read {pair.source} and write {pair.target}")
        return 0
    return _run(request, pairs, jobs, read)


def _request(filters: list[Filter], format: Format | None, options: dict[str, Any]) -> Request:
    """What is to be done to every picture; raises ``WordsError`` for what can be done to none."""
    from imgconv import batch

    request = batch.Request(
        filters, settings_of(options), options["gray"], format, options["quality"]
    )
    batch.check(request)
    return request


def _begin_reading(pair: Pair) -> ReadAhead | None:
    """Read the first picture while modules are imported; not from a pipe: that may be a film."""
    from imgconv.cli.quiet import silence_pillow

    check_source(pair.source)
    check_target(pair.target)
    silence_pillow()
    if pair.source == PIPE:
        return None
    from imgconv.ahead import ReadAhead

    return ReadAhead(pair.source)


def _film(pair: Pair) -> Stream | None:
    """The film that is piped in, if one is."""
    if pair.source != PIPE:
        return None
    from imgconv import streams

    return streams.recognise(sys.stdin.buffer)


def _run(request: Request, pairs: list[Pair], jobs: int | None, read: ReadAhead | None) -> int:
    from imgconv import batch, files, streams
    from imgconv.cli.machine import announce_compiling
    from imgconv.cli.progress import progress_bar

    announce_compiling()
    gc.enable()  # what __main__.py disabled for the imports, which are over
    film = _film(pairs[0])
    if film and batch.stays_film(request, pairs[0], film):
        outcomes = [batch.run_film(request, pairs[0], film)]
        _tell(outcomes[0])
    else:
        take = (lambda source: streams.picture(film)) if film else read or files.read
        with progress_bar() as progress:
            outcomes = batch.run(request, pairs, jobs, _tell, progress, take)
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
