"""imgconv explain --fourier, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured
from tests.support.pictures import noise

NINE = "1 2 3; 4 5 6; 7 8 9"


def lines(capfd: Captured, *args: str) -> list[str]:
    assert run(["explain", *args, "--fourier"]) == 0
    out, err = capfd.readouterr()
    assert err == ""
    return out.splitlines()


def test_each_line_says_what_another_way_gives(ramp: str, capfd: Captured) -> None:
    first, *others = lines(capfd, NINE, ramp, "--scale", "45")
    assert first.startswith("by sums and by Fourier: largest difference ") and "e-1" in first
    assert others[0] == (
        "without padding the picture wraps round: 52 pixels along the edge differ, "
        "by up to 74.2444 levels"
    )
    assert "shifted by 1,1: up to " in others[1] and "--flip: up to " in others[2]


def test_without_padding_nothing_differs_where_nothing_outside_is_read(
    ramp: str, capfd: Captured
) -> None:
    expected = "without padding nothing differs: the border wraps round as well"
    assert lines(capfd, NINE, ramp, "--border", "wrap")[1] == expected
    expected = "without padding nothing differs: no pixel outside is read"
    assert lines(capfd, NINE, ramp, "--extent", "valid")[1] == expected
    expected = "without padding there is no room for the whole result"
    assert lines(capfd, NINE, ramp, "--extent", "full")[1] == expected


def test_flip_is_the_product_without_the_conjugate(ramp: str, capfd: Captured) -> None:
    def document(*options: str) -> dict[str, float]:
        assert run(["explain", NINE, ramp, "--fourier", "--json", *options]) == 0
        found: dict[str, float] = json.loads(capfd.readouterr().out)
        return found

    plain, flipped = document(), document("--flip")
    assert plain["turned_difference"] == pytest.approx(flipped["turned_difference"])
    assert plain["turned_difference"] > 100 and plain["difference"] < 1e-10


@pytest.mark.parametrize("channels", ["l", "rgb", "rgba"])
def test_the_panels_are_drawn(tmp_path: Path, capfd: Captured, channels: str) -> None:
    mode = {"l": "L", "rgb": "RGB", "rgba": "RGBA"}[channels]
    Image.fromarray(noise(30, 20, "rgba").array).convert(mode).save(tmp_path / "in.png")
    target = tmp_path / "out.png"
    assert run(["explain", "blur", str(tmp_path / "in.png"), str(target), "--fourier"]) == 0
    assert capfd.readouterr().err.startswith("imgconv: by sums and by Fourier: ")
    with Image.open(target) as image:
        assert image.width > 1000 and image.height > 600


def test_two_kinds_exclude_each_other(ramp: str, capfd: Captured) -> None:
    assert run(["explain", "blur", ramp, "--fourier", "--matrix"]) == 2
    assert "--fourier and --matrix exclude each other" in capfd.readouterr().err
    assert run(["explain", "sobel", ramp, "--fourier"]) == 2
    assert "'sobel' is not one kernel" in capfd.readouterr().err
