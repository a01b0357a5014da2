"""The exit code and the line of a run whose standard output cannot be written."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from errno import ENOSPC, EPIPE
from io import StringIO
from pathlib import Path

import pytest

from imgconv.cli.run import run
from tests.support.command_line import Captured

# Lines that are answered by text, of each command that does so.
ANSWERED = (
    "--help",
    "--version",
    "cache",
    "completion bash",
    "explain blur a.png --at 1,1",
    "explain blur a.png --at 1,1 --json",
    "filters",
    "filters --json",
    "help gaussian",
    "learn a.png a.png --size 1x1",
    "maps sobel a.png",
    "match a.png a.png",
    "plan blur a.png",
    "sequence die:6",
    "sequence die:6 --json",
    "show gaussian",
    "spectrum a.png",
    pytest.param("doctor", marks=pytest.mark.slow),
)


@pytest.fixture(autouse=True)
def a_picture(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(picture.read_bytes())


@pytest.mark.parametrize("line", ANSWERED)
def test_an_answer_that_nobody_gets_is_an_error(
    line: str, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert run(shlex.split(line)) == 1
    assert capfd.readouterr() == (
        "",
        "imgconv: standard output is closed; pipe it on, or lead it to a file\n",
    )


class Failing(StringIO):
    """An output whose system calls fail."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._error = OSError(number, os.strerror(number))

    def flush(self) -> None:
        raise self._error


@pytest.mark.parametrize("line", ANSWERED)
def test_an_answer_to_a_full_disk_is_an_error(
    line: str, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(ENOSPC))
    assert run(shlex.split(line)) == 1
    assert capfd.readouterr().err == (
        "imgconv: standard output: cannot be written (No space left on device); "
        "check where it leads\n"
    )


@pytest.mark.parametrize("line", ANSWERED)
def test_an_answer_whose_reader_is_gone_ends_quietly(
    line: str, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(sys, "stdout", Failing(EPIPE))
    assert run(shlex.split(line)) == 141
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("line", ["show gaussian a.toml", "apply blur a.png b.png"])
def test_a_file_needs_no_standard_output(line: str) -> None:
    command = f"{sys.executable} -m imgconv {line} >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, b"is closed" in done.stderr) == (0, False)


def test_a_closed_standard_output_is_known_from_the_first_line() -> None:
    command = f"{sys.executable} -m imgconv show gaussian >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
