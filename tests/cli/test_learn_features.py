"""imgconv learn --features and --whiten: banks and kernels from pictures alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.kernels.library import find
from tests.support.command_line import Captured
from tests.support.pictures import noise


@pytest.fixture
def photos(tmp_path: Path) -> str:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(3):
        levels = noise(30 + number, 40, "rgb").array
        Image.fromarray(levels).resize((80, 60)).save(folder / f"{number}.png")
    return str(folder)


QUICK = ("--patches", "500", "--size", "5")


def test_features_are_written_as_numbers_and_told(
    photos: str, tmp_path: Path, capfd: Captured
) -> None:
    path = tmp_path / "bank.npy"
    assert run(["learn", photos, str(path), "--features", "6", *QUICK, "--json"]) == 0
    out, err = capfd.readouterr()
    document, weights = json.loads(out), np.load(path)
    assert weights.shape == (6, 5, 5) and weights.tolist() == document["weights"]
    assert len(document["inputs"]) == 3 and document["shares"] == sorted(document["shares"])[::-1]
    assert "6 features of 5x5, " in err


@pytest.mark.parametrize("method", ["pca", "kmeans"])
def test_the_same_seed_gives_the_same_bytes(photos: str, tmp_path: Path, method: str) -> None:
    paths = [tmp_path / name for name in ("a.toml", "b.toml", "c.toml")]
    for path, seed in zip(paths, "112", strict=True):
        words = ["--features", "4", "--by", method, "--seed", seed, *QUICK]
        assert run(["learn", photos, str(path), *words]) == 0
    one, same, other = (path.read_bytes() for path in paths)
    assert one == same != other and b'combine = "maps"' in one and one.count(b"[[kernel]]") == 4


@pytest.mark.parametrize("name", ["bank.toml", "bank.npy"])
def test_maps_takes_the_bank(photos: str, tmp_path: Path, name: str) -> None:
    bank, maps = tmp_path / name, tmp_path / "maps.npy"
    assert run(["learn", photos, str(bank), "--features", "3", *QUICK]) == 0
    assert run(["maps", str(bank), f"{photos}/0.png", str(maps), "--gray"]) == 0
    assert np.load(maps).shape == (3, 56, 76)


def test_a_picture_shows_all_features(photos: str, tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    assert run(["learn", photos, str(path), "--features", "4", *QUICK]) == 0
    with Image.open(path) as sheet:
        assert sheet.mode == "L" and sheet.size == (2 * 88 + 8, 2 * 88 + 8)


def test_the_whitening_kernel_is_a_filter(photos: str, tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "white.toml"
    assert run(["learn", photos, str(path), "--whiten", "--patches", "2000"]) == 0
    assert "whitening kernel of 9x9" in capfd.readouterr().err
    (filter,) = find(str(path))
    assert filter.range == "offset" and filter.kernels[0].size == "9x9"
    assert run(["apply", str(path), f"{photos}/0.png", str(tmp_path / "out.png")]) == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["P", "b.toml", "--features", "26", *QUICK], "patches of 25 pixels have no 26 features"),
        (["P", "b.toml", "--features", "25", "--whiten", *QUICK], "give up to 24"),
        (["P", "b.toml", "--features", "4", "--size", "9x61"], "has no patch of 9x61"),
        (["P", "b.toml", "--features", "4", "--ridge", "1"], "--ridge is meant without --features"),
        (["P", "b.toml", "--by", "pca"], "--by is meant with --features"),
        (["b.toml", "--features", "4"], "learn --features takes pictures and a name to write to"),
        (["P", "b.xyz", "--features", "4"], "b.xyz' names no picture format; end it in .jpg, "),
        (["P", "b.xyz", "--features", "4"], ".toml, .npy"),
        (
            ["P", "b.toml", "--features", "4", "--patches", "9999999"],
            "patches of 64 pixels are too",
        ),
        (
            ["P", "b.toml", "--features", "4", "--patches", "2"],
            "2 patches of 3 pictures are too few",
        ),
        (["P", "-", "--features", "4", "--json"], "- and --json are both for standard output"),
    ],
)
def test_what_cannot_be_asked_gets_one_line(
    photos: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: Captured,
    words: list[str],
    line: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["learn", *(photos if word == "P" else word for word in words)]) == 2
    err = capfd.readouterr().err
    assert line in err and err.count("\n") == 1
