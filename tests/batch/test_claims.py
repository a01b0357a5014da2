"""Two runs in place at once: no picture is filtered twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.command_line import imgconv
from tests.support.covering import covering
from tests.support.processes import TIMEOUT, wait_until

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs signals and flock")

Process = subprocess.Popen[bytes]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make 40 pictures, and a state folder of their own."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    Path("photos").mkdir()
    for number in range(40):
        values = np.random.default_rng(number).integers(0, 256, (150, 150), np.uint8)
        Image.fromarray(values).save(f"photos/{number:02}.png")
    return tmp_path


def contents() -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path("photos").glob("*.png"))]


def claim_files() -> list[Path]:
    return [*Path("state/running").glob("[0-9]*")]


def started(*places: str) -> Process:
    """Start a run in place, and stop it as soon as it has filtered a picture."""
    before = contents()
    command = [sys.executable, "-m", "imgconv", "apply", "blur", *places, "--in-place"]
    process = subprocess.Popen([*command, "--jobs", "1", "--resume"], stderr=subprocess.DEVNULL)
    wait_until(lambda: process.poll() is not None or contents() != before)
    process.send_signal(signal.SIGSTOP)
    assert process.poll() is None and contents()[-1] == before[-1]
    return process


@pytest.fixture
def running() -> Iterator[Process]:
    process = started("photos")
    yield process
    process.kill()
    process.wait(TIMEOUT)


@pytest.fixture
def filtered_once(folder: Path) -> list[bytes]:
    assert run(["apply", "blur", "photos", "once"]) == 0
    return [path.read_bytes() for path in sorted(Path("once").iterdir())]


@pytest.mark.parametrize(
    ("place", "rule"),
    covering(
        ["photos", "photos/39.png", "link/39.png"], [[], ["--resume"], ["--update"]], strength=1
    ),
)
def test_a_second_run_is_refused_where_a_first_is_at_one_of_its_pictures(
    filtered_once: list[bytes], running: Process, place: str, rule: list[str]
) -> None:
    Path("link").symlink_to("photos")
    second = imgconv("apply", "blur", place, "--in-place", *rule)
    assert second.returncode == 2
    message = second.stderr.decode()
    assert f"is being filtered in place by process {running.pid}; let it end" in message
    assert message.count("\n") == 1
    running.send_signal(signal.SIGCONT)
    assert running.wait(TIMEOUT) == 0
    assert contents() == filtered_once
    assert not claim_files()


def test_runs_at_other_pictures_of_a_folder_go_side_by_side() -> None:
    process = started(*(f"photos/{number:02}.png" for number in range(30)))
    assert imgconv("apply", "blur", "photos/35.png", "photos/36.png", "--in-place").returncode == 0
    process.send_signal(signal.SIGCONT)
    assert process.wait(TIMEOUT) == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_has_ended_holds_nothing(
    filtered_once: list[bytes], running: Process, number: signal.Signals
) -> None:
    running.send_signal(number)
    running.send_signal(signal.SIGCONT)
    running.wait(TIMEOUT)
    assert bool(claim_files()) == (number == signal.SIGKILL)
    assert imgconv("apply", "blur", "photos", "--in-place", "--resume").returncode == 0
    assert contents() == filtered_once
    assert not claim_files()


def test_of_runs_that_start_at_once_one_filters_all(filtered_once: list[bytes]) -> None:
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "photos", "--in-place"]
    runs = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(4)]
    codes = sorted(process.wait(TIMEOUT) for process in runs)
    if codes == [0, 2, 2, 2]:
        assert contents() == filtered_once
    else:  # on a slow machine one may have started when another had ended
        assert {*codes} <= {0, 2}


def test_a_run_elsewhere_is_never_refused(running: Process) -> None:
    assert imgconv("apply", "identity", "photos", "out").returncode == 0


def test_without_a_state_folder_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(STATE_VARIABLE, os.devnull + "/state")
    assert imgconv("apply", "blur", "photos/01.png", "--in-place").returncode == 0
