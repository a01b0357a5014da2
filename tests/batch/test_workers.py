"""Batches on worker processes: the same outputs as of one process, whatever dies."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from imgconv.batch import runner
from imgconv.batch.process import Processor
from imgconv.batch.request import Request
from imgconv.batch.runner import TASKS_PER_WORKER, useful_workers
from imgconv.batch.tasks import make_tasks, make_tasks_in_place
from imgconv.cli import apply
from imgconv.cli.run import run
from imgconv.errors import TRACEBACK_VARIABLE
from imgconv.formats import metadata, reader
from imgconv.jit import code_cache
from imgconv.kernels import library
from imgconv.system import atomic, shutdown
from tests.support.compiled import cache_without
from tests.support.covering import with_slow
from tests.support.processes import TIMEOUT, printed_by

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has workers")


@pytest.mark.parametrize(
    ("tasks", "most", "workers"),
    [
        (0, 4, 1),
        (1, 4, 1),
        (2 * TASKS_PER_WORKER - 1, 4, 1),
        (2 * TASKS_PER_WORKER, 4, 2),
        (100 * TASKS_PER_WORKER, 4, 4),
    ],
)
def test_there_are_as_many_workers_as_have_enough_to_do(
    tasks: int, most: int, workers: int
) -> None:
    assert useful_workers(tasks, most) == workers


def test_where_processes_must_not_be_forked_there_are_no_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert useful_workers(100, 4) == 1


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """More pictures than make three workers useful, one of them broken."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4 * TASKS_PER_WORKER):
        Image.new("RGB", (40, 30), (number, 2 * number, 99)).save(folder / f"{number:02}.png")
    (folder / "10.png").write_bytes(b"nothing of the kind")
    return folder


def filtered(photos: Path, *args: str, filter: str = "blur") -> subprocess.CompletedProcess[str]:
    command_line = [sys.executable, "-m", "imgconv", "apply", filter, str(photos), *args]
    return subprocess.run(command_line, capture_output=True, text=True, timeout=TIMEOUT)


