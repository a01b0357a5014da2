"""Putting files in their place."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from imgconv.errors import WriteError
from imgconv.system import atomic


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_an_exception_while_writing_leaves_only_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt), atomic.writing(str(path)) as file:
        file.write(b"half")
        file.flush()
        assert path.read_bytes() == b"old"
        raise KeyboardInterrupt
    assert names(tmp_path) == ["a.png"]
    assert path.read_bytes() == b"old"


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="the system has no such modes")
def test_the_mode_is_that_of_the_replaced_file_before_it_is_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(0o600)
    seen = []
    atomic.write(
        b"new", str(path), before_commit=lambda status: seen.append(status.st_mode & 0o777)
    )
    assert seen == [0o600]
    assert path.stat().st_mode & 0o777 == 0o600


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="the system has no such modes")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o400, 0o777, 0o700])
def test_nobody_else_reads_a_file_before_it_has_the_mode_of_what_it_replaces(
    mode: int, tmp_path: Path
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(mode)
    with atomic.writing(str(path)) as file:
        (unfinished,) = (each for each in tmp_path.iterdir() if each != path)
        file.write(b"new")
        file.flush()
        assert mode_of(unfinished) == 0o600
    assert (mode_of(path), path.read_bytes()) == (mode, b"new")


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="the system has no such modes")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_a_new_file_has_the_mode_that_the_mask_leaves(mask: int, tmp_path: Path) -> None:
    before = os.umask(mask)
    try:
        atomic.write(b"new", str(tmp_path / "a.png"))
    finally:
        os.umask(before)
    assert mode_of(tmp_path / "a.png") == 0o666 & ~mask


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="the system has no such modes")
@pytest.mark.parametrize(("old", "new"), [(0o640, 0o600), (0o644, 0o644), (0o675, 0o655)])
def test_a_group_that_cannot_be_copied_gets_no_more_than_all_others(
    old: int, new: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: int) -> None:
        raise PermissionError(1, "Operation not permitted")

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    path.chmod(old)
    monkeypatch.setattr(os, "fchown", refuse)
    atomic.write(b"new", str(path))
    assert mode_of(path) == new


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="needs root")
def test_root_leaves_a_file_to_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    os.chown(path, 4321, 1234)
    atomic.write(b"new", str(path))
    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 1234)


@pytest.mark.skipif(not hasattr(os, "setxattr"), reason="the system has no such attributes")
def test_extended_attributes_survive(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    try:
        os.setxattr(path, "user.xdg.tags", b"holiday")
    except OSError:
        pytest.skip("the file system has no such attributes")
    atomic.write(b"new", str(path))
    assert os.getxattr(path, "user.xdg.tags") == b"holiday"
    assert path.read_bytes() == b"new"


def test_the_status_before_the_commit_is_that_of_the_committed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    seen = []

    def ready(status: os.stat_result) -> None:
        assert not path.exists()
        seen.append((status.st_size, status.st_mtime_ns))

    atomic.write(b"12345", str(path), before_commit=ready)
    assert seen == [(5, path.stat().st_mtime_ns)]


def test_writing_to_a_dangling_link_makes_its_target(tmp_path: Path) -> None:
    (tmp_path / "link.png").symlink_to("there.png")
    atomic.write(b"new", str(tmp_path / "link.png"))
    assert (tmp_path / "link.png").is_symlink()
    assert (tmp_path / "there.png").read_bytes() == b"new"


def test_a_circle_of_links_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").symlink_to("b.png")
    (tmp_path / "b.png").symlink_to("a.png")
    with pytest.raises(WriteError, match=r"a\.png: cannot be written \(Too many levels"):
        atomic.write(b"new", str(tmp_path / "a.png"))
    assert all(path.is_symlink() for path in tmp_path.iterdir())


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    atomic.write(b"new", os.devnull)
    assert not Path(os.devnull).is_file()
    with pytest.raises(WriteError, match=r"/dev/full: cannot be written \(No space left"):
        atomic.write(b"new", "/dev/full")


def test_a_named_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    atomic.write(b"new", str(pipe))
    reader.join()
    assert read == [b"new"]
    assert pipe.is_fifo() and names(tmp_path) == ["pipe"]


def test_folders_are_made_below_the_output_folder(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    atomic.write(b"new", str(tmp_path / "out" / "a" / "b" / "c.png"), str(tmp_path / "out"))
    assert (tmp_path / "out" / "a" / "b" / "c.png").read_bytes() == b"new"


@pytest.mark.parametrize("name", ["sub/a.png", "sub/deep/a.png", "file.png", "../a.png"])
def test_nothing_is_written_outside_the_output_folder(name: str, tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (elsewhere / "old.png").write_bytes(b"old")
    (out / "sub").symlink_to(elsewhere)
    (out / "file.png").symlink_to(elsewhere / "old.png")
    with pytest.raises(WriteError, match="leads out of the folder"):
        atomic.write(b"new", str(out / name), str(out))
    assert names(elsewhere) == ["old.png"] and (elsewhere / "old.png").read_bytes() == b"old"
    assert names(tmp_path) == ["elsewhere", "out"]


def test_a_link_within_the_output_folder_is_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (out / "real").mkdir(parents=True)
    (out / "sub").symlink_to("real")
    (tmp_path / "another").symlink_to(out)
    atomic.write(b"new", str(tmp_path / "another" / "sub" / "a.png"), str(tmp_path / "another"))
    assert (out / "real" / "a.png").read_bytes() == b"new"


def test_a_deleted_output_folder_is_not_made_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(WriteError, match="make the folder first"):
        atomic.write(b"new", str(out / "a.png"), str(out))
    assert names(tmp_path) == []


def test_a_file_that_appears_while_writing_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.png"

    def another_run_is_faster(status: os.stat_result) -> None:
        path.write_bytes(b"another's")

    with pytest.raises(WriteError, match="File exists"):
        atomic.write(b"new", str(path), replaces=False, before_commit=another_run_is_faster)
    assert path.read_bytes() == b"another's"
    assert names(tmp_path) == ["a.png"]


def test_a_folder_in_the_place_of_a_file_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(WriteError, match="Is a directory"):
        atomic.write(b"new", str(tmp_path / "a.png"))
    assert names(tmp_path) == ["a.png"]
