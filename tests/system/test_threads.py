"""Jobs: every task runs once, failures and interrupts stop the others, nothing deadlocks."""

from __future__ import annotations

import gc
import signal
import threading
import time
import weakref
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from imgconv.system import control_groups, threads
from imgconv.system.threads import Job, available_cores

# Seconds; a test that waits for that long has failed.
TIMEOUT = 30


@pytest.mark.parametrize("threads", [1, 2, 3, 7, 64])
@pytest.mark.parametrize("count", [0, 1, 5, 100])
def test_every_task_runs_once(count: int, threads: int) -> None:
    done: list[int] = []
    Job([partial(done.append, number) for number in range(count)]).run(threads)
    assert sorted(done) == list(range(count))


def test_a_single_thread_is_the_callers_and_keeps_the_order() -> None:
    done: list[tuple[int, int]] = []

    def work(number: int) -> None:
        done.append((number, threading.get_ident()))

    Job([partial(work, number) for number in range(20)]).run(1)
    assert done == [(number, threading.get_ident()) for number in range(20)]


def test_as_many_tasks_run_at_once_as_there_are_threads() -> None:
    meeting = threading.Barrier(3, timeout=TIMEOUT)

    def meet() -> None:
        meeting.wait()

    Job([meet] * 3).run(3)
    assert not meeting.broken


def test_at_once_limits_the_tasks_that_run_at_the_same_time() -> None:
    running, most = threading.Semaphore(2), []

    def work() -> None:
        most.append(running.acquire(blocking=False))
        time.sleep(0.001)
        running.release()

    Job([work] * 50).run(8, at_once=2)
    assert most == [True] * 50


def test_a_job_inside_a_job_does_not_wait_for_a_free_thread() -> None:
    done: list[int] = []

    def inner() -> None:
        Job([partial(done.append, number) for number in range(10)]).run(2)

    Job([inner] * 10).run(2)
    assert sorted(done) == sorted([*range(10)] * 10)


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_a_task_that_fails_stops_the_others(threads: int) -> None:
    done: list[int] = []

    def fail() -> None:
        raise ZeroDivisionError

    def work() -> None:
        time.sleep(0.001)
        done.append(1)

    job = Job([work, fail, *[work] * 10_000])
    with pytest.raises(ZeroDivisionError):
        job.run(threads)
    assert job.stopped
    assert len(done) < 10_000


def test_the_memory_of_a_job_that_failed_waits_for_no_garbage_collection() -> None:
    def failed_job() -> weakref.ref[Job]:
        def work() -> None:
            assert not job.stopped
            raise ZeroDivisionError

        job = Job([work, work])
        with suppress(ZeroDivisionError):
            job.run(1)
        return weakref.ref(job)

    gc.disable()
    try:
        assert failed_job()() is None
    finally:
        gc.enable()


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals reach no chosen thread")
@pytest.mark.parametrize("caller", ["works", "waits"])
def test_an_interrupt_stops_the_other_threads_before_it_is_raised(caller: str) -> None:
    main, began, stopped = threading.main_thread(), threading.Event(), threading.Event()

    def work() -> None:
        if threading.current_thread() is main:
            began.wait(TIMEOUT)
            if caller == "works":
                threading.Event().wait(TIMEOUT)
            return
        began.set()
        time.sleep(0.2)  # until the caller is busy with its own task, or waits for this one
        signal.pthread_kill(main.ident or 0, signal.SIGINT)
        for _ in range(200):
            time.sleep(0.01)
            if job.stopped:
                stopped.set()
                return

    job = Job([work, work])
    with pytest.raises(KeyboardInterrupt):
        job.run(2)
    assert stopped.is_set()


@pytest.mark.parametrize(
    ("quota", "cores"),
    [
        ("max 100000", 8),
        ("200000 100000", 2),
        ("150000 100000", 2),
        ("10000 100000", 1),
        ("6400000 100000", 8),
        ("nonsense", 8),
        (None, 8),
    ],
)
def test_cores_are_limited_by_affinity_and_quota(
    quota: str | None, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if quota is not None:
        (tmp_path / "cpu.max").write_text(quota)
    assert _cores_of_8(monkeypatch, tmp_path) == cores


@pytest.mark.parametrize(("quota", "cores"), [(-1, 8), (250_000, 3), (10_000, 1)])
def test_cores_are_limited_by_the_quota_of_version_1(
    quota: int, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (tmp_path / "cpu.cfs_period_us").write_text("100000\n")
    assert _cores_of_8(monkeypatch, tmp_path) == cores


def _cores_of_8(monkeypatch: pytest.MonkeyPatch, group: Path) -> int:
    """Return the cores that may be used of eight, in the control group of a folder."""
    monkeypatch.setattr(control_groups, "folders", lambda controller: iter([group]))
    monkeypatch.setattr("os.sched_getaffinity", lambda process: set(range(8)), raising=False)
    threads._smallest_quota.cache_clear()
    try:
        return available_cores()
    finally:
        threads._smallest_quota.cache_clear()
