"""Kernels in .npy files and in small pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import UsageError
from imgconv.formats import number_files
from imgconv.kernels import library
from tests.support.command_line import Captured

GRID = np.array([[1, 2, 0], [4, 250, 6]])


def weights(path: Path) -> list[list[float]]:
    (filter,) = library.find(str(path))
    found: list[list[float]] = filter.kernels[0].weights.tolist()
    return found


@pytest.mark.parametrize("dtype", ["int64", "float64", "float32", "uint8", ">i2"])
def test_an_array_is_a_kernel(dtype: str, tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", GRID.astype(dtype))
    assert weights(tmp_path / "k.npy") == GRID.tolist()


@pytest.mark.parametrize("suffix", ["png", "pgm", "tif", "bmp", "gif"])
def test_the_levels_of_a_small_picture_are_weights(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"k.{suffix}"
    Image.fromarray(GRID.astype(np.uint8)).save(path)
    assert weights(path) == GRID.tolist()


def test_a_kernel_file_filters_from_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Captured
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((3, 3), 9, np.uint8)).save("k.png")
    np.save("k.npy", np.full((3, 3), 9))
    Image.effect_noise((20, 10), 50).save("in.png")
    results = []
    for text in ("blur", "./k.png", "./k.npy", "k.npy"):
        assert run(["apply", text, "in.png", "out.png", "-f", "--normalize", "sum"]) == 0
        with Image.open("out.png") as image:
            results.append(np.asarray(image).tolist())
    assert all(result == results[0] for result in results)
    capfd.readouterr()
    assert run(["apply", "./k.png", "k.png"]) == 2
    assert "is a picture where FILTER stands" in capfd.readouterr().err
    assert run(["apply", "./in.png", "blur", "out.png"]) == 2
    assert "write imgconv apply blur ./in.png out.png" in capfd.readouterr().err


@pytest.mark.parametrize(("name", "text"), [("k.csv", "1,2\na,3\n"), ("k.txt", "hello world")])
def test_an_error_in_a_kernel_file_names_the_file(name: str, text: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UsageError, match=rf"{name}: '\w+' is not a number"):
        library.find(str(tmp_path / name))


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 3, 4)), "the shape (2, 3, 4)"),
        (np.zeros(3), "the shape (3,)"),
        (np.zeros((2, 2), complex), "complex numbers"),
        (np.zeros((2, 0)), "the kernel is empty"),
        (np.full((2, 2), np.nan), "finite"),
        (np.broadcast_to(np.int8(0), (3000, 3000)), "9,000,000 numbers are more than 4,000,000"),
        (np.array([[{}]], object), "holds object"),
    ],
)
def test_an_array_that_is_no_kernel_is_refused(array: object, message: str, tmp_path: Path) -> None:
    np.save(tmp_path / "k.npy", np.asarray(array))
    with pytest.raises(UsageError) as error:
        weights(tmp_path / "k.npy")
    assert message in str(error.value) and "\n" not in str(error.value)


def test_pictures_that_are_no_kernels_are_refused(tmp_path: Path) -> None:
    Image.new("L", (300, 300)).save(tmp_path / "large.png")
    Image.new("LA", (3, 3), (9, 100)).save(tmp_path / "clear.png")
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY\1\0")
    for name, message in (
        ("large.png", "pixels"),
        ("clear.png", "is transparent"),
        ("broken.npy", "damaged"),
        ("missing.npy", "no"),
    ):
        with pytest.raises(UsageError, match=message):
            weights(tmp_path / name)


def test_texts_are_left_to_others(tmp_path: Path) -> None:
    (tmp_path / "k.txt").write_text("1 2 1")
    assert number_files.read_weights(tmp_path / "k.txt") is None
    assert weights(tmp_path / "k.txt") == [[1, 2, 1]]
