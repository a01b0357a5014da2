"""Pairing pictures with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.batch import tasks
from imgconv.batch.task import Task
from imgconv.errors import ReadError, UsageError, WriteError
from imgconv.formats import registry


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
        (["a.png"], "new", UsageError, r"'new' has no ending.*; write 'new/' for a folder, end it"),
        (["*.png"], "new", ReadError, r"\*\.png: there is no such file; leave out quotes"),
        (
            ["a.png", "gone.png"],
            "new",
            ReadError,
            "gone.png: there is no such file; check the path",
        ),
        (["0x2", "a.png"], "b.png", ReadError, "0x2: there is no such file"),
        (
            ["a.png", "b.jpg"],
            "n.png",
            UsageError,
            r"name a folder, or names, as -o 'n-\{number\}\.png'",
        ),
        (["a.png"], "~/x.png", WriteError, "there is no folder '~'; leave ~ outside of quotes"),
        (["a.png"], "a.xyz", UsageError, r"names no picture format; .* or give --format"),
        (["a.png"], "a.mp4", UsageError, r"is a film.* \| ffmpeg -i - .*docs/howto/films\.md"),
        (["a.png", "b.jpg"], "a.MKV", UsageError, "is a film"),
    ],
)
def test_impossible_tasks_are_refused_before_any_work(
    sources: list[str], target: str, kind: type[Exception], message: str, tree: Path
) -> None:
    (tree / "notes").write_text("a file")
    with pytest.raises(kind, match=message):
        tasks.make_tasks(sources, target, None)


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
    assert not Task("-", "-").in_place


def test_an_input_that_is_named_twice_is_read_once(tree: Path) -> None:
    assert len(tasks.make_tasks(["a.png", "a.png"], "out", None)) == 1
