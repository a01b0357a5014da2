"""A crew: every task is done once, by several processes, of which none outlives its run."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from imgconv.batch import process_pool, runner
from imgconv.batch.process_pool import ENOUGH, share_out, useful_members
from imgconv.batch.request import Request
from imgconv.batch.tasks import pair
from imgconv.cli import apply, signals
from imgconv.cli.run import run
from imgconv.errors import TRACEBACK_VARIABLE
from imgconv.formats import metadata, reader
from imgconv.jit import code_cache
from imgconv.kernels import library
from imgconv.system import shutdown
from tests.support.processes import LONG, is_there, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has crews")


def played(scene: str, *words: object) -> str:
    """What a scene of this module prints in a process of its own, which may be forked."""
    command = [
        sys.executable,
        "-c",
        f"from tests.batch.test_process_pool import {scene}; {scene}{words}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("tasks", "most", "members"),
    [(0, 4, 1), (1, 4, 1), (2 * ENOUGH - 1, 4, 1), (2 * ENOUGH, 4, 2), (100 * ENOUGH, 4, 4)],
)
def test_there_are_as_many_members_as_have_enough_to_do(
    tasks: int, most: int, members: int
) -> None:
    assert useful_members(tasks, most) == members


def test_where_processes_may_not_be_forked_there_is_no_crew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert useful_members(100, 4) == 1


def all_done(tasks: int, members: int) -> None:
    def do(number: int) -> tuple[int, int, str]:
        time.sleep(0.01 if tasks < 100 else 0)  # so that no member does all
        return number**2, os.getpid(), "x" * 50_000 if number == 7 else ""

    answers = dict(share_out(tasks, members, do))
    assert {number: square for number, (square, _, _) in answers.items()} == {
        number: number**2 for number in range(tasks)
    }
    assert 7 not in answers or len(answers[7][2]) == 50_000
    processes = {process for _, process, _ in answers.values()}
    print(len(processes), os.getpid() in processes)


@pytest.mark.parametrize(
    ("tasks", "members", "printed"),
    [(0, 2, "0 False"), (1, 2, "1 False"), (30, 1, "1 False"), (30, 3, "3 False")],
)
def test_every_task_is_done_once_by_all_members(tasks: int, members: int, printed: str) -> None:
    assert played("all_done", tasks, members).strip() == printed


def test_more_tasks_than_a_pipe_holds_are_done_too() -> None:
    assert played("all_done", 40_000, 2).strip() in ("1 False", "2 False")


def without_room(tasks: int) -> None:
    def refuse() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    process_pool.os.fork = refuse  # type: ignore[attr-defined]
    print_who_did(tasks)


def print_who_did(tasks: int) -> None:
    """All tasks, and whether it was this process."""
    answers = share_out(tasks, 2, lambda number: os.getpid())
    print([(number, process == os.getpid()) for number, process in answers])


def test_where_there_is_no_room_for_processes_the_run_does_all_itself() -> None:
    assert played("without_room", 3).strip() == "[(0, True), (1, True), (2, True)]"


def some_die(tasks: int, deadly: set[int]) -> None:
    def do(number: int) -> int:
        if number in deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    answers = [number for number, _ in share_out(tasks, 3, do)]
    print(sorted(set(range(tasks)) - set(answers)), len(answers) == len(set(answers)))


def test_a_member_that_dies_takes_its_task_along_and_no_other() -> None:
    assert played("some_die", 40, {3}).strip() == "[3] True"
    assert played("some_die", 40, {3, 17}).strip() == "[3, 17] True"


def test_the_last_task_may_be_deadly_too() -> None:
    assert played("some_die", 1, {0}).strip() == "[0] True"
    assert played("some_die", 9, {7, 8}).strip() == "[7, 8] True"


def test_where_all_members_die_others_do_the_rest() -> None:
    assert played("some_die", 40, {*range(9), 39}).strip() == f"{[*range(9), 39]} True"


def left_early() -> None:
    def do(number: int) -> int:
        time.sleep(0.001)
        return os.getpid()

    processes = set()
    for _, process in share_out(1000, 2, do):
        processes.add(process)
        if len(processes) == 2:
            break
    print([is_there(process) for process in processes])


def test_members_end_when_nobody_wants_more() -> None:
    assert played("left_early").strip() == "[False, False]"


def failing() -> None:
    def do(number: int) -> int:
        raise ZeroDivisionError("by nought")

    print(list(share_out(5, 2, do)))


def test_what_a_member_does_not_survive_is_shown() -> None:
    command = [sys.executable, "-c", "from tests.batch.test_process_pool import failing; failing()"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=True)
    assert done.stdout.strip() == "[]"
    assert done.stderr.count("ZeroDivisionError: by nought") == 5


def without_threads(tasks: int) -> None:
    class Refused:
        def __init__(self, **_: object) -> None:
            pass

        def start(self) -> None:
            raise RuntimeError("can't start new thread")

    process_pool.Thread = Refused  # type: ignore[attr-defined, assignment]
    print_who_did(tasks)


def test_members_that_cannot_watch_their_run_leave_the_work_to_it() -> None:
    assert played("without_threads", 3).strip() == "[(0, True), (1, True), (2, True)]"


def ended_while_it_begins() -> None:
    begun = threading.Event()

    def act() -> None:
        begun.set()
        time.sleep(0.5)

    fork = os.fork

    def told() -> int:
        os.write(1, b"forked")
        return fork()

    process_pool.os.fork = told  # type: ignore[attr-defined]
    with shutdown.at_end(act, 5):
        threading.Thread(target=shutdown.end, args=[0], daemon=True).start()
        begun.wait()
        list(share_out(40, 2, lambda number: number))
    os.write(1, b"done")


def test_a_run_that_is_ending_begins_no_crew() -> None:
    assert played("ended_while_it_begins") == ""


def work_for_ever() -> None:
    def do(number: int) -> None:
        os.write(1, f"{os.getpid()}\n".encode())  # in one piece
        time.sleep(3600)

    list(share_out(9, 2, do))


def test_members_end_when_their_run_is_killed() -> None:
    command = [
        sys.executable,
        "-c",
        "from tests.batch.test_process_pool import work_for_ever; work_for_ever()",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as killed:
        assert killed.stdout
        members = [killed.stdout.readline() for _ in range(2)]
        killed.kill()
    wait_until(lambda: not any(is_there(int(member)) for member in members))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """More pictures than make a crew of three, one of them broken."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(4 * ENOUGH):
        Image.new("RGB", (40, 30), (number, 2 * number, 99)).save(folder / f"{number:02}.png")
    (folder / "10.png").write_bytes(b"nothing of the kind")
    return folder


