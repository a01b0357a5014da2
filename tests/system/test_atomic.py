"""Files that are not in their place yet."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from imgconv.formats import registry
from imgconv.system import atomic

HOURS = 2 * 3600


def left_behind(path: Path) -> Path:
    """What a run leaves that is killed while it writes ``path``."""
    with atomic.temporary_beside(str(path)) as (new, file):
        file.write(b"half")
        file.flush()
        copy = Path(new).rename(new.replace("imgconv-", "kept-"))
    return copy.rename(new)


def make_old(path: Path) -> None:
    then = time.time() - HOURS
    os.utime(path, (then, then))


def test_a_file_that_was_not_committed_is_deleted(tmp_path: Path) -> None:
    with pytest.raises(KeyError), atomic.temporary_beside(str(tmp_path / "a.png")) as (new, file):
        file.write(b"half")
        assert Path(new).exists()
        raise KeyError
    assert [*tmp_path.iterdir()] == []


def test_a_committed_file_stays(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    with atomic.temporary_beside(str(path)) as (new, file):
        file.write(b"whole")
        file.close()
        atomic.commit(new, str(path), replaces=True)
    assert [*tmp_path.iterdir()] == [path]
    assert path.read_bytes() == b"whole"


@pytest.mark.parametrize("has_links", [True, False])
def test_an_existing_file_is_not_replaced_unless_asked(
    has_links: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(path: str, other: str) -> None:
        raise OSError(1, "no hard links here")

    if not has_links:
        monkeypatch.setattr(os, "link", none)
    for path, content in ((tmp_path / "old.png", b"old"), (tmp_path / "new.png", b"new")):
        if content == b"old":
            path.write_bytes(b"old")
        with atomic.temporary_beside(str(path)) as (new, file):
            file.write(b"new")
            file.close()
            if content == b"old":
                with pytest.raises(FileExistsError):
                    atomic.commit(new, str(path), replaces=False)
            else:
                atomic.commit(new, str(path), replaces=False)
        assert path.read_bytes() == content
    assert len([*tmp_path.iterdir()]) == 2


@pytest.mark.parametrize("name", ["a.png", "x" * 255, "\N{SNOWMAN}" * 85, "\udcff.png", "a\nb.png"])
def test_files_of_any_name_can_be_written(name: str, tmp_path: Path) -> None:
    with atomic.temporary_beside(str(tmp_path / name)) as (new, file):
        file.close()
        hidden = Path(new).name
        assert hidden.startswith(".") and not registry.is_picture_path(hidden)
        atomic.commit(new, str(tmp_path / name), replaces=True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_old_files_of_killed_runs_are_deleted(tmp_path: Path) -> None:
    old = left_behind(tmp_path / "old.png")
    fresh = left_behind(tmp_path / "fresh.png")
    users_own = tmp_path / ".mine.png"
    users_own.touch()
    for path in (old, users_own):
        make_old(path)
    atomic.delete_stale(str(tmp_path))
    assert sorted(tmp_path.iterdir()) == sorted([fresh, users_own])


def test_a_locked_file_is_not_deleted(tmp_path: Path) -> None:
    with atomic.temporary_beside(str(tmp_path / "a.png")) as (new, _):
        make_old(Path(new))
        atomic.delete_stale(str(tmp_path))
        assert Path(new).exists()


def test_deleting_stale_files_follows_no_link_and_needs_no_folder(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.touch()
    make_old(mine)
    link = tmp_path / ".a.0123.imgconv-unfinished"
    link.symlink_to(mine)
    atomic.delete_stale(str(tmp_path))
    atomic.delete_stale(str(tmp_path / "none"))
    assert link.is_symlink() and mine.exists()
