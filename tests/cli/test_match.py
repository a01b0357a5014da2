"""imgconv match, as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from imgconv.cli.run import run
from tests.support.command_line import Captured
from tests.support.pictures import noise

CHELSEA = str(Path(__file__).parents[2] / "sample_images/chelsea.png")


def matched(capfd: Captured, *args: str, code: int = 0) -> dict[str, Any]:
    assert run(["match", *args, "--json"]) == code
    document: dict[str, Any] = json.loads(capfd.readouterr().out)
    return document


def test_known_places_of_a_cut_out(ramp: str, capfd: Captured) -> None:
    document = matched(capfd, ramp, ramp, "--cut", "6,3,5x4")
    assert document["reached"] == 8 and document["size"] == [16, 12]
    found = [(each["x"], each["y"], round(each["score"], 6)) for each in document["found"]]
    assert found == [
        *((6, 3, 1), (10, 4, 0.998013), (2, 2, 0.997885), (9, 7, 0.996211), (3, 7, 0.995816))
    ]


def test_the_text_has_a_line_for_each_place(ramp: str, capfd: Captured) -> None:
    assert run(["match", ramp, ramp, "--cut", "6,3,5x4", "--limit", "2"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "rank   x  y  width  height     score  centre",
        "   1   6  3      5       4         1   8,4.5",
        "   2  10  4      5       4  0.998013  12,5.5",
    ]


def test_nothing_found_is_exit_1_and_names_the_best(ramp: str, capfd: Captured) -> None:
    args = [ramp, ramp, "--cut", "6,3,5x4", "--within", "0,0,9x6"]
    assert run(["match", *args, "--threshold", "0.999"]) == 1
    out, err = capfd.readouterr()
    assert out == ""
    assert err == "imgconv: no place reaches 0.999; the best is 0.9979 at x 2, y 2\n"
    assert matched(capfd, *args, "--threshold", "0.999", code=1)["found"] == []


def test_a_colour_template_is_found_in_a_larger_picture(capfd: Captured) -> None:
    document = matched(capfd, CHELSEA, CHELSEA, "--cut", "130,90,40x32")
    assert [(each["x"], each["y"], each["score"]) for each in document["found"]] == [(130, 90, 1)]


def test_places_within_a_part_count_in_the_whole_picture(capfd: Captured) -> None:
    args = [CHELSEA, CHELSEA, "--cut", "130,90,40x32", "--within", "100,60,100x90"]
    assert [(e["x"], e["y"]) for e in matched(capfd, *args)["found"]] == [(130, 90)]


def test_grey_is_said_where_one_of_both_is_grey(tmp_path: Path, capfd: Captured) -> None:
    gray = str(tmp_path / "gray.png")
    Image.open(CHELSEA).convert("L").crop((130, 90, 170, 122)).save(gray)
    assert run(["match", gray, CHELSEA]) == 0
    out, err = capfd.readouterr()
    assert err == "imgconv: both are compared in grey, as the template is\n"
    assert out.splitlines()[1].split()[1:6] == ["130", "90", "40", "32", "1"]


def test_alpha_and_mask_are_weights(tmp_path: Path, capfd: Captured) -> None:
    """A disc of texture is found on another background only where the background is left out."""
    texture = noise(21, 21, "l").array[..., 0]
    y, x = np.mgrid[-10:11, -10:11]
    disc = ((x * x + y * y <= 100) * 255).astype(np.uint8)
    background = np.linspace(0, 255, 80).astype(np.uint8)
    picture = np.tile(background, (60, 1))
    picture[20:41, 33:54][disc > 0] = texture[disc > 0]
    paths = [str(tmp_path / name) for name in ("in.png", "alpha.png", "plain.png", "mask.png")]
    images = [picture, np.stack([texture, disc], -1), texture, disc]
    for path, values in zip(paths, images, strict=True):
        Image.fromarray(values).save(path)
    source, alpha, plain, mask = paths
    for args in ([alpha, source], [plain, source, "--mask", mask]):
        (place,) = matched(capfd, *args)["found"]
        assert (place["x"], place["y"], place["score"]) == (33, 20, 1)
    assert matched(capfd, plain, source, code=1)["best"]["score"] < 0.9


def test_all_frames_are_searched(tmp_path: Path, capfd: Captured) -> None:
    path, cut = str(tmp_path / "film.tif"), str(tmp_path / "cut.png")
    rng = np.random.default_rng(1)
    frames = [Image.fromarray(rng.integers(0, 256, (20, 30), np.uint8)) for _ in range(3)]
    frames[0].save(path, save_all=True, append_images=frames[1:])
    frames[2].crop((7, 5, 15, 12)).save(cut)
    document = matched(capfd, cut, path)
    assert [(e["frame"], e["x"], e["y"]) for e in document["found"]] == [(2, 7, 5)]
    assert run(["match", cut, path]) == 0
    assert capfd.readouterr().out.splitlines()[0].split()[0] == "frame"
    assert matched(capfd, cut, path, "--frame", "1", code=1)["found"] == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--cut", "14,3,5x4"], "--cut 14,3,5x4 lies outside 16x12; choose a part of it"),
        (["--cut", "5"], "'5' is no region; write X,Y,WxH"),
        (["--within", "0,0,2x2"], "the template of 16x12 does not fit into 2x2; take a smaller"),
        (["--threshold", "nan"], "--threshold nan is no score"),
        (["--by", "plain", "--response"], "--response makes a picture; name OUTPUT behind INPUT"),
        (["--flipped"], "--flipped compares sums, which --by correlation is not"),
        (["out.npy"], "boxes are drawn in a picture, not in .npy; give --response for scores"),
        (["out.xyz"], "out.xyz"),
        (["--mask", CHELSEA], "the mask is of 451x300, the template of 16x12"),
    ],
)
def test_a_wrong_request_is_one_line(
    ramp: str, capfd: Captured, options: list[str], message: str
) -> None:
    assert run(["match", ramp, ramp, *options]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_a_flat_template_is_refused(tmp_path: Path, ramp: str, capfd: Captured) -> None:
    flat = str(tmp_path / "flat.png")
    Image.new("L", (3, 3), 9).save(flat)
    assert run(["match", flat, ramp]) == 2
    message = "the template is flat: it matches everywhere and nowhere"
    assert message in capfd.readouterr().err


def test_standard_input_is_read_once(capfd: Captured) -> None:
    assert run(["match", "-", "-"]) == 2
    assert "standard input" in capfd.readouterr().err


def test_each_letter_o_of_a_page_is_found_once(tmp_path: Path, capfd: Captured) -> None:
    """Dozens of places near the letters score high; the next best letter is the bowl of a b."""
    page, path = Image.new("L", (560, 220), 235), str(tmp_path / "page.png")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(44)
    lines = ("convolution is the", "mixing of two buckets", "one rolls over the other")
    for number, line in enumerate(lines):
        draw.text((16, 18 + 64 * number), line, fill=20, font=font)
    levels = np.asarray(page) + np.random.default_rng(0).normal(0, 4, (220, 560))
    Image.fromarray(np.rint(levels).clip(0, 255).astype(np.uint8)).save(path)
    args = [path, path, "--cut", "39,34,25x30"]
    assert len(matched(capfd, *args)["found"]) == 9
    more = matched(capfd, *args, "--threshold", "0.8")
    assert more["reached"] > 40 and (more["found"][9]["x"], more["found"][9]["y"]) == (293, 98)


CUT = [CHELSEA, CHELSEA, "--cut", "130,90,40x32"]


def test_boxes_are_drawn_in_the_picture(tmp_path: Path, capfd: Captured) -> None:
    output = str(tmp_path / "out.png")
    assert run(["match", *CUT, output]) == 0
    out, err = capfd.readouterr()
    assert out == "" and err == f"imgconv: 1 place of {CHELSEA}; drawn in {output}\n"
    with Image.open(output) as drawn, Image.open(CHELSEA) as picture:
        changed = (np.asarray(drawn) != np.asarray(picture)).any(axis=2)
    assert changed[88:90, 128:172].all() and not changed[90:122, 130:170].any()


def test_nothing_is_drawn_where_nothing_is_found(tmp_path: Path, ramp: str) -> None:
    output = tmp_path / "out.png"
    within = ["--within", "0,0,9x6", "--threshold", "0.999"]
    assert run(["match", ramp, ramp, str(output), "--cut", "6,3,5x4", *within]) == 1
    assert not output.exists()


def test_scores_are_grey_or_numbers(tmp_path: Path) -> None:
    for name in ("out.npy", "out.tif", "out.png"):
        assert run(["match", *CUT, str(tmp_path / name), "--response"]) == 0
    scores = np.load(tmp_path / "out.npy")
    assert scores.shape == (300 - 32 + 1, 451 - 40 + 1) and scores[90, 130] == 1
    with Image.open(tmp_path / "out.tif") as image:
        np.testing.assert_array_equal(np.asarray(image), scores.astype(np.float32))
    with Image.open(tmp_path / "out.png") as image:
        expected = np.floor(255 * scores.clip(0, 1) + 0.5)
        np.testing.assert_array_equal(np.asarray(image), expected)


@pytest.mark.parametrize("method", ["plain", "covariance"])
def test_convolution_with_the_turned_template_is_correlation(
    tmp_path: Path, capfd: Captured, method: str
) -> None:
    args = [*CUT, "--by", method, "--flipped", "--limit", "1"]
    assert run(["match", *args]) == 0
    assert capfd.readouterr().out.splitlines()[0] == (
        "correlation = convolution with the template turned by 180 degrees: largest difference 0"
    )
    assert matched(capfd, *args)["turned_difference"] == 0
    assert run(["match", *args, str(tmp_path / "out.svg")]) == 0
    assert (tmp_path / "out.svg").read_bytes().startswith(b"<?xml")


def test_a_picture_for_several_frames_is_refused(tmp_path: Path, capfd: Captured) -> None:
    path = str(tmp_path / "film.tif")
    frames = [Image.fromarray(noise(20, 30).array[..., 0])] * 2
    frames[0].save(path, save_all=True, append_images=frames[1:])
    assert run(["match", CHELSEA, path, "--cut", "0,0,5x5", str(tmp_path / "out.png")]) == 2
    assert "has 2 frames; choose one with --frame" in capfd.readouterr().err
