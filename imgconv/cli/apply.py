"""``imgconv apply FILTER INPUT... OUTPUT``."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Sequence
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import click

from imgconv import batch, cli, execution, formats
from imgconv.batch.overwrite import REPLACE, OverwriteRule
from imgconv.batch.result import Report
from imgconv.batch.task import Task
from imgconv.cli.console import progress_bar, report_compiling, say
from imgconv.cli.filter_options import FilterCommand
from imgconv.cli.inputs import check_order, check_pipes, open_first
from imgconv.cli.options import (
    FilteringOptions,
    PictureOptions,
    filtering_options,
    picture_options,
)
from imgconv.cli.placing import PlacingOptions, RunOptions, placing_options, run_options
from imgconv.cli.repeating import repetition_options
from imgconv.cli.results import ResultPrinter, Verbosity
from imgconv.errors import TRACEBACK_VARIABLE, FileError, UsageError
from imgconv.execution.repetition import Repetition
from imgconv.images.orientation import as_seen
from imgconv.jit import code_cache
from imgconv.system import shutdown
from imgconv.system.places import PIPE
from imgconv.system.threads import available_cores

if TYPE_CHECKING:
    from imgconv.batch.process import Processor
    from imgconv.batch.request import Request
    from imgconv.batch.source import PictureReader

EXAMPLES = (
    ("Blur a picture", "imgconv apply blur:5 in.jpg out.jpg"),
    (
        "Sharpen a folder with its subfolders, as WebP",
        "imgconv apply sharpen photos/ sharper/ --format webp",
    ),
    (
        "Find edges in a smoothed picture; nothing is rounded between the filters",
        "imgconv apply gaussian:2,sobel in.png edges.png",
    ),
    (
        "Apply a kernel of your own, and show its sign",
        'imgconv apply "-1 0 1" in.png out.png --range offset',
    ),
    (
        "Give results names of their own",
        "imgconv apply blur photos/ -o 'soft/{name}-soft.{ext}'",
    ),
    ("Filter in a pipe", "cat in.png | imgconv apply sharpen - - > out.png"),
)


@click.command(cls=FilterCommand, no_args_is_help=True, examples=EXAMPLES)
@filtering_options
@repetition_options
@click.argument("places", metavar="INPUT... OUTPUT", nargs=-1, required=True, type=click.Path())
@picture_options
@placing_options
@run_options
def apply(
    places: tuple[str, ...],
    filtering: FilteringOptions,
    repetition: Repetition,
    pictures: PictureOptions,
    placing: PlacingOptions,
    run: RunOptions,
) -> int:
    """Filter pictures with FILTER and write them to OUTPUT.

    FILTER is a name (blur), a name with values (gaussian:2), a kernel file (./mine.toml), a kernel
    written out ("0 -1 0; -1 5 -1; 0 -1 0"), or a chain of these joined by commas. INPUT is a file,
    a folder or - for standard input; OUTPUT is a file, a folder or - for standard output. Several
    pictures, or a folder with its subfolders, go into a folder.

    'imgconv help FILTER' lists the options of a filter first, such as --sigma of gaussian.
    """
    check_order(filtering.filter_text, places)
    rule, verbosity = placing.rule(), run.verbosity()
    tasks = placing.tasks(filtering.files(), places, pictures.format, verbosity.note)
    request = _make_request(filtering, pictures, repetition, verbosity.note)
    fingerprint = partial(cli.request.request_fingerprint, request, pictures)
    if run.dry_run:
        request.check()
        return _print_dry_run(tasks, OverwriteRule(rule, fingerprint, tasks), request)
    if placing.in_place:
        click.get_current_context().with_resource(batch.claims.claimed(tasks))
    check_pipes(tasks[0])
    cli.library_warnings.collect_library_warnings()
    reader = batch.source.PictureReader(pictures.reading())
    is_needed = rule == REPLACE and len(tasks) == 1 and not placing.report
    header = open_first(reader, tasks[0], is_needed)
    workers = _workers(len(tasks), filtering.threads, run.jobs)
    if workers > 1:
        reader.close()  # the workers would share the position in a file
    snapshots = cli.request.make_snapshot_cache(filtering, pictures, request, workers)
    snapshot = snapshots.begin(header)
    if snapshot is None:
        request.check()
        import_module("imgconv.batch.filter_frame")  # which workers inherit
    known = (lambda: snapshot.fingerprint) if snapshot else fingerprint
    overwrite = OverwriteRule(rule, known, tasks)
    printer = _make_printer(placing.report, filtering.filter_text, request, verbosity)
    parts = request, reader, overwrite, snapshots, pictures.max_pixels
    return _run(batch.process.Processor(*parts), reader, tasks, printer, run, workers)


def _make_request(
    filtering: FilteringOptions,
    pictures: PictureOptions,
    repetition: Repetition,
    note: Callable[[str], None],
) -> Request:
    """Return the request; ``note`` gets warnings about filters that are repeated."""
    request = cli.request.make_request(filtering, pictures, repetition.seeded())
    if repetition.repeat > 1 and not repetition.draws:
        for text in cli.repeat_warnings.warnings(filtering.filters(), request.settings):
            note(text)
    return request


def _make_printer(
    report: str | None, filter_text: str, request: Request, verbosity: Verbosity
) -> ResultPrinter:
    made = Report(report, filter_text, request.settings) if report else None
    return ResultPrinter(made, verbosity)


def _print_dry_run(tasks: Sequence[Task], overwrite: OverwriteRule, request: Request) -> int:
    code = 0
    for task in tasks:
        try:
            if overwrite.skips(task):
                say(f"would leave {task.target}")
                continue
            if task.source != PIPE:
                formats.reader.check_file(task.source)
            say(f"would read {task.source} and write {task.target}{_kept(request, task.source)}")
        except FileError as error:
            say(str(error))
            code = error.exit_code
        except UsageError as error:
            say(f"{task.source}: {error}")
            code = 1
    return code


def _kept(request: Request, source: str) -> str:
    """Return how many frequencies masks keep of a picture, of which only the header is read."""
    if source == PIPE or not any(filter.mask for filter in request.filters):
        return ""
    filters = as_seen(request.filters, batch.probe.orientation(source))
    shape, border = batch.probe.header(source).array.shape, request.settings.mask_border
    kept = execution.frequencies.count_kept(filters, shape, border)
    return "".join(f", keeping {batch.kept_frequencies.in_words(each)}" for each in kept)


def _workers(tasks: int, threads: int | None, jobs: int | None) -> int:
    """Return the number of worker processes; 1 means that this process does all.

    It does where it waits for no signals, which would end it without its workers, where an
    internal error is to be raised, and where processes cannot share compiled loops.
    """
    workers = batch.runner.useful_workers(tasks, min(threads or available_cores(), jobs or tasks))
    if workers == 1 or not shutdown.signals_are_awaited() or os.environ.get(TRACEBACK_VARIABLE):
        return 1
    return workers if code_cache.can_be_shared() else 1


def _run(
    processor: Processor,
    reader: PictureReader,
    tasks: Sequence[Task],
    printer: ResultPrinter,
    run: RunOptions,
    workers: int,
) -> int:
    report_compiling(run.quiet)
    # __main__.py disabled garbage collection for the imports. What they made is never garbage, and
    # to traverse it once would take as long as filtering a small picture.
    gc.freeze()
    gc.enable()
    if stream := reader.find_stream(tasks[0].source):
        format = processor.request.format_for(tasks[0])
        is_kept = format is None or format.name in stream.formats
        if is_kept and processor.request.is_streamed:
            args = processor.request, tasks[0], stream, processor.overwrite
            result = batch.stream.filter_stream(*args)
            printer(result)
            return printer.end([result])
    with progress_bar(run.quiet) as progress:
        results = batch.runner.run(processor, tasks, printer, progress, run.jobs, workers)
    return printer.end(results)
