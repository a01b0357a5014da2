"""Signals end a run at once, with no temporary file left; kills leave each file old or new."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.batch.runner import TASKS_PER_WORKER
from imgconv.cli.run import run
from tests.support.covering import with_slow
from tests.support.processes import wait_until

pytestmark = pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="the system has no such signals"
)

Process = subprocess.Popen[bytes]

# The beginning of a video stream: its header and one small frame.
STREAM = b"YUV4MPEG2 W4 H4 F25:1 Cmono\nFRAME\n" + bytes(16)


def begin(*args: str, **options: object) -> Process:
    command = [sys.executable, "-m", "imgconv", "apply", *args]
    return subprocess.Popen(command, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload, no-any-return]


def begin_stream(folder: Path, **options: object) -> Process:
    """Start a run that has written a part of its output and waits for more input."""
    (folder / "out.y4m").write_bytes(b"old")
    process = begin("blur", "-", str(folder / "out.y4m"), stdin=subprocess.PIPE, **options)
    assert process.stdin
    process.stdin.write(STREAM)
    process.stdin.flush()
    wait_until(lambda: len([*folder.iterdir()]) == 2)
    return process


def draw(folder: Path, count: int, size: int) -> dict[str, bytes]:
    """Write pictures, all different; return their contents."""
    folder.mkdir(parents=True, exist_ok=True)
    random_values = np.random.default_rng(1)
    for number in range(count):
        values = random_values.integers(0, 256, (size, size, 3), np.uint8)
        Image.fromarray(values).save(folder / f"{number:02}.png")
    return contents(folder)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*")}


def hidden(folder: Path) -> list[Path]:
    return [*folder.glob(".*")]


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)],
    ids=lambda value: str(value),
)
def test_an_unfinished_file_is_deleted_and_the_old_one_stays(
    number: signal.Signals, code: int, tmp_path: Path
) -> None:
    with begin_stream(tmp_path) as process:
        process.send_signal(number)
        assert process.stderr
        output = process.stderr.read()
    assert (process.returncode, output) == (code, b"")
    assert [path.name for path in tmp_path.iterdir()] == ["out.y4m"]
    assert (tmp_path / "out.y4m").read_bytes() == b"old"


def test_an_ignored_signal_stays_ignored(tmp_path: Path) -> None:
    def ignore() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does

    with begin_stream(tmp_path, preexec_fn=ignore) as process:
        process.send_signal(signal.SIGHUP)
        process.communicate()
    assert process.returncode == 0
    assert (tmp_path / "out.y4m").read_bytes().startswith(b"YUV4MPEG2")


# Pictures that threads filter, or a pool of worker processes.
COUNTS = [2 * TASKS_PER_WORKER - 1, 4 * TASKS_PER_WORKER]


@pytest.mark.parametrize(
    ("number", "count"),
    with_slow(
        [(signal.SIGINT, COUNTS[1])],
        slow=[(signal.SIGINT, COUNTS[0]), *((signal.SIGTERM, count) for count in COUNTS)],
    ),
)
def test_an_interrupted_batch_leaves_whole_pictures_and_can_be_resumed(
    number: signal.Signals, count: int, tmp_path: Path
) -> None:
    draw(tmp_path / "in", count, 300)
    out = tmp_path / "out"
    with begin("blur", str(tmp_path / "in"), str(out), "--threads", "3") as process:
        wait_until(lambda: out.exists() and bool(contents(out)))
        process.send_signal(number)
        assert process.stderr
        output = process.stderr.read()
    assert (process.returncode, output) == (128 + number, b"")
    assert hidden(out) == []
    for path in out.iterdir():
        with Image.open(path) as image:
            image.load()
    finished = {path.name: path.stat().st_ino for path in out.iterdir()}
    assert run(["apply", "blur", str(tmp_path / "in"), str(out), "--resume"]) == 0
    now = {path.name: path.stat().st_ino for path in out.iterdir()}
    assert len(now) == count and now == {**now, **finished}


def test_the_cursor_hidden_by_the_progress_bar_is_shown_again(tmp_path: Path) -> None:
    draw(tmp_path / "in", 20, 300)
    terminal, inner = os.openpty()
    args = ["apply", "disk:60", str(tmp_path / "in"), str(tmp_path / "out"), "--engine", "direct"]
    process = subprocess.Popen([sys.executable, "-m", "imgconv", *args], stderr=inner)
    os.close(inner)
    output = b""
    while b"\x1b[?25l" not in output:
        output += os.read(terminal, 1000)
    process.send_signal(signal.SIGINT)
    with suppress(OSError):  # a closed terminal raises it
        while more := os.read(terminal, 1000):
            output += more
    os.close(terminal)
    assert process.wait() == 130
    assert output.endswith(b"\x1b[?25h\r\n")


def kill_until(
    kills: int, folder: Path, old: dict[str, bytes], new: dict[str, bytes]
) -> tuple[int, int]:
    """Kill runs that filter ``folder`` in place, at random moments; then let one of them finish.

    Returns the number of runs that were killed at work, and of those that had finished before.
    """
    chance, span, midst, ended = random.Random(2), 1.0, 0, 0
    args = ("blur", str(folder), "--in-place", "--resume")
    for _ in range(kills):
        before = contents(folder)
        with begin(*args) as process:
            try:
                process.communicate(timeout=chance.uniform(0.5, 1.0) * span)
            except subprocess.TimeoutExpired:
                process.kill()
        found = contents(folder)
        assert found.keys() == old.keys()
        assert all(found[name] in (old[name], new[name]) for name in old)
        if process.returncode == 0:
            assert found == new
            reset(folder, old)
            ended += 1
            span *= 0.9  # the machine is faster than it was thought to be
        elif found == before:
            span *= 1.05
        else:
            midst += 1
    with begin(*args) as process:
        process.communicate()
    assert contents(folder) == new
    return midst, ended


def reset(folder: Path, old: dict[str, bytes]) -> None:
    for name, data in old.items():
        (folder / name).write_bytes(data)


def killed(kills: int, count: int, tmp_path: Path) -> tuple[int, int]:
    folder, once = tmp_path / "pictures", tmp_path / "once"
    old = draw(folder, count, 40)
    assert run(["apply", "blur", str(folder), str(once)]) == 0
    new = contents(once)
    assert all(new[name] != old[name] for name in old)
    return kill_until(kills, folder, old, new)


def test_a_killed_run_leaves_each_file_old_or_new_and_filters_none_twice(
    tmp_path: Path,
) -> None:
    killed(3, 80, tmp_path)


@pytest.mark.slow
def test_200_killed_runs_leave_each_file_old_or_new(tmp_path: Path) -> None:
    midst, ended = killed(200, 80, tmp_path)
    assert midst > 20 and ended > 2
    # Temporary files are hidden, and no later run reads them as pictures.
    assert all(path.name.endswith(".imgconv-unfinished") for path in hidden(tmp_path / "pictures"))