def filtered(photos: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "imgconv", "apply", "blur", str(photos), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=LONG)


def test_a_crew_makes_what_one_process_makes(
    photos: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, report = tmp_path / "one", tmp_path / "report.jsonl"
    assert run(["apply", "blur", str(photos), str(one), "--threads", "3"]) == 1
    said = capfd.readouterr().err
    crewed = filtered(photos, str(tmp_path / "crew"), "--threads", "3", "--report", str(report))
    assert (crewed.returncode, crewed.stdout) == (1, "")
    assert sorted(crewed.stderr.splitlines()) == sorted(said.splitlines())
    assert len(said.splitlines()) == 2
    made = {path.name: path.read_bytes() for path in (tmp_path / "crew").iterdir()}
    assert made == {path.name: path.read_bytes() for path in one.iterdir()}
    told = [json.loads(line) for line in report.read_text().splitlines()]
    assert sorted(line["input"] for line in told) == sorted(map(str, photos.iterdir()))
    assert [line["status"] for line in told].count("failed") == 1
    assert all(line["plan"] and line["sizes"]["output"] for line in told if not line["error"])


def test_what_a_crew_made_is_not_made_again(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    filtered(photos, str(out), "--threads", "3")
    before = {path.name: path.stat().st_ino for path in out.iterdir()}
    (out / "05.png").unlink()
    assert "1 done, 30 skipped, 1 failed" in filtered(photos, str(out), "--resume").stderr
    now = {path.name: path.stat().st_ino for path in out.iterdir()}
    assert {name for name in now if now[name] != before[name]} <= {"05.png"}


def with_a_deadly_picture(photos: str, out: str) -> None:
    def read(source: str) -> metadata.Picture:
        if source.endswith("20.png"):
            os.kill(os.getpid(), signal.SIGKILL)
        return reader.read(source)

    pairs = pair([photos], out, None)
    for outcome in runner.run(Request(library.find("blur")), pairs, read=read, members=2):
        if outcome.error:
            print(str(outcome.error).removeprefix(photos))


def test_a_picture_at_which_a_process_dies_is_one_line_and_costs_no_other(
    photos: Path, tmp_path: Path
) -> None:
    said = sorted(played("with_a_deadly_picture", str(photos), str(tmp_path / "out")).splitlines())
    assert len(said) == 2 and said[0].startswith("/10.png: ")
    assert said[1].startswith("/20.png: the process that filtered it came to a sudden end; ")
    assert len([*(tmp_path / "out").iterdir()]) == 4 * ENOUGH - 2


def test_a_crew_says_once_that_it_compiles(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    words = ["apply", "blur", str(photos), str(tmp_path / "out"), "--threads", "3"]
    terminal, inner = os.openpty()
    process = subprocess.Popen([sys.executable, "-m", "imgconv", *words], stderr=inner)
    os.close(inner)
    said = b""
    with suppress(OSError):  # which is how the end of a terminal is told
        while more := os.read(terminal, 1000):
            said += more
    os.close(terminal)
    assert process.wait() == 1
    assert said.count(b"compiling for this machine") == 1
    assert b"31 done, 1 failed" in said


def test_where_what_one_compiles_is_not_kept_for_others_there_is_no_crew(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "file" / "cache"))
    done = filtered(photos, str(tmp_path / "out"), "--threads", "3")
    assert done.stderr.count("cannot be kept") == 1
    assert len(done.stderr.splitlines()) == 3


def test_where_faults_are_to_be_shown_all_is_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "are_waited_for", lambda: True)
    monkeypatch.delenv(TRACEBACK_VARIABLE, raising=False)
    assert apply._members(100, 4, None) == 4
    assert apply._members(100, 4, 3) == 3
    monkeypatch.setenv(TRACEBACK_VARIABLE, "1")
    assert apply._members(100, 4, None) == 1


@pytest.mark.parametrize("threads", ["1", "3"])
def test_nobody_needs_to_listen(photos: Path, tmp_path: Path, threads: str) -> None:
    words = ["apply", "blur", str(photos), str(tmp_path / "out"), "--threads", threads]
    command = shlex.join([sys.executable, "-m", "imgconv", *words])
    assert subprocess.run(["sh", "-c", f"{command} 2>&-"], timeout=LONG).returncode == 1
    assert len([*(tmp_path / "out").iterdir()]) == 4 * ENOUGH - 1
