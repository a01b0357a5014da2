"""``imgconv show`` with its options and its outputs."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.kernels import library
from tests.support.command_line import Captured


def shown(capfd: Captured, *words: str) -> dict[str, Any]:
    assert run(["show", *words, "--json"]) == 0
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


def weights(capfd: Captured, *words: str) -> list[list[float]]:
    (kernel,) = shown(capfd, *words)["kernels"]
    found: list[list[float]] = kernel["weights"]
    return found


def test_options_put_kernels_together(capfd: Captured) -> None:
    assert weights(capfd, "difference-x,difference-x", "--one") == [[1, -2, 1]]
    assert weights(capfd, "1 2 3", "--flip") == [[3, 2, 1]]
    assert weights(capfd, "1 2 3", "--add", "1", "--add", "1;1;1") == [
        [0, 1, 0],
        [1, 4, 3],
        [0, 1, 0],
    ]
    assert weights(capfd, "1 2 3", "--subtract", "1", "--times", "2") == [[2, 2, 6]]
    assert shown(capfd, "1 2 3", "--normalize", "size")["kernels"][0]["scale"] == 3
    assert shown(capfd, "1 2 3", "--scale", "4", "--offset", "5")["kernels"][0]["sum"] == 1.5


def test_parameters_are_options_too(capfd: Captured, tmp_path: Path) -> None:
    assert weights(capfd, "gaussian", "--sigma", "2") == weights(capfd, "gaussian:2")
    assert run(["show", "--radius", "2", "blur"]) == 2
    assert "write imgconv show blur --radius 2" in capfd.readouterr().err
    chain = ("blur:1,gaussian", "--sigma=1.5", "--one")
    assert weights(capfd, *chain) == weights(capfd, "blur:1,gaussian:1.5", "--one")
    assert run(["show", "gaussian", "--sigma", "2", str(tmp_path / "k.toml")]) == 0
    assert "gaussian --sigma 2: size 17x17" in capfd.readouterr().err
    assert run(["show", "gaussian", "--radius", "2"]) == 2
    assert "write --sigma" in capfd.readouterr().err
    assert run(["show", "gaussian", "--sigma", "-2"]) == 2
    assert "sigma: -2 is out of range" in capfd.readouterr().err


def test_a_chain_as_one_kernel_keeps_the_range_of_its_last_filter(capfd: Captured) -> None:
    assert shown(capfd, "gaussian:1,laplacian", "--one")["range"] == "abs"
    assert shown(capfd, "blur,blur", "--one", "--normalize", "sum")["kernels"][0]["scale"] == 81


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["sobel", "--one"], "'sobel' combines 2 kernels"),
        (["blur", "--add", "sobel"], "'sobel' combines 2 kernels"),
        (["blur,blur", "--add", "blur"], "--add is meant for one filter"),
        (["blur", "--subtract", "blur,blur"], "--subtract is meant for one filter"),
        (["blur,blur", "--times", "2"], "--times is meant for one filter"),
        (["blur,blur", "--flip"], "--flip is meant for one filter"),
        (["blur", "--check"], "the order of a chain of 1"),
        (["blur,blur", "a.png", "--check"], "draws nothing"),
        (["blur", "a.xyz"], "names no format of a figure; end it in .toml, .npy, .png"),
        (["blur,blur", "a.toml"], "a file holds one filter"),
        (["sobel", "a.npy"], "'sobel' combines 2 kernels"),
        (["1", "a.npy", "--offset", "3"], "not the offset 3"),
        (["difference-x", "a.npy"], "not its origin"),
        (["gaussian:1000", "a.toml"], "8001x8001 is too large for a file"),
        (["blur", "missing/a.toml"], "no folder"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    words: list[str], message: str, capfd: Captured, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["show", *words]) in (1, 2)
    out, err = capfd.readouterr()
    assert message in err and err.count("\n") == 1 and out == ""
    assert not [*tmp_path.iterdir()]


def test_probabilities_are_printed_as_percent(capfd: Captured) -> None:
    assert run(["show", "outline", "--normalize", "softmax"]) == 0
    out = capfd.readouterr().out
    assert out.count("0.0123288%") == 8 and "99.9014%" in out
    grid = np.array(weights(capfd, "outline", "--normalize", "softmax"))
    assert grid[0, 0] == pytest.approx(1.2328808e-4, rel=1e-7)
    assert grid[1, 1] == pytest.approx(0.99901370, rel=1e-8)
    grid = np.array(weights(capfd, "sharpen", "--normalize", "softmax"))
    assert grid.ravel()[[0, 1, 4]] == pytest.approx([0.00649837, 0.00239062, 0.96444404], rel=2e-6)


def test_parts_and_responses_are_told(capfd: Captured) -> None:
    assert run(["show", "laplacian", "--factors", "1", "--response"]) == 0
    out = capfd.readouterr().out
    assert "singular values 4.4494897, 0.4494897, 0 (rank 2)" in out
    assert "1 part, summed, leave 0.4494897, 10.05 % of the norm" in out
    diagonal = 4 * math.cos(math.pi / math.sqrt(2)) - 4
    assert f"0.5000 -4.0000 {diagonal:.4f} -4.0000" in " ".join(out.split())
    (kernel,) = shown(capfd, "laplacian", "--factors", "--response")["kernels"]
    assert kernel["factoring"]["rank"] == len(kernel["factoring"]["parts"]) == 2
    axis, diagonal, _ = kernel["response"]
    assert (axis["real"][-1], diagonal["real"][-1]) == pytest.approx((-4, -8))
    assert run(["show", "sobel-x", "--factors"]) == 0
    assert "part 1: column 1 2 1; row -1 0 1" in capfd.readouterr().out


def test_the_order_of_a_chain_is_compared(capfd: Captured) -> None:
    assert run(["show", "(1 2; 3 4),(0 5 1; 2 2 7)", "--check"]) == 0
    out = capfd.readouterr().out
    assert out.startswith("kernel then kernel = kernel then kernel: largest difference 0 (as kern")
    assert "only near the edge" in out and "chain convolves its kernels" in out
    assert run(["show", "blur,sharpen,laplacian", "--check", "--json"]) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["orders"] == found["groupings"] == 0


def test_a_kernel_file_that_is_written_gives_the_same_kernel(
    capfd: Captured, tmp_path: Path
) -> None:
    path = tmp_path / "one.toml"
    assert run(["show", "gaussian:1,laplacian", str(path), "--one"]) == 0
    out, err = capfd.readouterr()
    assert out == "" and err.count("\n") == 1 and f"written to {path}" in err
    (made,) = library.find(str(path))
    assert made.kernels[0].weights.tolist() == weights(capfd, "gaussian:1,laplacian", "--one")
    assert made.range == "abs"
    assert run(["show", "blur", str(tmp_path / "k.npy")]) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "k.npy"), np.full((3, 3), 1 / 9))


def test_a_kernel_file_is_not_overwritten_by_what_is_made_of_it(
    capfd: Captured, tmp_path: Path
) -> None:
    path = tmp_path / "k.toml"
    path.write_text("[[kernel]]\ngrid = '1 2 1'\n")
    for words in ([str(path), str(path)], ["blur", str(path), "--add", str(path)]):
        assert run(["show", *words]) == 2
        assert "is an input of this run" in capfd.readouterr().err


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_figure_is_drawn_and_the_same_each_time(
    suffix: str, capfd: Captured, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in "ab"]
    for path in paths:
        assert run(["show", "edge", str(path), "--response"]) == 0
        out, err = capfd.readouterr()
        assert out == "" and err.count("\n") == 1 and f"drawn in {path}" in err
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_a_figure_replaces_an_earlier_figure_but_no_other_picture(
    capfd: Captured, tmp_path: Path
) -> None:
    figure, photo = str(tmp_path / "figure.png"), str(tmp_path / "photo.png")
    for text in ("blur", "sobel-x"):
        assert run(["show", text, figure]) == 0
    Image.new("RGB", (8, 8)).save(photo)
    before, _ = Path(photo).read_bytes(), capfd.readouterr()
    assert run(["show", "blur", photo]) == 2
    assert f"write imgconv apply blur {photo} OUTPUT to filter it" in capfd.readouterr().err
    assert Path(photo).read_bytes() == before
