"""Many files: run them on all cores, tell what happened to each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from imgconv.batch.overwrite import EVERYTHING_ANEW, Existing
from imgconv.batch.process import PictureProgress, Read, filter_file
from imgconv.batch.process_pool import share_out
from imgconv.batch.request import Request
from imgconv.batch.result import Outcome
from imgconv.batch.tasks import Pair
from imgconv.errors import REPORT_IT, TRACEBACK_VARIABLE, FileError, ImgconvError, InternalError
from imgconv.execution.snapshot_cache import SnapshotCache
from imgconv.formats import reader
from imgconv.jit import hooks
from imgconv.system import atomic
from imgconv.system.places import folder_of
from imgconv.system.threads import Job, available_cores


def run(
    request: Request,
    pairs: Sequence[Pair],
    jobs: int | None = None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    progress: PictureProgress = lambda done, total: None,
    read: Read = reader.read,
    existing: Existing = EVERYTHING_ANEW,
    members: int = 1,
    snapshots: SnapshotCache | None = None,
) -> list[Outcome]:
    """Filter every pair, up to ``jobs`` at once; one that fails does not stop the others.

    ``tell`` hears of each file as it is done; ``progress`` of the share of the whole that is done;
    ``existing`` says what becomes of outputs that exist. With more than one of ``members`` the work
    is a crew's of so many, where no other thread may be at work. What earlier runs laid out is in
    ``snapshots``. Raises ``WriteError`` where no folder can be made for the outputs.
    """
    threads = request.settings.threads or available_cores()
    outcomes: list[Outcome] = []
    snapshots = snapshots or SnapshotCache()
    _prepare_folders(pairs)
    existing.begin()

    def take(outcome: Outcome) -> None:
        outcomes.append(outcome)
        tell(outcome)
        if len(pairs) > 1:
            progress(len(outcomes), len(pairs))

    def work(pair: Pair) -> None:
        rows = progress if len(pairs) == 1 else lambda done, total: None
        take(_run_one(request, pair, rows, read, existing, snapshots))

    if members > 1:
        for outcome in _by_crew(request, pairs, read, existing, members, threads, snapshots):
            take(outcome)
    else:
        Job([partial(work, pair) for pair in pairs]).run(threads, jobs)
    return outcomes


def _by_crew(
    request: Request,
    pairs: Sequence[Pair],
    read: Read,
    existing: Existing,
    members: int,
    threads: int,
    snapshots: SnapshotCache,
) -> Iterator[Outcome]:
    """What a crew makes of the pairs, which has so many threads in all."""
    settings = request.settings._replace(threads=max(1, threads // members))
    each = request._replace(settings=settings)

    def do(number: int) -> Outcome:
        # Members are as good as helpers: each compiles what no other is at.
        hooks.hooks.helped = hooks.alone
        return _run_one(each, pairs[number], lambda done, total: None, read, existing, snapshots)

    left = dict(enumerate(pairs))
    for number, outcome in share_out(len(pairs), members, do):
        del left[number]
        yield outcome
    for pair in left.values():
        outcome = Outcome(pair.source, pair.target)
        outcome.error = InternalError(
            f"{pair.source}: the process that filtered it came to a sudden end",
            "there may be too little memory; try it alone",
        )
        yield outcome


def _prepare_folders(pairs: Sequence[Pair]) -> None:
    """Make the folders of outputs, and clean them of what runs that were killed left behind.

    Not while files are written: a folder that is taken away under a run is not wanted back.
    """
    for folder in {pair.within for pair in pairs if pair.within is not None}:
        atomic.make_folder(folder)
    if len(pairs) > 1:
        for place in {folder_of(pair.target) or os.curdir for pair in pairs}:
            atomic.sweep(place)


def _run_one(
    request: Request,
    pair: Pair,
    progress: PictureProgress,
    read: Read,
    existing: Existing,
    snapshots: SnapshotCache,
) -> Outcome:
    outcome = Outcome(pair.source, pair.target)
    begun = time.perf_counter()
    try:
        if existing.leaves(pair):
            outcome.left = True
        else:
            filter_file(request, pair, outcome, progress, read, existing, snapshots)
    except FileError as error:
        outcome.error = error
    except ImgconvError as error:
        outcome.error = type(error)(f"{pair.source}: {error.problem}", error.remedy)
    except BrokenPipeError:  # nobody wants the rest
        raise
    except MemoryError:
        outcome.error = FileError(f"{pair.source}: there is not enough memory", "try it alone")
    except Exception as error:
        if os.environ.get(TRACEBACK_VARIABLE):
            raise
        outcome.error = InternalError(f"{pair.source}: a fault of imgconv: {error!r}", REPORT_IT)
    outcome.seconds = time.perf_counter() - begun
    return outcome
