"""imgconv maps, as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured
from tests.support.pictures import noise

X = [[1, 2, 0, 1, 3], [0, 1, 2, 3, 1], [4, 0, 1, 1, 0], [2, 1, 3, 0, 2], [1, 0, 2, 1, 1]]


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / "x.png"
    Image.fromarray(np.array(X, np.uint8)).save(path)
    return str(path)


@pytest.fixture
def square(tmp_path: Path) -> str:
    path = tmp_path / "256.png"
    Image.fromarray(noise(256, 256).array[..., 0]).save(path)
    return str(path)


def test_32_random_maps(square: str, tmp_path: Path, capfd: Captured) -> None:
    output = tmp_path / "m.npy"
    assert run(["maps", "random:32:16", square, str(output)]) == 0
    maps = np.load(output)
    assert maps.shape == (32, 241, 241) and maps.dtype == np.float32
    assert maps.flags.c_contiguous
    out, err = capfd.readouterr()
    assert out == "" and err == f"imgconv: 32 maps of 241x241 from 256x256; written to {output}\n"


def test_a_layer_with_all_its_parts(small: str, tmp_path: Path) -> None:
    output = tmp_path / "m.npz"
    options = ["--input", "levels", "--bias", ".5,-2", "--activation", "relu", "--pool", "max:2"]
    assert run(["maps", "1 0; 0 -1 | 0 1; 1 0", small, str(output), *options]) == 0
    with np.load(output) as found:
        assert found["maps"].tolist() == [[[0.5, 3.5], [3.5, 2.5]], [[3, 4], [1, 2]]]
        assert found["bias"].tolist() == [0.5, -2]
        assert found["weights"].tolist() == [[[1, 0], [0, -1]], [[0, 1], [1, 0]]]
        assert found["names"].tolist() == ["1 0; 0 -1", "0 1; 1 0"]


def test_written_weights_and_bias_are_a_bank_again(small: str, tmp_path: Path) -> None:
    first, second = tmp_path / "1.npz", tmp_path / "2.npz"
    assert run(["maps", "random:3:2", small, str(first), "--bias", "-1,2,3"]) == 0
    assert run(["maps", str(first), small, str(second), "--bias", str(first)]) == 0
    with np.load(first) as one, np.load(second) as two:
        np.testing.assert_array_equal(one["maps"], two["maps"])


def test_a_bias_may_be_a_table(small: str, tmp_path: Path, capfd: Captured) -> None:
    table = tmp_path / "b.csv"
    table.write_text("1,2,-3\n")
    assert run(["maps", "random:3:2", small, "--bias", str(table), "--json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert [each["bias"] for each in document["maps"]] == [1, 2, -3]


def test_a_table_without_output(small: str, capfd: Captured) -> None:
    assert run(["maps", "1 0; 0 -1 | identity", small, "--input", "levels"]) == 0
    out, err = capfd.readouterr()
    assert out.splitlines() == [
        "map smallest largest   mean",
        "  1       -3       3 0.1875  1 0; 0 -1",
        "  2        0       3 1.1875  identity",
    ]
    assert err == "imgconv: 2 maps of 4x4 from 5x5\n"


def test_json_has_the_numbers(small: str, capfd: Captured) -> None:
    assert run(["maps", "1 0; 0 -1", small, "--json", "--bias", ".5"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert document["shape"] == [1, 4, 4]
    (found,) = document["maps"]
    assert found["low"] == 0.5 - 3 / 255 and found["bias"] == 0.5


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["random:1:300", "{}"], "a kernel of 300x300 leaves nothing of 5x5; "),
        (["identity", "{}", "--bias", "1,2"], "2 biases for 1 maps; "),
        (["identity", "{}", "--bias", "a"], "'a' is no bias; "),
        (["identity", "{}", "--bias", "nan"], "a bias is not finite; "),
        (["identity", "{}", "--pool", "max:9"], "pooling 9x9 leaves nothing of maps of 5x5; "),
        (["blur", "{}", "--border", "none", "--extent", "same"], "maps know no border none; "),
        (["identity", "{}", "out.xyz"], "the ending of 'out.xyz' names no format of maps; "),
        (["random:4096:2", "{}", "s.png", "--extent", "full"], "a sheet of 4096 tiles is too "),
        (["random", "{}"], "'random' is no random bank; write random:MAPS:SIZE[:SEED]"),
        (["random:99999:3", "{}"], "a bank of 99999 kernels of 3x3 is empty or too large; "),
        (["nothing", "{}"], "no filter is called 'nothing'; "),
        (["identity", "{}", "--activation", "gelu"], "'gelu' is no activation; choose from "),
    ],
)
def test_errors_are_one_line(small: str, capfd: Captured, args: list[str], message: str) -> None:
    assert run(["maps", *(arg.format(small) for arg in args)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.startswith(f"imgconv: {message}") and err.count("\n") == 1


def test_a_broken_array_is_one_line(small: str, tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "w.npy"
    path.write_bytes(b"\x93NUMPY\1\0\x76\0{'descr': '<f8', 'fortran_order': False, ")
    assert run(["maps", str(path), small]) == 1
    out, err = capfd.readouterr()
    assert out == "" and "damaged" in err and err.count("\n") == 1


def test_pages_of_a_tiff_keep_the_values(small: str, tmp_path: Path) -> None:
    output = tmp_path / "m.tif"
    args = ["maps", "1 0; 0 -1 | 0 1; 1 0", small, str(output), "--input", "levels"]
    assert run([*args, "--bias", ".5,-2"]) == 0
    with Image.open(output) as image:
        assert (image.mode, getattr(image, "n_frames", 1), image.size) == ("F", 2, (4, 4))
        assert np.asarray(image)[0].tolist() == [0.5, 0.5, -2.5, 0.5]
        image.seek(1)
        assert np.asarray(image)[0].tolist() == [0, -1, 1, 4]


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
@pytest.mark.parametrize("show", ["each", "common"])
def test_other_pictures_are_sheets(tmp_path: Path, suffix: str, show: str) -> None:
    source, output = tmp_path / "in.png", tmp_path / f"s.{suffix}"
    Image.fromarray(noise(40, 50, "rgb").array).save(source)
    assert run(["maps", "sobel-x | blur", str(source), str(output), "--show", show]) == 0
    with Image.open(output) as image:
        assert image.mode == "RGB" and image.width > 3 * 132


def test_decorrelated_channels_are_called_axes(tmp_path: Path, capfd: Captured) -> None:
    source = tmp_path / "in.png"
    Image.fromarray(noise(9, 9, "rgb").array).save(source)
    assert run(["maps", "identity", str(source), "--input", "white"]) == 0
    err = capfd.readouterr().err.splitlines()
    assert err[0].startswith("imgconv: variances of the decorrelated channels: ")
    assert err[1] == "imgconv: 1 map of 9x9 from 9x9 for each of axis 1, axis 2, axis 3"


def test_no_input_is_overwritten(small: str, tmp_path: Path, capfd: Captured) -> None:
    weights = tmp_path / "w.npy"
    np.save(weights, np.ones((1, 2, 2)))
    for output in (small, str(weights)):
        assert run(["maps", str(weights), small, output]) == 2
        assert capfd.readouterr().err.count("\n") == 1
