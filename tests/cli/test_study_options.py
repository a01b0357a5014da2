"""The options that the commands of understanding share: which pictures they refuse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.formats import deep
from tests.support.command_line import Captured
from tests.support.deep_files import encode
from tests.support.pictures import noise

COMMANDS = [
    "explain blur cut.png",
    "spectrum cut.png",
    "match cut.png whole.png --threshold 0.5",
    "match whole.png cut.png --cut 0,0,9x9",
    "match whole.png whole.png --cut 0,0,64x40 --mask cut.png",
    "learn whole.png cut.png",
    "learn cut.png bank.npy --features 2 --size 4 --patches 99",
    "maps blur cut.png",
]


# Lines whose OUTPUT lies in a folder that is missing.
NO_FOLDER = [
    "apply blur whole.png none/a.png",
    "explain blur whole.png none/a.png --at 1,1",
    "explain blur whole.png none/a.npy --matrix",
    "explain blur whole.png none/a.gif --slide",
    "learn whole.png whole.png none/a.toml",
    "learn whole.png none/a.npy --features 2",
    "maps blur whole.png none/a.npy",
    "match whole.png whole.png none/a.png",
    "sequence die:6 -o none/a.csv",
    "sequence die:6 die:6 --slide -o none/a.gif",
    "show blur none/a.png",
    "show blur none/a.toml",
    "spectrum whole.png none/a.png",
    "spectrum whole.png none/a.npz",
]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with a whole picture, and one that lacks its last rows."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(noise(40, 64, "l").array[..., 0]).save("whole.png")
    whole = Path("whole.png").read_bytes()
    Path("cut.png").write_bytes(whole[: len(whole) * 3 // 4])


@pytest.mark.parametrize("words", COMMANDS)
def test_a_damaged_picture_is_refused_unless_it_is_allowed(words: str, capfd: Captured) -> None:
    assert run(words.split()) == 1
    refused = capfd.readouterr().err
    assert "cut.png: the picture is damaged" in refused and "give --allow-damaged" in refused
    assert run([*words.split(), "--allow-damaged"]) == 0
    assert "imgconv: cut.png: damaged: 10 of its 40 rows are missing" in capfd.readouterr().err


def test_what_is_missing_is_said_once_where_pictures_are_read_twice(capfd: Captured) -> None:
    for folder in ("before", "after"):
        Path(folder).mkdir()
        for name in ("1.png", "2.png"):
            Path(folder, name).write_bytes(Path("cut.png").read_bytes())
    assert run(["learn", "before", "after", "--allow-damaged"]) == 0
    assert capfd.readouterr().err.count("rows are missing") == 4


def test_a_deep_picture_is_read_with_8_bits_where_it_is_allowed(
    capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(deep, "load_codec", missing)
    Path("deep.png").write_bytes(encode("png", noise(9, 13, "rgb", "uint16")))
    assert run(["spectrum", "deep.png"]) == 1
    assert "give --allow-8-bit" in capfd.readouterr().err
    assert run(["spectrum", "deep.png", "--allow-8-bit"]) == 0


def test_a_damaged_mask_or_kernel_is_refused_without_naming_an_option(capfd: Captured) -> None:
    for words in ("apply ./cut.png whole.png o.png", "apply blur whole.png o.png --mask cut.png"):
        assert run(words.split()) != 0
        said = capfd.readouterr().err
        assert "cut.png: the picture is damaged" in said and "--allow-damaged" not in said


def test_a_large_picture_is_no_kernel_and_several_frames_neither(capfd: Captured) -> None:
    Image.fromarray(np.zeros((300, 300), np.uint8)).save("large.png")
    frame = Image.new("L", (3, 3), 9)
    frame.save("many.tif", save_all=True, append_images=[frame])
    for name, problem in (("large.png", "more than the 65,536"), ("many.tif", "has one frame")):
        assert run(["show", f"./{name}"]) == 2
        said = capfd.readouterr().err
        assert problem in said and "--" not in said


@pytest.mark.parametrize("words", NO_FOLDER)
def test_a_folder_that_is_missing_is_no_usage_error(words: str, capfd: Captured) -> None:
    assert run(words.split()) == 1
    assert capfd.readouterr() == ("", "imgconv: there is no folder 'none'; make it first\n")
