"""Files in which tests of batches look for pictures."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.system.user_dirs import STATE_VARIABLE
from tests.support.batches import draw


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with empty files called as pictures and others are."""
    for name in (
        "a.png",
        "b.jpg",
        "photos/c.png",
        "photos/sub/d.jpg",
        "photos/notes.txt",
        "photos/film.mp4",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures, one of them deeper, with a memory of their own."""
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name, seed in (("photos/a.png", 1), ("photos/sub/b.png", 2)):
        draw(name, seed)
    return tmp_path