def test_outputs_of_workers_equal_those_of_one_process(
    photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, report = tmp_path / "one", tmp_path / "report.jsonl"
    assert run(["apply", "blur", str(photos), str(one), "--threads", "3"]) == 1
    message = capfd.readouterr().err
    by_workers = filtered(
        photos, str(tmp_path / "workers"), "--threads", "3", "--report", str(report)
    )
    assert (by_workers.returncode, by_workers.stdout) == (1, "")
    assert sorted(by_workers.stderr.splitlines()) == sorted(message.splitlines())
    assert len(message.splitlines()) == 2
    made = {path.name: path.read_bytes() for path in (tmp_path / "workers").iterdir()}
    assert made == {path.name: path.read_bytes() for path in one.iterdir()}
    lines = [json.loads(line) for line in report.read_text().splitlines()]
    assert sorted(line["input"] for line in lines) == sorted(map(str, photos.iterdir()))
    assert [line["status"] for line in lines].count("failed") == 1
    assert all(line["plan"] and line["sizes"]["output"] for line in lines if not line["error"])


def test_outputs_of_workers_are_skipped_by_a_later_run(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    filtered(photos, str(out), "--threads", "3")
    before = {path.name: path.stat().st_ino for path in out.iterdir()}
    (out / "05.png").unlink()
    assert "1 done, 30 skipped, 1 failed" in filtered(photos, str(out), "--resume").stderr
    now = {path.name: path.stat().st_ino for path in out.iterdir()}
    assert {name for name in now if now[name] != before[name]} <= {"05.png"}


def run_with_deadly_picture(photos: str, out: str, times: int) -> None:
    """Filter photos; at one of them, a worker dies ``times`` times."""
    died = Path(f"{out}-died")

    def read(source: str) -> metadata.Picture:
        if source.endswith("20.png") and (len(died.read_text()) if died.exists() else 0) < times:
            with died.open("a") as file:
                file.write("x")
            os.kill(os.getpid(), signal.SIGKILL)
        return reader.read(source)

    tasks = make_tasks([photos], out, None)
    results = runner.run(Processor(Request(library.find("blur")), read), tasks, workers=2)
    assert sorted(result.source for result in results) == sorted(task.source for task in tasks)
    for result in results:
        if result.error:
            print(str(result.error).removeprefix(photos))


@pytest.mark.parametrize("times", with_slow([2], slow=[1]))
def test_a_picture_at_which_workers_die_is_tried_twice_and_costs_no_other(
    times: int, photos: Path, tmp_path: Path
) -> None:
    printed = printed_by(
        __name__, "run_with_deadly_picture", str(photos), str(tmp_path / "out"), times
    )
    message = sorted(printed.splitlines())
    assert len(message) == times and message[0].startswith("/10.png: ")
    if times == 2:
        assert message[1].startswith("/20.png: the process that filtered it came to a sudden end; ")
    assert len([*(tmp_path / "out").iterdir()]) == 4 * TASKS_PER_WORKER - times


def die_when_written(photos: str) -> None:
    """Filter photos in place, with workers that die when they have written one."""
    write, before = atomic.commit, len(os.listdir(photos))  # noqa: PTH208

    def commit(temporary: str, path: str, replaces: bool) -> None:
        write(temporary, path, replaces)
        if path.endswith(("05.png", "20.png")):
            os.kill(os.getpid(), signal.SIGKILL)

    atomic.commit = commit
    tasks = make_tasks_in_place([photos])
    results = runner.run(Processor(Request(library.find("blur"))), tasks, workers=2)
    assert len(results) == before
    print([result.source[-6:] for result in results if result.error])


def test_no_picture_is_filtered_twice_in_place_where_its_worker_dies(
    photos: Path, tmp_path: Path
) -> None:
    assert run(["apply", "blur", str(photos), str(tmp_path / "once"), "--threads", "1"]) == 1
    assert printed_by(__name__, "die_when_written", str(photos)) == "['10.png']"
    for path in (tmp_path / "once").iterdir():
        assert (photos / path.name).read_bytes() == path.read_bytes()


@pytest.mark.slow
def test_workers_say_once_that_they_compile(
    photos: Path, tmp_path: Path, shared_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache_without(shared_cache, tmp_path / "cache", "copy", "pad", "expand_3_to_4")
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    args = ["apply", "blur", str(photos), str(tmp_path / "out"), "--threads", "3"]
    terminal, inner = os.openpty()
    process = subprocess.Popen([sys.executable, "-m", "imgconv", *args], stderr=inner)
    os.close(inner)
    message = b""
    with suppress(OSError):  # which a terminal raises at its end
        while more := os.read(terminal, 1000):
            message += more
    os.close(terminal)
    assert process.wait() == 1
    assert message.count(b"compiling for this machine") == 1
    assert b"31 done, 1 failed" in message


def test_where_the_cache_cannot_be_shared_there_are_no_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutdown, "signals_are_awaited", lambda: True)
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    assert apply._workers(100, 4, None) == 4
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "file" / "cache"))
    assert apply._workers(100, 4, None) == 1


@pytest.mark.slow
def test_where_processes_cannot_share_machine_code_one_does_all(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "file" / "cache"))
    done = filtered(photos, str(tmp_path / "out"), "--threads", "3", filter="identity")
    assert done.stderr.count("cannot be cached") == 1
    assert len(done.stderr.splitlines()) == 3


def test_where_internal_errors_are_to_be_raised_there_are_no_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shutdown, "signals_are_awaited", lambda: True)
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    assert apply._workers(100, 4, None) == 4
    assert apply._workers(100, 4, 3) == 3
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    assert apply._workers(100, 4, None) == 1


@pytest.mark.parametrize("threads", ["1", "3"])
def test_standard_error_may_be_closed(photos: Path, tmp_path: Path, threads: str) -> None:
    args = ["apply", "blur", str(photos), str(tmp_path / "out"), "--threads", threads]
    line = shlex.join([sys.executable, "-m", "imgconv", *args])
    assert subprocess.run(["sh", "-c", f"{line} 2>&-"], timeout=TIMEOUT).returncode == 1
    assert len([*(tmp_path / "out").iterdir()]) == 4 * TASKS_PER_WORKER - 1
