"""imgconv sequence with --at, --spectrum, --ar and --matrix, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import signal as scipy_signal
from scipy.sparse import load_npz

from imgconv.cli.run import run
from tests.support.command_line import Captured


def lines(capfd: Captured, *args: str) -> list[str]:
    assert run(["sequence", *args]) == 0
    return capfd.readouterr().out.splitlines()


def test_a_place_lists_its_products(capfd: Captured) -> None:
    ball = (".1 .2 .3 .4", ".5 .3 .2", "--at", "3")
    found = lines(capfd, *ball)
    assert found[0].split() == ["1", "+", "2", "=", "3", "0.2", "x", "0.2", "=", "0.04"]
    assert found[-1] == "sum = 0.33"
    document = json.loads("\n".join(lines(capfd, *ball, "--json")))
    assert [term["product"] for term in document["terms"]] == pytest.approx([0.04, 0.09, 0.2])
    assert document["sum"] == pytest.approx(0.33)


def test_the_place_0_lists_its_products(capfd: Captured) -> None:
    assert lines(capfd, "1 2", "3 4", "--at", "0") == ["0 + 0 = 0   1 x 3 = 3", "sum = 3"]


def test_a_place_of_a_correlation_lists_differences(capfd: Captured) -> None:
    found = lines(capfd, "2 4 6 8 10", ".2 .3 .5", "--at", "1", "--correlate")
    assert [line.split()[:5] for line in found[:3]] == [
        ["1", "-", "0", "=", "1"],
        ["2", "-", "1", "=", "1"],
        ["3", "-", "2", "=", "1"],
    ]
    assert found[-1] == "sum = 6.6"


def test_a_place_of_functions_is_multiplied_by_the_step(capfd: Captured) -> None:
    found = lines(capfd, "box:1", "box:1", "--step", "0.1", "--at", "0.5")
    assert found[-1] == "sum x step 0.1 = 0.5"


def test_amplitudes_are_listed_by_frequency(capfd: Captured) -> None:
    found = lines(capfd, "1 -1 1 -1", "--spectrum")
    assert found == ["frequency,amplitude", "0,0", "0.25,0", "0.5,1"]
    found = lines(capfd, "1 -1 1 -1", "--spectrum", "--plot")
    assert found[:2] == ["mean 0; strongest, in cycles a value:", "  0.5: 1"]


def test_a_prediction_is_told_and_written(tmp_path: Path, capfd: Captured) -> None:
    halves = ("1 .5 .25 .125 .0625", "--ar", "1", "--no-constant")
    found = lines(capfd, *halves)
    assert found[0] == "x[t] = a_1 x[t-1] + rest[t]"
    assert found[1].split()[:2] == ["a_1", "0.5"] and found[-1] == "next value 0.03125"
    assert lines(capfd, *halves, "-o", str(tmp_path / "next.npy")) == []
    prediction = np.load(tmp_path / "next.npy").tolist()
    assert prediction == pytest.approx([0.5, 0.25, 0.125, 0.0625, 0.03125])
    document = json.loads("\n".join(lines(capfd, *halves, "--json")))
    assert document["weights"] == pytest.approx([0.5])
    assert document["prediction"]["x"] == [1, 2, 3, 4, 5]


def test_each_row_of_the_matrix_has_the_weights_as_they_are_written(capfd: Captured) -> None:
    assert run(["sequence", "5", "2 3", "--matrix"]) == 0
    out, err = capfd.readouterr()
    assert out == "2 3 . . .\n. 2 3 . .\n. . 2 3 .\n. . . 2 3\n"
    assert err == (
        "imgconv: 4 x 5, 8 of 20 are not zero; W x is the convolution of x with 3 2 (valid): "
        "largest difference 0\n"
    )


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("weights", ["2", "2 3", "1 -2 4", "1 2 3 5"])
def test_the_matrix_times_x_is_the_convolution(
    mode: str, weights: str, tmp_path: Path, capfd: Captured
) -> None:
    target, sparse = str(tmp_path / "m.npy"), str(tmp_path / "m.npz")
    args = ["sequence", "5 1 4 2 7 3", weights, "--matrix", "--mode", mode]
    assert run([*args, "-o", target]) == run([*args, "-o", sparse]) == 0
    assert "largest difference 0" in capfd.readouterr().err
    x, turned = np.array([5.0, 1, 4, 2, 7, 3]), np.array([float(w) for w in weights.split()])[::-1]
    matrix = np.load(target)
    assert (matrix @ x).tolist() == scipy_signal.convolve(x, turned, mode).tolist()
    assert load_npz(sparse).toarray().tolist() == matrix.tolist()


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["1 2 3", "--at", "1"], "give two SEQ"),
        (["1 2", "1 2", "--at", "0.5"], "it has them from 0 to 2, every 1"),
        (["5", "--matrix"], "write 5 '2 3' --matrix"),
        (["2.5", "2 3", "--matrix"], "2.5 is no length of a sequence"),
        (["2000000", "2 3", "--matrix"], "is too large"),
        (["2", "1 2 3", "--matrix"], "3 weights do not fit into 2 values"),
        (["1 2 3", "2 3", "--ar", "1"], "give one SEQ"),
        (["1 2 3", "--ar", "2"], "--ar 2 needs 5 values, not 3"),
    ],
)
def test_a_mistake_is_one_line(args: list[str], message: str, capfd: Captured) -> None:
    assert run(["sequence", *args]) == 2
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1 and message in err
