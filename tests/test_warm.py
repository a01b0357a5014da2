"""Compiling ahead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from imgconv import object_cache
from imgconv.cli.run import run


def python(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True)


def test_after_warming_no_shipped_filter_compiles_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(object_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    python("-m", "imgconv", "warm")
    warmed = object_cache.kept()
    script = (
        "import sys, imgconv; from PIL import Image; from imgconv import library;"
        "pictures = [Image.new(mode, (9, 7)) for mode in ('L', 'RGB', 'RGBA', 'I;16', 'F')];"
        "[imgconv.apply(picture, name, range=rule) for picture in pictures"
        " for name in library.names() for rule in ('clamp', 'abs', 'offset', 'stretch')];"
        "sys.exit('numba' in sys.modules)"
    )
    python("-c", script)
    assert object_cache.kept() == warmed


def test_the_cache_is_shown_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(object_cache.FOLDER_VARIABLE, str(tmp_path))
    object_cache.store("one", b"x" * 2000)
    object_cache.store("two", b"x" * 2000)
    assert run(["cache"]) == 0
    assert capfd.readouterr().out == f"{tmp_path}: 2 loops, 4 KB\n"
    assert run(["cache", "--clear"]) == 0
    assert capfd.readouterr().out == f"{tmp_path}: 0 loops, 0 KB\n"


def test_a_person_at_a_terminal_hears_of_compiling_once(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from imgconv import machine_code
    from imgconv.cli.machine import announce_compiling

    monkeypatch.setattr(machine_code, "hooks", machine_code.Hooks())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    announce_compiling()
    machine_code.hooks.compiling()
    machine_code.hooks.compiling()
    said = capfd.readouterr().err
    assert said.count("\n") == 1 and "imgconv warm" in said


def test_warming_runs_in_this_process_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["warm"]) == 0
    assert capfd.readouterr().err == ""


def test_a_bar_is_shown_on_a_terminal_for_work_that_takes_a_while(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from imgconv.cli import progress

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress.progress_bar() as tell:
        tell(1, 10)
    assert capfd.readouterr().err == "", "nothing is shown in the first second"
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    with progress.progress_bar() as tell:
        for done in range(1, 11):
            tell(done, 10)
    assert capfd.readouterr().err.count("\n") == 1
