"""``imgconv apply FILTER INPUT... OUTPUT``."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from imgconv.batch.overwrite import REPLACED, Existing
from imgconv.batch.process_pool import useful_members
from imgconv.batch.tasks import Pair
from imgconv.cli import signals
from imgconv.cli.completion import complete_filter
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import begin_reading, film_in_pipe, one_picture
from imgconv.cli.options import (
    filtering_options,
    filters_of,
    pairs_of,
    placing_options,
    rule_of,
    settings_of,
    tell_what_would_be,
)
from imgconv.cli.results import Teller
from imgconv.errors import TRACEBACK_VARIABLE
from imgconv.formats import registry
from imgconv.system.threads import available_cores

if TYPE_CHECKING:
    from imgconv.batch.request import Request
    from imgconv.execution.snapshot_cache import SnapshotCache
    from imgconv.formats.metadata import Picture
    from imgconv.formats.registry import FormatRow


@click.command(cls=FilterCommand, no_args_is_help=True)
@click.argument("filter_text", metavar="FILTER", shell_complete=complete_filter)
@click.argument("places", metavar="INPUT... OUTPUT", nargs=-1, required=True, type=click.Path())
@filtering_options
@click.option("--format", "format_", metavar="NAME", help="Write this format: png, jpeg, tiff, ...")
@click.option("--quality", type=click.IntRange(1, 100), metavar="N", help="For lossy formats.")
@click.option("--strip", is_flag=True, help="Leave out EXIF, XMP, text; not the colour profile.")
@click.option("--upright", is_flag=True, help="Turn the pixels as the orientation says.")
@click.option(
    "--frame", type=click.IntRange(0), metavar="N", help="Take one frame or page, the first is 0."
)
@click.option(
    "--background",
    metavar="COLOUR",
    help="Lay what is transparent on this colour: white, #ff8800.",
)
@click.option("--depth", type=click.Choice(["8", "16"]), help="Write so many bits a value.")
@click.option(
    "--allow-8-bit",
    is_flag=True,
    help="Read deeper pictures with 8 bits where imgconv[deep] is not installed.",
)
@click.option(
    "--max-pixels",
    metavar="N",
    help="Refuse larger pictures, all frames counted: 800M, 2G (default 500M).",
)
@placing_options
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Pictures at once.")
@click.option("--dry-run", is_flag=True, help="Say what would be read and written.")
def apply(
    filter_text: str,
    places: tuple[str, ...],
    format_: str | None,
    max_pixels: str | None,
    jobs: int | None,
    dry_run: bool,
    **options: Any,
) -> int:
    """Filter pictures: what to do, from where, to where.

    FILTER is a name (blur), a name with values (gaussian:2), a kernel file (./mine.toml), a kernel
    written out ("0 -1 0; -1 5 -1; 0 -1 0"), or a chain of these joined by commas. INPUT is a file,
    a folder or - for standard input; OUTPUT is a file, a folder or - for standard output. With
    --in-place all are INPUT, and each is replaced by its result.

    'imgconv apply FILTER --help' lists the options of that filter.
    """
    format = registry.by_name(format_) if format_ else None
    allowed = (_most_pixels(max_pixels), bool(options["allow_8_bit"]))
    rule = rule_of(options)
    pairs = pairs_of(places, format, options)
    members = _members(len(pairs), options["threads"], jobs)
    if dry_run:
        request = _request(filter_text, format, options)
        _prepare(request)
        return tell_what_would_be(pairs, Existing(rule, _key(request, options), pairs))
    ahead = rule == REPLACED and members == 1
    read, header = begin_reading(pairs, allowed, ahead, bool(options["report"]))
    request = _request(filter_text, format, options)
    snapshots = _snapshots(filter_text, options, request, members)
    snapshot = snapshots.begin(header)
    if snapshot is None:
        _prepare(request)
    known = (lambda: snapshot.fingerprint) if snapshot else _key(request, options)
    existing = Existing(rule, known, pairs)
    tell = _teller(options["report"], filter_text)
    return _run(request, pairs, jobs, read, existing, tell, allowed[0], members, snapshots)


def _members(pairs: int, threads: int | None, jobs: int | None) -> int:
    """How many processes share out the pictures.

    None but this one where signals may take it away from the others, where a fault is to end all,
    and where others cannot load what one has compiled.
    """
    members = useful_members(pairs, min(threads or available_cores(), jobs or pairs))
    if members == 1 or not signals.are_waited_for() or os.environ.get(TRACEBACK_VARIABLE):
        return 1
    from imgconv.jit import code_cache

    return members if code_cache.can_be_shared() else 1


def _most_pixels(text: str | None) -> int | None:
    if text is None:
        return None
    from imgconv.formats.limits import parse_pixels

    return parse_pixels(text)


def _request(filter_text: str, format: FormatRow | None, options: dict[str, Any]) -> Request:
    """What is to be done to every picture, the filters made when they are asked for."""
    from imgconv.batch.convert import Fit
    from imgconv.batch.request import Request
    from imgconv.execution.snapshot_cache import LazySequence

    return Request(
        LazySequence(lambda: filters_of(filter_text, options)),
        settings_of(options),
        options["gray"],
        format,
        options["quality"],
        strip=options["strip"],
        frame=options["frame"],
        upright=options["upright"],
        fit=Fit(options["background"], options["depth"] and int(options["depth"])),
    )


def _prepare(request: Request) -> None:
    """Import what plans; raises ``UsageError`` for what can be done to no picture."""
    from imgconv.batch.request import check

    import_module("imgconv.batch.filter_frame")
    check(request)


def _snapshots(
    filter_text: str, options: dict[str, Any], request: Request, members: int
) -> SnapshotCache:
    from imgconv.cli.snapshot_key import snapshots_of

    return snapshots_of(filter_text, options, request, members)


def _key(request: Request, options: dict[str, Any]) -> Callable[[], str]:
    """By what runs remember the request."""
    from imgconv.cli.snapshot_key import key

    return partial(key, request, options)


def _teller(report: str | None, filter_text: str) -> Teller:
    if report is None:
        return Teller(None)
    from imgconv.batch.report import Report

    return Teller(Report(report, filter_text))


def _run(
    request: Request,
    pairs: list[Pair],
    jobs: int | None,
    read: Callable[[str], Picture],
    existing: Existing,
    tell: Teller,
    most_pixels: int | None,
    members: int,
    snapshots: SnapshotCache,
) -> int:
    from imgconv.batch import runner
    from imgconv.cli.cache import announce_compiling
    from imgconv.cli.console import progress_bar

    announce_compiling()
    # What __main__.py disabled for the imports, which are over. What they made stays for good: to
    # look it all over once would take as long as filtering a small picture.
    gc.freeze()
    gc.enable()
    film = film_in_pipe(pairs[0], read, most_pixels)
    if film:
        from imgconv.batch.stream import run_film, stays_film

        if stays_film(request, pairs[0], film):
            outcomes = [run_film(request, pairs[0], film, existing)]
            tell(outcomes[0])
            return tell.end(outcomes)
        read = partial(one_picture, film)
    with progress_bar() as progress:
        outcomes = runner.run(
            request, pairs, jobs, tell, progress, read, existing, members, snapshots
        )
    return tell.end(outcomes)
