"""Pairing pictures with their places."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from imgconv.batch import tasks
from imgconv.errors import ReadError, UsageError, WriteError
from imgconv.formats import registry


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
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


@pytest.mark.parametrize(
    ("sources", "target", "format", "pairs"),
    [
        (["a.png"], "x.png", None, [("a.png", "x.png")]),
        (["a.png"], "out", None, [("a.png", "out/a.png")]),
        (["a.png"], "new/", None, [("a.png", "new/a.png")]),
        (["a.png"], "-", None, [("a.png", "-")]),
        (["-"], "x.png", None, [("-", "x.png")]),
        (["-"], "-", None, [("-", "-")]),
        (["-"], "x.y4m", None, [("-", "x.y4m")]),
        (["-"], "x.pam", None, [("-", "x.pam")]),
        (["a.png", "b.jpg"], "out", None, [("a.png", "out/a.png"), ("b.jpg", "out/b.jpg")]),
        (["a.png"], "out", "tiff", [("a.png", "out/a.tif")]),
        (["b.jpg"], "out", "jpeg", [("b.jpg", "out/b.jpg")]),
        (["a.png"], "x.dat", "png", [("a.png", "x.dat")]),
        (
            ["photos"],
            "out",
            None,
            [("photos/c.png", "out/c.png"), ("photos/sub/d.jpg", "out/sub/d.jpg")],
        ),
        (
            ["photos", "a.png"],
            "out",
            None,
            [
                ("photos/c.png", "out/photos/c.png"),
                ("photos/sub/d.jpg", "out/photos/sub/d.jpg"),
                ("a.png", "out/a.png"),
            ],
        ),
    ],
)
def test_inputs_and_outputs_are_paired_as_cp_does(
    sources: list[str], target: str, format: str | None, pairs: list[tuple[str, str]], tree: Path
) -> None:
    found = tasks.make_tasks(sources, target, registry.by_name(format) if format else None)
    assert [(task.source, task.target) for task in found] == pairs


@pytest.mark.parametrize(
    ("sources", "target", "kind", "message"),
    [
        (["a.png"], "./a.png", UsageError, "both input and output"),
        (["a.png", "b.jpg"], ".", UsageError, "both input and output"),
        (["photos"], "photos/out", UsageError, "lies inside"),
        (["photos"], "photos", UsageError, "lies inside"),
        (["a.png", "b.jpg"], "notes/", UsageError, "is not a folder"),
        (["a.png", "photos/c.png"], "-", UsageError, "one pipe"),
        (["-"], "out", UsageError, "no name"),
        (["out"], "new", ReadError, "no pictures"),
        (["a.png"], "none/x.png", WriteError, "no folder"),
    ],
)
def test_impossible_tasks_are_refused_before_any_work(
    sources: list[str], target: str, kind: type[Exception], message: str, tree: Path
) -> None:
    (tree / "notes").write_text("a file")
    with pytest.raises(kind, match=message):
        tasks.make_tasks(sources, target, None)


def test_two_inputs_with_one_output_are_refused(tree: Path) -> None:
    (tree / "a.jpg").write_bytes(b"")
    with pytest.raises(UsageError, match=r"would both be written to .out/a\.png."):
        tasks.make_tasks(["a.png", "a.jpg"], "out", registry.by_name("png"))


def test_a_hard_link_to_an_input_is_the_input(tree: Path) -> None:
    (tree / "twin.png").hardlink_to(tree / "a.png")
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["a.png"], "twin.png", None)


def test_links_to_folders_are_not_followed(tree: Path) -> None:
    (tree / "photos" / "loop").symlink_to(tree / "photos")
    assert len(tasks.make_tasks(["photos"], "out", None)) == 2


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        (["a.png"], [("a.png", None)]),
        (["a.png", "b.jpg"], [("a.png", None), ("b.jpg", None)]),
        (["photos"], [("photos/c.png", "photos"), ("photos/sub/d.jpg", "photos")]),
        (["a.png", "./a.png"], [("a.png", None)]),
        (
            ["photos/sub", "photos"],
            [("photos/sub/d.jpg", "photos/sub"), ("photos/c.png", "photos")],
        ),
    ],
)
def test_in_place_each_picture_is_paired_with_itself_once(
    sources: list[str], expected: list[tuple[str, str | None]], tree: Path
) -> None:
    found = tasks.make_tasks_in_place(sources)
    assert [(task.source, task.within) for task in found] == expected
    assert all(task.in_place for task in found)


def test_in_place_a_link_is_followed_where_it_is_named_and_left_alone_in_a_folder(
    tree: Path,
) -> None:
    (tree / "photos" / "link.png").symlink_to(tree / "a.png")
    (tree / "link.png").symlink_to("a.png")
    assert [task.source for task in tasks.make_tasks_in_place(["photos"])] == [
        "photos/c.png",
        "photos/sub/d.jpg",
    ]
    assert [task.source for task in tasks.make_tasks_in_place(["link.png", "a.png"])] == [
        "link.png"
    ]


@pytest.mark.parametrize(
    ("sources", "kind", "message"),
    [
        (["-"], UsageError, "pipe"),
        (["a.png", "-"], UsageError, "pipe"),
        (["out"], ReadError, "no pictures"),
        (["a.png", "new.png"], UsageError, "'new.png' is not there; --in-place takes no OUTPUT"),
    ],
)
def test_in_place_there_must_be_pictures(
    sources: list[str], kind: type[Exception], message: str, tree: Path
) -> None:
    with pytest.raises(kind, match=message):
        tasks.make_tasks_in_place(sources)


def test_a_pipe_is_not_in_place() -> None:
    assert not tasks.Task("-", "-").in_place


def test_a_link_to_an_input_is_the_input(tree: Path) -> None:
    (tree / "out" / "sub").symlink_to(tree / "photos" / "sub")
    (tree / "out" / "c.png").symlink_to(tree / "photos" / "c.png")
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["photos"], "out", None)
    with pytest.raises(UsageError, match="both input and output"):
        tasks.make_tasks(["photos/sub/d.jpg"], "out/sub", None)


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


def test_an_input_that_is_named_twice_is_read_once(tree: Path) -> None:
    assert len(tasks.make_tasks(["a.png", "a.png"], "out", None)) == 1


@pytest.mark.parametrize("ignores_case", [True, False])
def test_names_that_differ_in_case_collide_where_the_file_system_ignores_it(
    ignores_case: bool, tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tree / "photos" / "A.png").write_bytes(b"")
    monkeypatch.setattr(tasks, "_ignores_case", lambda path: ignores_case)
    if ignores_case:
        with pytest.raises(UsageError, match="would both be written to"):
            tasks.make_tasks(["a.png", "photos/A.png"], "out", None)
    else:
        assert len(tasks.make_tasks(["a.png", "photos/A.png"], "out", None)) == 2


def test_the_nearest_folder_shows_whether_case_is_ignored(tree: Path) -> None:
    (tree / "Folder").mkdir()
    assert not tasks._ignores_case(tree / "Folder" / "none" / "none")
    (tree / "fOLDER").symlink_to("Folder")  # as a file system would show it that ignores case
    assert tasks._ignores_case(tree / "Folder" / "none" / "none")


def test_equal_names_are_refused_beside_one_that_differs_in_case(tree: Path) -> None:
    for name in ("x/A.png", "y/a.png", "z/a.png"):
        (tree / name).parent.mkdir()
        (tree / name).write_bytes(b"")
    with pytest.raises(UsageError, match=r"'y/a\.png' and 'z/a\.png' would both be written"):
        tasks.make_tasks(["x/A.png", "y/a.png", "z/a.png"], "out", None)


@pytest.mark.parametrize("path", ["a.png", "out/a.png", "link.png"])
def test_a_report_must_not_overwrite_a_picture(path: str, tree: Path) -> None:
    (tree / "link.png").symlink_to("a.png")
    made = tasks.make_tasks(["a.png", "b.jpg"], "out", None)
    with pytest.raises(UsageError, match="is a picture of this run"):
        tasks.check_report_path(path, made)
    tasks.check_report_path("out/report.jsonl", made)


def test_an_output_folder_that_is_a_link_to_itself_is_no_internal_error(tree: Path) -> None:
    (tree / "loop").symlink_to("loop")
    assert tasks.make_tasks([str(tree / "photos")], str(tree / "loop"), None)


def test_apple_double_files_are_left_out_and_every_left_out_file_is_counted(tree: Path) -> None:
    apple_double = bytes.fromhex("00051607 00020000") + bytes(74)
    for name in ("._c.png", "sub/._d.jpg"):
        (tree / "photos" / name).write_bytes(apple_double)
    (tree / "photos" / "._picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tree / "photos" / ".hidden.png").write_bytes(b"")
    (tree / "photos" / ".DS_Store").write_bytes(b"")
    (tree / "photos" / "link.png").symlink_to(tree / "a.png")
    names = [".hidden.png", "._picture.png", "c.png", "sub/d.jpg"]
    left_out = {"without the ending of a picture": 3, "of attributes (AppleDouble)": 2}

    counted: list[str] = []
    found = tasks.make_tasks(["photos"], "out", None, counted.append)
    assert [task.source for task in found] == [
        f"photos/{name}" for name in sorted([*names, "link.png"])
    ]
    assert Counter(counted) == left_out
    counted.clear()
    found = tasks.make_tasks_in_place(["photos"], counted.append)
    assert [task.source for task in found] == [f"photos/{name}" for name in sorted(names)]
    assert Counter(counted) == left_out | {"behind a link": 1}
