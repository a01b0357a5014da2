"""Pairing pictures with their places."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv import formats, pairing
from imgconv.errors import ReadError, WordsError, WriteError


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
    found = pairing.pair(sources, target, formats.named(format) if format else None)
    assert [(pair.source, pair.target) for pair in found] == pairs


@pytest.mark.parametrize(
    ("sources", "target", "kind", "said"),
    [
        (["a.png"], "./a.png", WordsError, "both input and output"),
        (["a.png", "b.jpg"], ".", WordsError, "both input and output"),
        (["photos"], "photos/out", WordsError, "lies inside"),
        (["photos"], "photos", WordsError, "lies inside"),
        (["a.png", "b.jpg"], "notes/", WordsError, "is not a folder"),
        (["a.png", "photos/c.png"], "-", WordsError, "one pipe"),
        (["-"], "out", WordsError, "no name"),
        (["out"], "new", ReadError, "no pictures"),
        (["a.png"], "none/x.png", WriteError, "no folder"),
    ],
)
def test_what_cannot_be_is_refused_before_any_work(
    sources: list[str], target: str, kind: type[Exception], said: str, tree: Path
) -> None:
    (tree / "notes").write_text("a file")
    with pytest.raises(kind, match=said):
        pairing.pair(sources, target, None)


def test_two_inputs_for_one_place_are_found(tree: Path) -> None:
    (tree / "a.jpg").write_bytes(b"")
    with pytest.raises(WordsError, match=r"would both be written to .out/a\.png."):
        pairing.pair(["a.png", "a.jpg"], "out", formats.named("png"))


def test_a_hard_link_to_an_input_is_the_input(tree: Path) -> None:
    (tree / "twin.png").hardlink_to(tree / "a.png")
    with pytest.raises(WordsError, match="both input and output"):
        pairing.pair(["a.png"], "twin.png", None)


def test_links_to_folders_are_not_followed(tree: Path) -> None:
    (tree / "photos" / "loop").symlink_to(tree / "photos")
    assert len(pairing.pair(["photos"], "out", None)) == 2
