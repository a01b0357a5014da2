"""imgconv sequence --slide, and figures, through the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageSequence

pytest.importorskip("matplotlib")

from imgconv.cli.run import run
from imgconv.figures.sequence_slide import SlideFigure
from imgconv.study.sequences.named import Grid, named
from imgconv.study.sequences.overlap import overlap
from tests.support.command_line import Captured, imgconv


def test_every_frame_of_a_gif_is_the_one_that_was_drawn(tmp_path: Path, capfd: Captured) -> None:
    target = tmp_path / "out.gif"
    words = ["sequence", "box:1", "box:1", "--slide", "--frames", "7", "-o", str(target), "--json"]
    assert run(words) == 0
    out, err = capfd.readouterr()
    assert "7 frames of 720x476, 16 a second" in err
    document = json.loads(out)
    assert document["step"] == 0.01 and len(document["frames"]) == 7
    assert all(f["value"] == pytest.approx(max(0, 1 - abs(f["c"]))) for f in document["frames"])
    box = named("box:1", Grid(0.01))
    drawn = SlideFigure(overlap(box, box, 7), ("box:1", "box:1"), 720, None).frames()
    with Image.open(target) as film:
        for frame, expected in zip(ImageSequence.Iterator(film), drawn, strict=True):
            found = np.asarray(frame.convert("RGB"), int)
            assert np.abs(found - expected).max() < 8


def test_a_film_goes_through_a_pipe() -> None:
    words = ("sequence", "1 2", "1 1", "--slide", "-o", "-", "--size", "200x200")
    done = imgconv(*words)
    assert done.returncode == 0 and done.stdout.startswith(b"YUV4MPEG2 W200 H200 F16:1")
    assert done.stdout.count(b"FRAME\n") == 3 + 9


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
@pytest.mark.parametrize("kind", ["", "--spectrum", "--ar=1"])
def test_figures_have_the_same_bytes_again(
    ending: str, kind: str, tmp_path: Path, capfd: Captured
) -> None:
    paths = [tmp_path / f"{name}.{ending}" for name in "ab"]
    for path in paths:
        assert run(["sequence", "1 2 4 7 3", *([kind] if kind else []), "-o", str(path)]) == 0
    assert paths[0].read_bytes() == paths[1].read_bytes()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["1 2", "3 4"], "name an OUTPUT"),
        (["1 2", "3 4", "-o", "a.csv"], "names no animation"),
        (["1 2", "-o", "a.gif"], "give two SEQ"),
        (["1 2", "3 4", "--frames", "1", "-o", "a.gif"], "give 2 to 600"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], message: str, capfd: Captured) -> None:
    assert run(["sequence", *args, "--slide"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err


def test_without_matplotlib_a_figure_is_refused(
    tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["sequence", "1 2", "-o", str(tmp_path / "a.png")]) == 2
    assert "figures need matplotlib" in capfd.readouterr().err
