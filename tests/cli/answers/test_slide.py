"""imgconv explain --slide, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.study.test_slide import nine
from tests.support.command_line import Captured, imgconv


@pytest.fixture
def source(tmp_path: Path) -> str:
    Image.fromarray(nine()).save(tmp_path / "nine.png")
    return str(tmp_path / "nine.png")


SUFFIXES = (".gif", *(pytest.param(suffix, marks=pytest.mark.slow) for suffix in (".png", ".webp")))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_animation_is_written(source: str, tmp_path: Path, capfd: Captured, suffix: str) -> None:
    target = tmp_path / f"out{suffix}"
    args = ["explain", "blur", source, str(target), "--slide", "--extent", "valid"]
    assert run([*args, "--size", "400x?", "--fps", "4"]) == 0
    out, err = capfd.readouterr()
    with Image.open(target) as image:
        assert image.n_frames == 49 and image.width == 400  # type: ignore[attr-defined]
        size = f"{image.width}x{image.height}"
    assert (out, err) == ("", f"imgconv: 49 frames of {size}, 4 a second; drawn in {target}\n")


def test_json_has_the_arithmetic_of_each_frame(
    source: str, tmp_path: Path, capfd: Captured
) -> None:
    target = str(tmp_path / "out.gif")
    args = ["explain", "blur", source, target, "--slide", "--extent", "valid", "--json"]
    assert run([*args, "--size", "300x200"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["result_size"], len(document["frames"])) == ([7, 7], 49)
    assert document["frames"][24]["at"] == [3, 3] and document["frames"][24]["value"] == 184


def test_a_film_goes_to_standard_output(source: str) -> None:
    args = ["explain", "blur", source, "-", "--slide", "--window", "3x3", "--size", "200x?"]
    done = imgconv(*args, "--format", "ppm")
    assert done.returncode == 0 and done.stdout.startswith(b"P6\n200 ")
    assert done.stdout.count(b"P6\n200 ") == 9 + 9
    assert b"9 frames of 200x" in done.stderr and b"drawn in standard output" in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ([], "--slide draws an animation; name an OUTPUT: .gif, .png, .webp or -"),
        (["out.jpg"], "the ending of 'out.jpg' names no animation"),
        (["out.mp4"], "--slide - | ffmpeg -i - out.mp4"),
        (["out.gif", "--window", "0x3"], "'0x3' is too small"),
        (["out.gif", "--size", "99"], "'99' is not from 200 to 4000"),
        (["out.gif", "--around", "9,0"], "--around 9,0 lies outside 9x9"),
        (["out.gif", "--matrix"], "--slide and --matrix exclude each other"),
    ],
)
def test_a_wrong_request_is_one_line(
    source: str, capfd: Captured, args: list[str], message: str
) -> None:
    assert run(["explain", "blur", source, *args, "--slide"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1
