"""imgconv learn, as a person meets it: what it writes is a filter that does the same."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv
from tests.support.pictures import noise


@pytest.fixture
def before(tmp_path: Path) -> str:
    path = tmp_path / "before.png"
    levels = np.rint(60 + 0.5 * noise(40, 50, "rgb").array).astype(np.uint8)
    Image.fromarray(levels).save(path)
    return str(path)


def filtered(before: str, *words: str) -> str:
    """Return the path of a picture that is filtered."""
    after = before.replace("before", "after")
    assert run(["apply", *words, before, after, "-f", "-q"]) == 0
    return after


def learnt(capfd: Captured, *words: str) -> dict[str, Any]:
    capfd.readouterr()
    assert run(["learn", *words, "--json"]) == 0
    document: dict[str, Any] = json.loads(capfd.readouterr().out)
    return document


BLUR = ("1 2 1; 2 4 2; 1 2 1", "--scale", "16")


def test_the_kernel_file_does_what_was_done(before: str, tmp_path: Path, capfd: Captured) -> None:
    after, kernel, again = filtered(before, *BLUR), tmp_path / "k.toml", tmp_path / "again.png"
    assert run(["learn", before, after, str(kernel), "--size", "5"]) == 0
    assert "5x5 whole weights over 16, rms 0.2" in capfd.readouterr().err
    assert run(["apply", str(kernel), before, str(again)]) == 0
    assert again.read_bytes() == Path(after).read_bytes()


def test_the_same_file_goes_to_standard_output(before: str, tmp_path: Path) -> None:
    after = filtered(before, *BLUR)
    assert run(["learn", before, after, str(tmp_path / "k.toml")]) == 0
    done = imgconv("learn", "-", after, "-", given=Path(before).read_bytes())
    lines = (tmp_path / "k.toml").read_text().splitlines()
    assert done.returncode == 0 and done.stdout.decode().splitlines()[1:] == lines[1:]


def test_text_shows_the_weights_and_how_sure_they_are(before: str, capfd: Captured) -> None:
    after = filtered(before, *BLUR)
    assert run(["learn", before, after]) == 0
    out = capfd.readouterr().out
    assert "kernel of 3x3, over 16\n  1 2 1\n  2 4 2\n  1 2 1\noffset 0 (" in out
    assert "whole weights those learnt differ by up to" in out and "residual rms 0." in out


def test_json_has_every_number(before: str, capfd: Captured) -> None:
    document = learnt(capfd, before, filtered(before, "sharpen"))
    assert document["weights"] == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    assert document["whole"] is True and document["scale"] == 1 and document["offset"] == 0
    assert document["rank"] == 2 and document["clipped"] > 0
    assert document["residual"]["rms"] == 0 and document["rounding"] == pytest.approx(0.288675)


def test_light_is_learnt_for_linear(before: str, capfd: Captured) -> None:
    after = filtered(before, *BLUR, "--linear")
    levels, light = (learnt(capfd, before, after, *words) for words in ((), ("--linear",)))
    weights = np.array(light["learnt"])
    assert weights == pytest.approx(np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16, abs=2e-3)
    assert light["learnt_residual"]["rms"] < levels["learnt_residual"]["rms"]
    assert light["rounding"] is None


def test_folders_are_paired_and_what_is_alone_is_told(tmp_path: Path, capfd: Captured) -> None:
    for name in ("a", "b", "alone"):
        (tmp_path / "before").mkdir(exist_ok=True)
        levels = noise(20, 30 + len(name)).array[..., 0]
        Image.fromarray(levels // 2 + 60).save(tmp_path / f"before/{name}.png")
    folders = [str(tmp_path / name) for name in ("before", "after")]
    assert run(["apply", *BLUR, *folders, "-q"]) == 0
    (tmp_path / "after/alone.png").unlink()
    assert run(["learn", *folders, "--json"]) == 0
    out, err = capfd.readouterr()
    document = json.loads(out)
    assert document["used"] == 2 * 18 * 29 and document["scale"] == 16
    assert "1 picture is in one folder only: before/alone.png; it is left out" in err.replace(
        str(tmp_path) + "/", ""
    )


def test_the_weights_are_written_as_numbers(before: str, tmp_path: Path, capfd: Captured) -> None:
    after, path = filtered(before, *BLUR, "--offset", "3"), tmp_path / "k.npy"
    assert run(["learn", before, after, str(path)]) == 0
    assert np.load(path).tolist() == (np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]) / 16).tolist()
    assert "holds weights only, not the offset of 3" in capfd.readouterr().err


def test_a_figure_is_drawn(before: str, tmp_path: Path) -> None:
    for name in ("k.png", "k.svg"):
        assert run(["learn", before, filtered(before, *BLUR), str(tmp_path / name)]) == 0
        assert (tmp_path / name).stat().st_size > 1000


def test_a_combination_is_doubted(before: str, capfd: Captured) -> None:
    assert run(["learn", before, filtered(before, "sobel")]) == 0
    assert "no single kernel did this (combination, clipping or a larger kernel?)" in (
        capfd.readouterr().err
    )


def test_stripes_leave_directions_unknown(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "before.png"
    Image.fromarray(np.tile(60 + noise(1, 40).array[..., 0] // 2, (30, 1))).save(path)
    assert run(["learn", str(path), filtered(str(path), *BLUR)]) == 0
    assert "6 directions of 9 cannot be told from these pictures" in capfd.readouterr().err


@pytest.mark.parametrize(
    "words", [["P", "P"], ["P", "b.npy", "--whiten"], ["P", "b.npy", "--features", "2"]]
)
def test_values_that_are_not_finite_are_refused(
    tmp_path: Path, capfd: Captured, words: list[str]
) -> None:
    levels = noise(30, 30).array[..., 0].astype(np.float32)
    levels[4, 5] = np.nan
    path = tmp_path / "nan.tif"
    Image.fromarray(levels).save(path)
    assert run(["learn", *(str(path) if word == "P" else word for word in words)]) == 2
    message = "the picture has NaN or infinite values; learning needs finite ones; replace them"
    assert message in capfd.readouterr().err


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["B"], "learn takes two or three names, not 1; write BEFORE AFTER"),
        (["B", "A", "B"], "is an input of this run"),
        (["B", "A", "k.jpeg2"], "names no format of a figure"),
        (["B", "A", "-", "--json"], "- and --json are both for standard output"),
        (["B", "A", "--size", "50"], "a kernel of 50x50 is too large; give up to 41x41"),
        (["B", "A", "--size", "41"], "a kernel of 41x41 is larger than the picture of 50x40"),
        (["B", "A", "--size", "x"], "'x' is not written as WxH"),
        (["B", "A", "--ridge", "inf"], "--ridge is not finite"),
        (["B", "A", "--sum", "nan"], "--sum is not finite"),
        (["B", "A", "--separable", "--symmetric", "all"], "exclude each other"),
        (["-", "-"], "standard input gives one picture"),
    ],
)
def test_what_cannot_be_asked_gets_one_line(
    before: str, capfd: Captured, words: list[str], line: str
) -> None:
    paths = {"B": before, "A": filtered(before, "blur")}
    capfd.readouterr()
    assert run(["learn", *(paths.get(word, word) for word in words)]) == 2
    err = capfd.readouterr().err
    assert line in err and err.count("\n") == 1
