"""``imgconv apply --gray-by``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.cli.run import run
from imgconv.images.depth import mean_gray
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.planning.settings import make_settings
from imgconv.study.chain import Chain
from tests.support.command_line import Captured

COLOURS = [[(10, 20, 30), (200, 100, 0)], [(250, 240, 245), (0, 0, 60)]]


def applied(tmp_path: Path, *words: str, suffix: str = "png") -> NDArray[np.uint8]:
    assert run(["apply", *words, str(tmp_path / f"out.{suffix}"), "-f"]) == 0
    with Image.open(tmp_path / f"out.{suffix}") as image:
        return np.asarray(image)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("mean", [[20, 100], [245, 20]]),
        ("mean-max", [[21, 104], [255, 21]]),
        ("luma", [[18, 118], [244, 7]]),
    ],
)
def test_each_rule_gives_its_grey(rule: str, expected: list[list[int]], tmp_path: Path) -> None:
    array = np.array(COLOURS, np.uint8)
    Image.fromarray(array).save(tmp_path / "in.png")
    source = str(tmp_path / "in.png")
    assert applied(tmp_path, "identity", source, "--gray-by", rule).tolist() == expected
    alpha = np.dstack([array, np.full((2, 2), 200, np.uint8)])
    Image.fromarray(alpha).save(tmp_path / "in.png")
    found = applied(tmp_path, "identity", source, "--gray-by", rule)
    assert found[..., 0].tolist() == expected and (found[..., 1] == 200).all()


@pytest.mark.parametrize("rule", ["mean", "mean-max"])
def test_a_black_picture_stays_black_and_grey_is_stretched_only(rule: str, tmp_path: Path) -> None:
    source = str(tmp_path / "in.png")
    Image.new("RGB", (3, 2)).save(source)
    assert not applied(tmp_path, "identity", source, "--gray-by", rule).any()
    Image.new("L", (3, 2), 100).save(source)
    expected = 100 if rule == "mean" else 255
    assert (applied(tmp_path, "identity", source, "--gray-by", rule) == expected).all()


def test_the_edges_of_a_photograph(tmp_path: Path, capfd: Captured) -> None:
    words = ["edge", "sample_images/chelsea.png", "--gray-by", "mean-max"]
    found = applied(tmp_path, *words, "--extent", "valid", "--range", "clamp", "--exact")
    assert found.shape == (298, 449)
    assert found[104, 171] == 49
    assert float(found.mean()) == pytest.approx(18.0981, abs=1e-4)
    assert "49% of the values lay outside" in capfd.readouterr().err


def test_the_sums_of_the_edges_before_they_are_clipped() -> None:
    image = Image.open("sample_images/chelsea.png")
    array = np.asarray(image)
    sums = array.astype(int).sum(axis=2)
    assert (sums.max(), sums[105, 172]) == (583, 106)
    gray = mean_gray(Pixels(array, ("r", "g", "b")), is_stretched=True)
    assert float(gray.array[105, 172, 0]) == pytest.approx(46.3636, abs=1e-4)
    chain = Chain(gray, library.find("edge"), make_settings(extent="valid", range="clamp"))
    exact = chain.steps[-1].values(np.arange(298), np.arange(449))
    # Whole multiples of 255 / 583: 1.16 % are 0, of which rounding makes either sign.
    whole = np.rint(exact * 583 / 255)
    assert float((whole < 0).mean()) == pytest.approx(0.49685, abs=1e-5)
    assert float((whole == 0).mean()) == pytest.approx(0.01163, abs=1e-5)
    assert float((whole > 583).mean()) == pytest.approx(0.00349, abs=1e-5)


def test_repetitions_draws_and_depths_start_from_the_same_grey(tmp_path: Path) -> None:
    Image.fromarray(np.array(COLOURS, np.uint8)).save(tmp_path / "in.png")
    words = ("identity", str(tmp_path / "in.png"), "--gray-by", "mean-max")
    expected = applied(tmp_path, *words).tolist()
    assert applied(tmp_path, *words, "--repeat", "20").tolist() == expected
    assert applied(tmp_path, *words, "--draws", "2", "--seed", "1").tolist() == expected
    deep = applied(tmp_path, *words, "--depth", "16").astype(float)
    assert np.abs(deep / 257 - np.array(expected)).max() <= 0.5
