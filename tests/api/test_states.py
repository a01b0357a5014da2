"""The library repeats, draws and changes filters, and makes pictures grey, as the command does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import imgconv
from imgconv.cli.run import run
from imgconv.errors import UsageError
from tests.support.pictures import noise, ramp

COLOURS = np.array([[(10, 20, 30), (200, 100, 0)], [(250, 240, 245), (0, 0, 60)]], np.uint8)
GREYS = {"luma": [[18, 118], [244, 7]], "mean": [[20, 100], [245, 20]]}
GREYS["mean-max"] = [[21, 104], [255, 21]]

# Options of a call, and the words that say the same.
OPTIONS: list[tuple[dict[str, Any], str]] = [
    ({"repeat": 3}, "--repeat 3"),
    ({"repeat": 40, "border": "reflect"}, "--repeat 40 --border reflect"),
    ({"draws": 2, "seed": 7}, "--draws 2 --seed 7"),
    ({"draws": 1, "seed": 2**63, "repeat": 2}, f"--draws 1 --seed {2**63} --repeat 2"),
    ({"gray_by": "luma"}, "--gray-by luma"),
    ({"gray_by": "mean"}, "--gray-by mean"),
    ({"gray_by": "mean-max", "repeat": 2}, "--gray-by mean-max --repeat 2"),
    (
        {"border": "reflect", "extent": "full", "flip": True},
        "--border reflect --extent full --flip",
    ),
    ({"mix": 62.5, "region": (2, 1, 4, 3)}, "--mix 62.5 --region 2,1,4x3"),
    ({"normalize": "abs", "scale": 3, "offset": 7}, "--normalize abs --scale 3 --offset 7"),
]


@pytest.mark.parametrize(("options", "words"), OPTIONS)
@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "CMYK", "I;16"])
def test_an_image_is_what_the_command_writes(
    mode: str, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    names = ("l", "uint16") if mode == "I;16" else (mode.lower(), "uint8")
    pixels = noise(9, 6, *names).array
    image = Image.frombytes(mode, (pixels.shape[1], pixels.shape[0]), pixels.tobytes())
    source, target = tmp_path / "in.tif", tmp_path / "out.tif"
    image.save(source)
    assert run(["apply", "binomial", str(source), str(target), *words.split()]) == 0
    made = imgconv.apply(image, "binomial", **options)
    with Image.open(target) as expected:
        assert (made.mode, made.tobytes()) == (expected.mode, expected.tobytes())


@pytest.mark.parametrize("rule", GREYS)
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int16", "float32", "float64"])
def test_an_array_becomes_grey_by_a_rule(dtype: str, rule: Any) -> None:
    scale = 1 / 255 if dtype.startswith("f") else 1
    values = (COLOURS * scale).astype(dtype)
    made = imgconv.apply(values, "identity", gray_by=rule)
    assert (made.shape, made.dtype) == ((2, 2), dtype)
    expected = np.array(GREYS[rule])
    if dtype == "uint16" and rule == "mean-max":
        expected = np.floor(COLOURS.sum(axis=2) * (65535 / 735) + 0.5)
    assert np.abs(made / scale - expected).max() <= (0.5 if scale < 1 else 0)


def test_further_channels_of_an_array_stay() -> None:
    values = np.dstack([COLOURS, np.full((2, 2), 9, np.uint8)])
    made = imgconv.apply(values, "identity", gray_by="mean")
    assert made[..., 0].tolist() == GREYS["mean"] and (made[..., 1] == 9).all()
    alone = imgconv.apply(COLOURS[..., 0], "identity", gray_by="mean-max")
    assert alone.tolist() == [[10, 204], [255, 0]]


def test_heat_is_repeated_in_floats() -> None:
    values = ramp().astype(np.float32)
    for times, name in ((5, "float32"), (20, "float64")):
        made = imgconv.apply(values.astype(name), "heat-step", repeat=times, border="reflect")
        chain = imgconv.apply(values, ["heat-step"] * times, border="reflect", tolerance=0)
        np.testing.assert_allclose(made, chain, atol=1e-3)
    assert values.sum() == pytest.approx(float(made.sum()), rel=1e-6)


def test_draws_differ_unless_they_have_a_seed() -> None:
    values = noise(20, 30).array[..., 0]
    one, other = (imgconv.apply(values, "blur", draws=1) for _ in range(2))
    assert (one != other).any()
    seeds: list[Any] = [3, np.uint64(3)]
    one, other = (imgconv.apply(values, "blur", draws=1, seed=seed) for seed in seeds)
    assert (one == other).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeat": 0}, "repeat is 0; give a whole number from 1 to 10,000"),
        ({"repeat": 2.5}, "repeat is 2.5"),
        ({"repeat": None}, "repeat is None"),
        ({"draws": "3"}, "draws is '3'"),
        ({"draws": True}, "draws is True"),
        ({"draws": 2, "seed": -1}, "seed is -1"),
        ({"seed": 1}, "^seed is the seed of draws; give draws as well"),
        ({"draws": 2, "mix": 50}, "^draws does not go with mix, mask or region"),
        ({"repeat": 17, "mix": 50}, "^repeat above 16 does not go with mix"),
        ({"filter": "sobel-x", "draws": 2}, "^draws needs weights that are probabilities"),
        ({"gray_by": "max"}, "no rule of grey is called 'max'; choose from luma, mean, mean-max"),
        ({"gray_by": 3}, "gray_by is of the type int; give a text"),
    ],
)
def test_what_is_wrong_is_a_usage_error(options: dict[str, Any], message: str) -> None:
    usual: dict[str, Any] = {"picture": COLOURS, "filter": "blur"}
    with pytest.raises(UsageError, match=message):
        imgconv.apply(**usual | options)
