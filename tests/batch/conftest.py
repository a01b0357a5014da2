"""Files in which tests of batches look for pictures."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder, with empty files called as pictures and others are."""
    for name in (
        "a.png",
        "b.jpg",
        "photos/c.png",
        "photos/sub/d.jpg",
        "photos/notes.txt",
        "photos/film.y4m",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "out").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path
