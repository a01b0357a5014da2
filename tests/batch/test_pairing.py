from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.batch.pairing import paired
from imgconv.errors import UsageError


def test_pictures_of_two_folders_are_paired_by_their_paths_in_them(tmp_path: Path) -> None:
    for name in ("a/x.png", "a/sub/y.png", "a/only.png", "b/x.png", "b/sub/y.png", "b/other.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    before, after = str(tmp_path / "a"), str(tmp_path / "b")
    couples, alone = paired(before, after)
    assert couples == [
        (f"{before}/sub/y.png", f"{after}/sub/y.png"),
        (f"{before}/x.png", f"{after}/x.png"),
    ]
    assert alone == [f"{before}/only.png", f"{after}/other.png"]
    assert paired("a.png", "-") == ([("a.png", "-")], [])


def test_a_folder_and_a_file_are_no_pair(tmp_path: Path) -> None:
    (tmp_path / "c").mkdir()
    with pytest.raises(UsageError, match=r"a\.png is not a folder"):
        paired(str(tmp_path), "a.png")
    with pytest.raises(UsageError, match="has the same name"):
        paired(str(tmp_path), str(tmp_path / "c"))
