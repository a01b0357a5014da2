"""The figures of imgconv explain, through the command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.cli.study_options import FIGURES
from tests.support.command_line import Captured
from tests.support.pictures import noise


@pytest.fixture
def source(tmp_path: Path) -> str:
    Image.fromarray(noise(20, 30, "rgb").array).save(tmp_path / "in.png")
    return str(tmp_path / "in.png")


@pytest.mark.parametrize("suffix", FIGURES)
def test_a_figure_is_written_in_each_format_and_the_same_each_time(
    source: str, tmp_path: Path, capfd: Captured, suffix: str
) -> None:
    paths = [tmp_path / f"{name}{suffix}" for name in ("a", "b")]
    for path in paths:
        assert run(["explain", "difference-x", source, str(path), "--at", "3,4"]) == 0
        out, err = capfd.readouterr()
        assert out == "" and err.count("\n") == 1
        assert err.startswith("imgconv: difference-x at x 3, y 4: red ") and str(path) in err
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    if suffix not in (".svg", ".pdf"):
        with Image.open(paths[0]) as image:
            assert image.width > 600 and image.height > 500


def test_json_is_printed_beside_a_figure(source: str, tmp_path: Path, capfd: Captured) -> None:
    assert run(["explain", "blur", source, str(tmp_path / "a.svg"), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["filter"] == "blur"
    assert (tmp_path / "a.svg").exists()


def test_the_surroundings_have_the_size_that_is_asked_for(
    source: str, tmp_path: Path, capfd: Captured
) -> None:
    target = str(tmp_path / "a.svg")
    assert run(["explain", "blur", source, target, "--context", "9"]) == 0
    assert run(["explain", "blur", source, target, "--context", "2"]) == 2


def test_an_input_is_not_overwritten(source: str, tmp_path: Path, capfd: Captured) -> None:
    kernel = tmp_path / "kernel.txt"
    kernel.write_text("1 2 1")
    (tmp_path / "link.png").symlink_to(kernel)
    for path in (source, str(tmp_path / "link.png")):
        before = Path(path).read_bytes()
        assert run(["explain", str(kernel), source, path]) == 2
        assert f"'{path}' is an input of this run" in capfd.readouterr().err
        assert Path(path).read_bytes() == before


def test_an_unknown_ending_is_refused_with_the_known_ones(source: str, capfd: Captured) -> None:
    assert run(["explain", "blur", source, "figure.xyz"]) == 2
    assert "'figure.xyz' names no format of a figure; end it in .png" in capfd.readouterr().err


def test_without_matplotlib_numbers_are_printed_and_a_figure_is_refused(
    source: str, tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert run(["explain", "blur", source]) == 0
    capfd.readouterr()
    assert run(["explain", "blur", source, str(tmp_path / "a.png")]) == 2
    message = "imgconv: figures need matplotlib; pip install matplotlib\n"
    assert capfd.readouterr().err == message
