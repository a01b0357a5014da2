"""The run of many tasks, on threads or on worker processes."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from functools import partial

from imgconv import batch
from imgconv.batch.process import Processor
from imgconv.batch.result import Result
from imgconv.batch.task import Task
from imgconv.errors import InternalError
from imgconv.jit import hooks
from imgconv.system import atomic
from imgconv.system.threads import Job, Progress, available_cores, no_progress

# With fewer tasks for each worker, too much time passes at the end in which some are idle.
TASKS_PER_WORKER = 8


def useful_workers(tasks: int, most: int) -> int:
    """Return the number of worker processes, up to ``most``, that shorten a run; 1 means none.

    Elsewhere than on Linux a process that has loaded libraries must not be forked.
    """
    return max(1, min(most, tasks // TASKS_PER_WORKER)) if sys.platform == "linux" else 1


def run(
    processor: Processor,
    tasks: Sequence[Task],
    on_result: Callable[[Result], None] = lambda result: None,
    progress: Progress = no_progress,
    jobs: int | None = None,
    workers: int = 1,
) -> list[Result]:
    """Process all tasks, up to ``jobs`` at once; one that fails does not stop the others.

    ``on_result`` gets each result as soon as it is there. ``workers`` are processes if they are
    more than one, and no other thread may run then. Raises ``WriteError`` where no output folder
    can be made.
    """
    threads = processor.request.settings.threads or available_cores()
    results: list[Result] = []
    _prepare_folders(tasks)
    processor.overwrite.begin()

    def add(result: Result) -> None:
        results.append(result)
        on_result(result)
        if len(tasks) > 1:
            progress(len(results), len(tasks))

    def work(task: Task) -> None:
        add(processor.process(task, progress if len(tasks) == 1 else no_progress))

    if workers > 1:
        processor = processor.on_threads(max(1, threads // workers))
        for result in _run_on_workers(processor, tasks, workers):
            add(result)
    else:
        Job([partial(work, task) for task in tasks]).run(threads, jobs)
    return results


def _run_on_workers(processor: Processor, tasks: Sequence[Task], workers: int) -> Iterator[Result]:
    """Process tasks on workers, and tasks lost by the death of a worker once more, alone."""

    def process(number: int) -> Result:
        # Workers compile side by side as they are: each takes a loop that no other is at.
        hooks.workers = nullcontext
        return processor.process(tasks[number])

    run_tasks = batch.process_pool.run_tasks
    before = [_stamp(task.target) for task in tasks]
    lost: list[int] = []
    for number, result in run_tasks(range(len(tasks)), workers, process):
        if result is None:
            lost.append(number)
        else:
            yield result
    for number in lost:
        task, result = tasks[number], None
        # An output in its place is not made again: in place, it would be filtered twice.
        if _stamp(task.target) == before[number]:
            ((_, result),) = run_tasks([number], 1, process)
        yield result or _ended_suddenly(task, _stamp(task.target) != before[number])


def _stamp(path: str) -> tuple[int, ...]:
    """Return inode, time and size of a file, which change when it is replaced; () for no file."""
    with suppress(OSError):
        status = os.stat(path)
        return status.st_ino, status.st_mtime_ns, status.st_size
    return ()


def _ended_suddenly(task: Task, is_written: bool) -> Result:
    """Return the result of a task whose worker died, maybe after it had written the output."""
    result = Result(task.source, task.target)
    if is_written:
        result.notes.append("it was filtered, but the process that did it came to a sudden end")
    else:
        result.error = InternalError(
            f"{task.source}: the process that filtered it came to a sudden end",
            "there may be too little memory; try it alone",
        )
    return result


def _prepare_folders(tasks: Sequence[Task]) -> None:
    """Make the output folders, and delete unfinished files that killed runs left in them.

    Only before any file is written: a folder that is deleted during the run is not made again.
    """
    for folder in {task.within for task in tasks if task.within is not None}:
        with atomic.write_errors(folder):
            os.makedirs(folder, exist_ok=True)
    if len(tasks) > 1:
        for folder in {os.path.dirname(task.target) or os.curdir for task in tasks}:
            atomic.delete_stale(folder)
