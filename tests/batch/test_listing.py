"""The pictures of folders, and the files that are left out."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgconv.batch import tasks
from imgconv.batch.listing import ATTRIBUTES, HIDDEN, HIDDEN_FOLDER, LINK, UNKNOWN, Listing
from tests.support.batches import apply
from tests.support.command_line import Captured


def test_links_to_folders_are_not_followed(tree: Path) -> None:
    (tree / "photos" / "loop").symlink_to(tree / "photos")
    assert len(tasks.make_tasks(["photos"], "out", None)) == 2


def test_a_folder_that_cannot_be_read_is_not_passed_over(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.scandir

    def refuse(path: str) -> object:
        if path == os.path.join("photos", "sub"):  # noqa: PTH118
            raise PermissionError(13, "Permission denied", path)
        return before(path)

    monkeypatch.setattr(os, "scandir", refuse)
    for found in (tasks.make_tasks(["photos"], "out", None), tasks.make_tasks_in_place(["photos"])):
        assert [task.source for task in found] == ["photos/c.png", "photos/sub"]


def add_odd_files(tree: Path) -> None:
    for name in ("._c.png", "sub/._d.jpg"):
        (tree / "photos" / name).write_bytes(bytes.fromhex("00051607 00020000") + bytes(74))
    for name in (".hidden.png", "._picture.png", ".folder/e.png", ".folder/f.png", ".DS_Store"):
        (tree / "photos" / name).parent.mkdir(exist_ok=True)
        (tree / "photos" / name).write_bytes(b"")
    (tree / "photos" / "link.png").symlink_to(tree / "a.png")


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("links", [False, True])
def test_hidden_files_and_links_are_listed_where_they_are_asked_for(
    hidden: bool, links: bool, tree: Path
) -> None:
    add_odd_files(tree)
    listing = Listing(hidden, links)
    names = ["c.png", "sub/d.jpg"]
    names += [".hidden.png", "._picture.png", ".folder/e.png", ".folder/f.png"] if hidden else []
    names += ["link.png"] if links else []
    assert sorted(listing.pictures("photos")) == sorted(f"photos/{name}" for name in names)
    left_out = {UNKNOWN: 3, ATTRIBUTES: 2}
    left_out |= {} if hidden else {HIDDEN: 2, HIDDEN_FOLDER: 1}
    left_out |= {} if links else {LINK: 1}
    assert listing.left_out == left_out


def test_a_hidden_folder_that_is_named_is_listed(tree: Path) -> None:
    add_odd_files(tree)
    assert len(Listing().pictures("photos/.folder")) == 2


def test_all_that_is_left_out_is_counted_in_one_line(tree: Path) -> None:
    listing = Listing(links=False)
    assert listing.summary() == ""
    listing.pictures("photos")
    assert listing.summary() == "left out: 2 files without the ending of a picture"
    add_odd_files(tree)
    listing = Listing(links=False)
    listing.pictures("photos")
    assert listing.summary() == (
        "left out: 2 files of attributes (AppleDouble), "
        "3 files without the ending of a picture, 2 hidden files, 1 hidden folder, "
        "1 link to pictures; --hidden takes hidden ones"
    )


def test_formats_that_are_only_read_are_left_out_where_the_format_stays(tmp_path: Path) -> None:
    for name in ("a.psd", "b.dds", "c.tga"):
        (tmp_path / name).write_bytes(b"")
    listing = Listing()
    assert listing.pictures(str(tmp_path)) == [str(tmp_path / "c.tga")]
    assert listing.summary().startswith("left out: 2 pictures in a format that is only read")
    assert len(Listing(keeps_format=False).pictures(str(tmp_path))) == 3


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("args", [["out"], ["--in-place"], ["out", "--dry-run"]])
def test_files_that_a_folder_run_leaves_out_are_counted_in_one_line(
    args: list[str], capfd: Captured
) -> None:
    Path("photos/._a.png").write_bytes(bytes.fromhex("00051607 00020000"))
    for name in ("photos/.DS_Store", "photos/notes.txt", "photos/sub/film.mov"):
        Path(name).touch()
    assert apply("photos", *args) == 0
    assert capfd.readouterr().err.splitlines()[0] == (
        "imgconv: left out: 1 file of attributes (AppleDouble), "
        "3 files without the ending of a picture"
    )
    assert apply("photos/a.png", "b.png") == 0
    assert capfd.readouterr().err == ""


def test_files_of_a_folder_that_is_named_twice_are_counted_once(tree: Path) -> None:
    (tree / "photos/notes.txt").touch()
    once, twice, in_place = Listing(), Listing(), Listing()
    tasks.make_tasks(["photos"], "out", None, once)
    tasks.make_tasks(["photos", "photos"], "out", None, twice)
    tasks.make_tasks_in_place(["photos", "photos"], in_place)
    assert once.left_out == twice.left_out == in_place.left_out and once.left_out[UNKNOWN] > 0
