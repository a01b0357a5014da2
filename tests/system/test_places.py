"""Paths past all links, beside what Python says."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from imgconv.system.places import RealPaths, missing_remedy

FOLDERS = ["", ".", "a", "a/b", "to-a", "to-a/b", "a/..", "to-a/..", "nowhere", "round", "a//b/."]
NAMES = ["", "x", "to-x", "to-nothing", ".", "..", "b", "not-there", "round"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a/b").mkdir(parents=True)
    for folder in (Path(), Path("a"), Path("a/b")):
        (folder / "x").touch()
        (folder / "to-x").symlink_to("x")
        (folder / "to-nothing").symlink_to("nothing")
        (folder / "round").symlink_to("round")
    Path("to-a").symlink_to("a")


@pytest.mark.parametrize("root", ["", "{}/", "./"])
def test_real_paths_are_those_of_python(root: str, tmp_path: Path) -> None:
    real = RealPaths()
    for folder, name in [*product(FOLDERS, NAMES)] * 2:
        path = os.path.join(root.format(tmp_path) + folder, name)  # noqa: PTH118 (it keeps '..')
        assert real.of(path) == os.path.realpath(path), path


@pytest.mark.parametrize(
    ("path", "remedy"),
    [
        ("https://example.com/a.png", "by another program, as curl"),
        ("file:///tmp/a.png", "write /tmp/a.png"),
        ("1 2 1\\n1 2 1", "write ; in place of \\n between the rows of a kernel"),
        ("~/a.png", "leave ~ outside of quotes"),
        ("a.gif[2]", "write a.gif --frame 2"),
        ("photos/*.jpg", "so that the shell fills the pattern in"),
        ("C:\\pics\\a.png", "write / in place of \\"),
        ("c:/pics/a.png", "a disk as in /mnt/c/"),
        ("\N{EM DASH}radius", "write -- in place of the dash"),
        ("a.png", "check the path"),
        ("pics/a b.png", "check the path"),
    ],
)
def test_a_text_that_is_no_path_is_answered_by_what_to_write(path: str, remedy: str) -> None:
    assert remedy in missing_remedy(path)
