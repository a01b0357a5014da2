"""Paths past all links, beside what Python says."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from imgconv.system.places import RealPaths

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
