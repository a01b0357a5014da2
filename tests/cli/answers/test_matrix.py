"""imgconv explain --matrix, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.sparse import load_npz

from imgconv.cli.run import run
from tests.support.command_line import Captured
from tests.support.pictures import noise

KERNEL = "1 0; 0 -1"


def test_rows_are_printed_with_points_for_zeros(capfd: Captured) -> None:
    assert run(["explain", KERNEL, "5x5", "--matrix"]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert len(lines) == 16 and {len(line) for line in lines} == {25 * 2 + 24}
    assert lines[0].split() == ["1", *".....", "-1", *"." * 18]
    assert err == (
        "imgconv: 16 x 25, 32 of 400 are not zero; "
        "largest difference between W x and the filter: 0\n"
    )


def test_letters_stand_for_all_weights(capfd: Captured) -> None:
    assert run(["explain", "2 3", "5x1", "--matrix", "--letters"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split() for line in lines[:2]] == [
        ["w0", "w1", ".", ".", "."],
        [".", "w0", "w1", ".", "."],
    ]
    args = ["explain", "2 3", "2x1", "--matrix", "--letters", "--extent", "same"]
    assert run(args) == 0
    assert capfd.readouterr().out.splitlines()[0].split() == ["w0+w1", "."]


def test_a_wide_matrix_is_cut_to_80_columns(capfd: Captured) -> None:
    assert run(["explain", "sharpen", "40x30", "--matrix"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "(the first 100 rows and 27 columns of 1064 x 1200)"


def test_files_of_numbers_hold_the_whole_matrix(tmp_path: Path, capfd: Captured) -> None:
    for name in ("m.npy", "m.npz"):
        args = ["explain", KERNEL, "5x5", str(tmp_path / name), "--matrix"]
        assert run(args) == 0
    assert capfd.readouterr().out == ""
    dense, sparse = np.load(tmp_path / "m.npy"), load_npz(tmp_path / "m.npz")
    assert dense.shape == (16, 25) and sparse.nnz == 32
    np.testing.assert_array_equal(sparse.toarray(), dense)


def test_a_picture_gives_size_and_values(tmp_path: Path, capfd: Captured) -> None:
    Image.fromarray(noise(6, 7, "rgb").array).save(tmp_path / "in.png")
    args = ["explain", "blur", str(tmp_path / "in.png"), "--matrix", "--extent", "same", "--json"]
    assert run(args) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["shape"], document["input_size"]) == ([42, 42], [7, 6])
    assert document["difference"] < 1e-12 and len(document["indptr"]) == 43


@pytest.mark.parametrize("letters", [[], ["--letters"]])
@pytest.mark.parametrize("size", ["5x5", "40x30"])
def test_the_matrix_is_drawn(
    tmp_path: Path, capfd: Captured, size: str, letters: list[str]
) -> None:
    target = tmp_path / "m.png"
    assert run(["explain", KERNEL, size, str(target), "--matrix", *letters]) == 0
    with Image.open(target) as image:
        assert 250 < image.width < 1200 and 250 < image.height < 1200


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["sobel", "5x5"], "'sobel' is not one kernel"),
        (["blur", "5x0"], "5x0 is no size of a matrix"),
        (["blur", "2x2"], "leaves nothing of 2 pixels"),
        (["blur,blur", "5x5"], "a chain of 2 filters is not one kernel"),
        (["blur", "5x5", "m.xyz"], "names no format of a figure; end it in .npy, .npz, .png"),
        (["blur", "2000x2000", "m.npy"], "is too large"),
        (["blur", "200x200", "m.npy"], "more than 4,000,000 cells; write it as .npz"),
    ],
)
def test_a_wrong_request_is_one_line(capfd: Captured, args: list[str], message: str) -> None:
    assert run(["explain", *args, "--matrix"]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1
