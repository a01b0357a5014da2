"""Worker processes: every task is done once, whatever dies, and none outlives its run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from imgconv.batch.process_pool import run_tasks
from imgconv.system import atomic, shutdown
from tests.support.covering import with_slow
from tests.support.processes import is_running, printed_by, scene_command, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has workers")

# Tasks that are submitted to two workers at a time.
SUBMITTED = 2 * 2 * 8  # two shares of up to eight tasks for each of two workers


def run_all(tasks: int, workers: int) -> None:
    def square(number: int) -> tuple[int, int, str]:
        time.sleep(0.01 if tasks < 100 else 0)  # so that no worker does all
        return number**2, os.getpid(), "x" * 1_000_000 if number == 7 else ""

    results = [*run_tasks(range(tasks), workers, square)]
    assert len(results) == tasks
    found = dict(results)
    assert {number: made for number, (made, _, _) in found.items()} == {
        number: number**2 for number in range(tasks)
    }
    assert 7 not in found or len(found[7][2]) == 1_000_000
    processes = {process for _, process, _ in found.values()}
    print(len(processes), os.getpid() in processes)


@pytest.mark.parametrize(
    ("tasks", "workers", "printed"),
    with_slow(
        [(1, 2, "1 False"), (30, 3, "3 False")], slow=[(0, 2, "0 False"), (30, 1, "1 False")]
    ),
)
def test_every_task_is_done_once_and_by_all_workers(tasks: int, workers: int, printed: str) -> None:
    assert printed_by(__name__, "run_all", tasks, workers) == printed


def test_few_results_of_many_tasks_are_held_at_once() -> None:
    assert printed_by(__name__, "run_slowly_taken") == "True"


def run_slowly_taken() -> None:
    """Whether no task is begun far ahead of the results that were taken."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def begin(number: int) -> int:
        os.write(writing, b"x")
        return number

    begun, ahead = 0, 0
    for taken, _ in enumerate(run_tasks(range(400), 2, begin), 1):
        time.sleep(0.002)
        with suppress(BlockingIOError):
            begun += len(os.read(reading, 1000))
        ahead = max(ahead, begun - taken)
    print(ahead <= 2 * SUBMITTED)


def run_without_fork(tasks: int) -> None:
    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    os.fork = refuse
    print_who_ran(tasks)


def run_without_threads(tasks: int) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    threading.Thread.start = refuse  # type: ignore[method-assign]
    print_who_ran(tasks)


def print_who_ran(tasks: int) -> None:
    """Print all tasks, and whether it was this process that ran them."""
    results = run_tasks(range(tasks), 2, lambda number: os.getpid())
    print([(number, process == os.getpid()) for number, process in results])


@pytest.mark.parametrize("scene", ["run_without_fork", "run_without_threads"])
def test_where_there_is_no_room_for_workers_the_process_does_all_itself(scene: str) -> None:
    assert printed_by(__name__, scene, 3) == "[(0, True), (1, True), (2, True)]"


def run_deadly(tasks: int, deadly: set[int], workers: int = 2) -> None:
    """Print the tasks without a result and how many those are that did not die."""

    def work(number: int) -> int:
        if number in deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    results = [*run_tasks(range(tasks), workers, work)]
    assert sorted(number for number, _ in results) == [*range(tasks)]
    assert all(result in (None, number) for number, result in results)
    lost = {number for number, result in results if result is None}
    print(deadly <= lost, len(lost) <= SUBMITTED * len(deadly))


@pytest.mark.parametrize(
    ("tasks", "deadly"),
    with_slow([(40, {3, 17}), (40, {*range(9), 39})], slow=[(40, {3}), (1, {0}), (9, {7, 8})]),
)
def test_a_worker_that_dies_costs_only_tasks_that_were_submitted(
    tasks: int, deadly: set[int]
) -> None:
    assert printed_by(__name__, "run_deadly", tasks, deadly) == "True True"


def stop_early() -> None:
    def work(number: int) -> int:
        time.sleep(0.001)
        return os.getpid()

    processes = set()
    results = run_tasks(range(1000), 2, work)
    for _, process in results:
        processes.add(process)
        if len(processes) == 2:
            break
    results.close()  # type: ignore[attr-defined]
    print([is_running(process) for process in processes])


def test_workers_end_when_the_caller_takes_no_more_results() -> None:
    assert printed_by(__name__, "stop_early") == "[False, False]"


def fail() -> None:
    def work(number: int) -> int:
        raise ZeroDivisionError("by nought")

    with pytest.raises(ZeroDivisionError, match="by nought"):
        list(run_tasks(range(5), 2, work))
    print("raised")


def test_an_error_in_a_worker_is_raised_in_the_run() -> None:
    assert printed_by(__name__, "fail") == "raised"


def begin_while_ending() -> None:
    begun = threading.Event()

    def callback() -> None:
        begun.set()
        time.sleep(0.5)

    fork = os.fork

    def forked() -> int:
        os.write(1, b"forked")
        return fork()

    os.fork = forked
    with shutdown.on_shutdown(callback, 5):
        threading.Thread(target=shutdown.shut_down, args=[0], daemon=True).start()
        begun.wait()
        list(run_tasks(range(40), 2, lambda number: number))
    os.write(1, b"done")


def test_no_worker_is_started_during_a_shutdown() -> None:
    assert printed_by(__name__, "begin_while_ending") == ""


def work_for_ever(folder: str) -> None:
    def work(number: int) -> None:
        with atomic.writing(f"{folder}/{number}.png"):
            os.write(1, f"{os.getpid()}\n".encode())  # in one piece
            time.sleep(3600)

    list(run_tasks(range(9), 2, work))


def test_workers_end_and_delete_their_files_when_their_run_is_killed(tmp_path: Path) -> None:
    args = scene_command(__name__, "work_for_ever", str(tmp_path))
    with subprocess.Popen(args, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        workers = [killed.stdout.readline() for _ in range(2)]
        assert len([*tmp_path.iterdir()]) == 2
        killed.kill()
    wait_until(lambda: not any(is_running(int(worker)) for worker in workers))
    assert [*tmp_path.iterdir()] == []
