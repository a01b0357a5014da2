"""``imgconv doctor``: what it says where all works, and for each thing that is broken."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from imgconv.cli import doctor
from imgconv.cli.run import run
from imgconv.formats.registry import FORMATS
from imgconv.jit import code_cache, loader
from imgconv.kernels import library
from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.command_line import Captured


def facts(capfd: Captured, code: int = 0) -> dict[str, Any]:
    assert run(["doctor", "--json"]) == code
    output = capfd.readouterr()
    assert output.err == ""
    found: dict[str, Any] = json.loads(output.out)
    return found


def test_all_that_a_bug_report_needs_is_told(capfd: Captured) -> None:
    found = facts(capfd)
    assert found["problems"] == []
    assert found["versions"]["python"].startswith(f"{sys.version_info[0]}.{sys.version_info[1]}")
    assert {each["name"] for each in found["libraries"] if each["version"]} >= {"numba", "pillow"}
    folders = {each["name"]: each["path"] for each in found["folders"]}
    assert folders["cache"] == str(code_cache.folder())
    assert folders["state"] == os.environ[STATE_VARIABLE]
    assert [each["name"] for each in found["formats"]] == [name.lower() for name in FORMATS]
    assert found["machine"]["cores"] >= 1 and found["machine"]["free_memory"] > 1e6
    assert found["compiled_code"]["is_kept"] and found["compiled_code"]["runs"]
    assert found["environment"][STATE_VARIABLE] == os.environ[STATE_VARIABLE]


def test_the_text_has_a_line_for_each_thing(capfd: Captured) -> None:
    assert run(["doctor"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0].startswith("imgconv ") and lines[-1] == "Nothing is broken."
    assert "  tiff      reads and writes 8 bits, 16 bits, floats" in lines
    assert "  psd       reads 8 bits" in lines
    assert f"  cache    {code_cache.folder()}: " in "\n".join(lines)
    for title in ("Libraries", "Folders", "Formats", "Machine", "Environment"):
        assert title in lines


def test_a_missing_optional_library_is_not_broken(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: _version(name, {"tifffile"}))
    assert run(["doctor"]) == 0
    assert "tifffile     not installed; pip install tifffile (for 16" in capfd.readouterr().out


def test_a_missing_needed_library_is_broken(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: _version(name, {"pillow"}))
    assert facts(capfd, 1)["problems"] == ["pillow is not installed; pip install pillow"]
    assert run(["doctor"]) == 1
    last = capfd.readouterr().out.splitlines()[-1]
    assert last == "broken: pillow is not installed; pip install pillow"


def _version(name: str, missing: set[str]) -> str:
    if name in missing:
        raise metadata.PackageNotFoundError(name)
    return "1"


def test_a_library_that_cannot_be_imported_is_told(tmp_path: Path) -> None:
    (tmp_path / "PIL").mkdir()
    (tmp_path / "PIL" / "__init__.py").write_text("raise ImportError('libjpeg.so is missing')")
    done = subprocess.run(
        [sys.executable, "-m", "imgconv", "doctor"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "")
    assert "broken: jpeg, 8 bits: libjpeg.so is missing" in done.stdout


@pytest.mark.parametrize(
    ("variable", "name"), [(code_cache.FOLDER_VARIABLE, "cache"), (STATE_VARIABLE, "state")]
)
def test_a_folder_that_cannot_be_written_is_broken(
    variable: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(variable, str(tmp_path / "file" / "folder"))
    found = facts(capfd, 1)
    (problem,) = found["problems"]
    assert problem.startswith(f"{name} {tmp_path}")
    assert problem.endswith(f"; set {variable} to another folder")
    assert found["compiled_code"]["is_kept"] == (name != "cache")


def test_a_broken_filter_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    (tmp_path / "mine.toml").write_text("kernel = 3")
    monkeypatch.setenv(library.FILTERS_VARIABLE, str(tmp_path))
    (problem,) = facts(capfd, 1)["problems"]
    assert "mine.toml: 'kernel' is not a table" in problem


def test_memory_that_may_not_be_executable_is_broken(
    monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    def forbidden(data: bytes) -> int:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(loader, "load_flat", forbidden)
    monkeypatch.setattr(sys, "platform", "linux")
    found = facts(capfd, 1)
    assert found["problems"] == ["compiled code cannot run: Operation not permitted"]
    assert not found["compiled_code"]["runs"]


def test_slow_interpreted_loops_are_told(monkeypatch: pytest.MonkeyPatch, capfd: Captured) -> None:
    monkeypatch.setattr(loader, "is_interpreted", lambda: True)
    assert run(["doctor"]) == 0
    assert "unset NUMBA_DISABLE_JIT" in capfd.readouterr().out


def test_the_module_names_each_library_that_the_package_needs() -> None:
    needed = metadata.requires("imgconv") or []
    names = {line.split(">=")[0] for line in needed if "extra" not in line}
    assert names <= {*doctor._NEEDED}
