"""Names that a terminal would obey, or that are no text: files are read, and shown harmlessly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run

Captured = pytest.CaptureFixture[str]

NAMES = {
    "\x1b]0;title\x07.png": r"\x1b]0;title\x07.png",
    "two\nlines.png": r"two\nlines.png",
    "over\rwritten.png": r"over\rwritten.png",
    "\u202egnp.png": r"\u202egnp.png",
    os.fsdecode(b"latin-\xe9.png"): r"latin-\udce9.png",
    "-rf.png": "-rf.png",
    "%s %d {0}.png": "%s %d {0}.png",
    "dots...png": "dots...png",
    "漢字.png": "漢字.png",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=range(len(NAMES)))
def test_a_picture_of_any_name_is_filtered(
    name: str, shown: str, tmp_path: Path, capfd: Captured
) -> None:
    source, out = tmp_path / name, tmp_path / "out" / name
    out.parent.mkdir()
    Image.new("L", (5, 4), 7).save(source)
    assert run(["apply", "identity", str(source), str(out)]) == 0
    assert out.read_bytes()[1:4] == b"PNG"
    assert capfd.readouterr().err == ""
    assert run(["plan", "blur", str(source)]) == 0
    assert f"{shown}: 5x4" in capfd.readouterr().out


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=range(len(NAMES)))
@pytest.mark.parametrize("command", ["apply", "plan"])
def test_a_broken_picture_of_any_name_is_one_harmless_line(
    command: str, name: str, shown: str, tmp_path: Path, capfd: Captured
) -> None:
    source = tmp_path / name
    source.write_bytes(b"\x89PNG\r\n\x1a\nbroken")
    out = [str(tmp_path / "out.png")] if command == "apply" else []
    assert run([command, "blur", str(source), *out]) == 1
    error = capfd.readouterr().err
    assert error.startswith("imgconv: ")
    assert f"{shown}: the picture is damaged" in error
    assert error.endswith("\n")
    assert error[:-1].isprintable()


def test_a_folder_of_such_pictures_is_filtered_whole(tmp_path: Path) -> None:
    """In a process of its own, where standard error may be anything."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in NAMES:
        Image.new("L", (5, 4), 7).save(folder / name)
    (folder / "bad\x1b[2J.png").write_bytes(b"no picture")
    command = [sys.executable, "-m", "imgconv", "apply", "blur", str(folder), str(tmp_path / "out")]
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    assert done.returncode == 1
    assert {path.name for path in (tmp_path / "out").iterdir()} == NAMES.keys()
    assert rb"bad\x1b[2J.png: not a picture" in done.stderr
    assert b"\x1b" not in done.stderr


def test_control_characters_from_a_broken_file_are_escaped(tmp_path: Path, capfd: Captured) -> None:
    source = tmp_path / "in.ppm"
    source.write_bytes(b"P3\n1 1\n255\n\x1b[31m\x07 1 1\n")
    assert run(["apply", "blur", str(source), str(tmp_path / "out.ppm")]) == 1
    assert capfd.readouterr().err[:-1].isprintable()


def test_pipes_devices_and_loops_of_links_are_not_read(tmp_path: Path, capfd: Captured) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "device.png").symlink_to("/dev/zero")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    for name in ("pipe.png", "device.png", "loop.png"):
        assert run(["apply", "blur", str(tmp_path / name), str(tmp_path / "out.png")]) == 1
        error = capfd.readouterr().err
        assert name in error
        assert error.count("\n") == 1
        assert run(["plan", "blur", str(tmp_path / name)]) == 1
        assert capfd.readouterr().err == error


def test_a_pipe_in_a_folder_does_not_keep_the_others_waiting(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    os.mkfifo(folder / "a.png")
    Image.new("L", (5, 4), 7).save(folder / "b.png")
    assert run(["apply", "blur", str(folder), str(tmp_path / "out")]) == 1
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]
