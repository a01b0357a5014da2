"""``imgconv apply FILTER INPUT... OUTPUT``."""

from __future__ import annotations

import gc
import os
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import click

from imgconv import batch, cli
from imgconv.batch.overwrite import REPLACE, OverwriteRule
from imgconv.cli import signals
from imgconv.cli.console import progress_bar, report_compiling
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_source, check_target, open_first
from imgconv.cli.options import (
    FilteringOptions,
    PictureOptions,
    PlacingOptions,
    filtering_options,
    picture_options,
    placing_options,
)
from imgconv.cli.results import ResultPrinter, print_dry_run
from imgconv.errors import TRACEBACK_VARIABLE
from imgconv.jit import code_cache
from imgconv.system.threads import available_cores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from imgconv.batch.process import Processor
    from imgconv.batch.source import PictureReader
    from imgconv.batch.tasks import Task
    from imgconv.images.pixels import Header


@click.command(cls=FilterCommand, no_args_is_help=True)
@filtering_options
@click.argument("places", metavar="INPUT... OUTPUT", nargs=-1, required=True, type=click.Path())
@picture_options
@placing_options
@click.option("--jobs", type=click.IntRange(1), metavar="N", help="Pictures at once.")
@click.option("--dry-run", is_flag=True, help="Say what would be read and written.")
def apply(
    places: tuple[str, ...],
    filtering: FilteringOptions,
    pictures: PictureOptions,
    placing: PlacingOptions,
    jobs: int | None,
    dry_run: bool,
) -> int:
    """Filter pictures: FILTER says how, INPUT which, OUTPUT where they go.

    FILTER is a name (blur), a name with values (gaussian:2), a kernel file (./mine.toml), a kernel
    written out ("0 -1 0; -1 5 -1; 0 -1 0"), or a chain of these joined by commas. INPUT is a file,
    a folder or - for standard input; OUTPUT is a file, a folder or - for standard output. With
    --in-place all are INPUT, and each is replaced by its result.

    'imgconv apply FILTER --help' lists the options of that filter.
    """
    rule, tasks = placing.rule(), placing.tasks(places, pictures.format)
    request = cli.request.make_request(filtering, pictures)
    fingerprint = partial(cli.request.request_fingerprint, request, pictures)
    if dry_run:
        request.check()
        return print_dry_run(tasks, OverwriteRule(rule, fingerprint, tasks))
    is_needed = rule == REPLACE and len(tasks) == 1 and not placing.report
    reader, header = _open_first(tasks[0], pictures, is_needed)
    workers = _workers(len(tasks), filtering.threads, jobs)
    if workers > 1:
        reader.close()  # the workers would share the position in a file
    snapshots = cli.request.make_snapshot_cache(filtering, pictures, request, workers)
    snapshot = snapshots.begin(header)
    if snapshot is None:
        request.check()
        import_module("imgconv.batch.filter_frame")  # which workers inherit
    known = (lambda: snapshot.fingerprint) if snapshot else fingerprint
    overwrite = OverwriteRule(rule, known, tasks)
    report = batch.report.Report(placing.report, filtering.filter_text) if placing.report else None
    processor = batch.process.Processor(request, reader, overwrite, snapshots)
    return _run(processor, reader, tasks, ResultPrinter(report), jobs, workers)


def _open_first(
    task: Task, pictures: PictureOptions, is_needed: bool
) -> tuple[PictureReader, Header | None]:
    check_source(task.source)
    check_target(task.target)
    cli.library_warnings.collect_library_warnings()
    reader = batch.source.PictureReader(pictures.max_pixels, pictures.allow_8_bit)
    return reader, open_first(reader, task, is_needed)


def _workers(tasks: int, threads: int | None, jobs: int | None) -> int:
    """Return the number of worker processes; 1 means that this process does all.

    It does where it waits for no signals, which would end it without its workers, where an
    internal error is to be raised, and where processes cannot share compiled loops.
    """
    workers = batch.runner.useful_workers(tasks, min(threads or available_cores(), jobs or tasks))
    if workers == 1 or not signals.are_waited_for() or os.environ.get(TRACEBACK_VARIABLE):
        return 1
    return workers if code_cache.can_be_shared() else 1


def _run(
    processor: Processor,
    reader: PictureReader,
    tasks: Sequence[Task],
    printer: ResultPrinter,
    jobs: int | None,
    workers: int,
) -> int:
    report_compiling()
    # __main__.py disabled garbage collection for the imports. What they made is never garbage, and
    # to traverse it once would take as long as filtering a small picture.
    gc.freeze()
    gc.enable()
    stream, request = reader.find_stream(tasks[0].source), processor.request
    if stream and batch.stream.can_hold(request, tasks[0], stream):
        result = batch.stream.filter_stream(request, tasks[0], stream, processor.overwrite)
        printer(result)
        return printer.end([result])
    with progress_bar() as progress:
        results = batch.runner.run(processor, tasks, printer, progress, jobs, workers)
    return printer.end(results)
