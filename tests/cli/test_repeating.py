"""``imgconv apply`` with --repeat, --every, --draws and --seed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from imgconv.cli.run import run
from imgconv.formats import reader
from imgconv.images.frames import frame_pixels
from tests.support.command_line import Captured


def applied(tmp_path: Path, *words: str, name: str = "out/o.png") -> NDArray[np.uint8]:
    target = tmp_path / name
    target.parent.mkdir(exist_ok=True)
    assert run(["apply", *words, str(target)]) == 0
    with Image.open(target) as image:
        return np.asarray(image)


@pytest.mark.parametrize("times", [5, 20])
def test_a_repeated_filter_is_the_chain(times: int, ramp: str, tmp_path: Path) -> None:
    reflect = ("--border", "reflect", "--exact")
    found = applied(tmp_path, "heat-step", ramp, *reflect, "--repeat", str(times))
    chain = ",".join(["heat-step"] * times)
    assert np.abs(found - applied(tmp_path, chain, ramp, *reflect).astype(int)).max() <= 1
    if times == 5:
        assert found[4, 5] == 123  # 122.97632


@pytest.mark.parametrize(
    ("name", "count"), [("o.gif", 20), ("o.png", 20), ("o.webp", 20), ("o.tif", 20)]
)
def test_states_become_frames(
    name: str, count: int, ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    words = ("heat-step", ramp, "--repeat", "100", "--every", "5", "--border", "reflect")
    applied(tmp_path, *words, name=f"out/{name}")
    with Image.open(tmp_path / "out" / name) as image:
        frames = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(image)]
    assert len(frames) == count
    alone = applied(tmp_path, *words[:2], "--repeat", "5", "--border", "reflect", "--exact")
    assert np.abs(frames[0].astype(int) - alone).max() <= (12 if name == "o.webp" else 1)
    spreads = [float(frame.std()) for frame in frames]
    assert spreads[0] > 3 * spreads[-1]
    assert name == "o.webp" or spreads == sorted(spreads, reverse=True)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("words", [["o.ppm"], ["o", "--format", "ppm"], ["o.pam"]])
def test_states_become_the_pictures_of_a_film(
    words: list[str], ramp: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    heat = ["apply", "heat-step", ramp]
    assert run([*heat, *words, "--repeat", "9", "--every", "3"]) == 0
    states = [frame_pixels(frame).array for frame in reader.read(words[0]).frames]
    for times, state in zip((3, 6, 9), states, strict=True):
        assert run([*heat, "alone.png", "--repeat", str(times), "-f"]) == 0
        assert np.abs(state[..., 0].astype(int) - np.asarray(Image.open("alone.png"))).max() <= 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--every", "2"], "--every needs several states"),
        (["--seed", "2"], "--seed is the seed of --draws"),
        (["--repeat", "4", "--every", "2", "--extent", "valid"], "states of several sizes"),
        (["--repeat", "17", "--mix", "50"], "does not go with --mix"),
        (["--draws", "2", "--region", "1,1,4x4"], "--draws does not go with --mix"),
        (["--repeat", "10001"], "lies outside 1 to 10000"),
        (["--draws", "2", "--repeat", "2", "--every", "1"], "is not clear"),
    ],
)
def test_what_does_not_go_together_is_refused_in_one_line(
    words: list[str], message: str, ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    target = tmp_path / "o.gif"
    assert run(["apply", "blur", ramp, str(target), *words]) in (1, 2)
    err = capfd.readouterr().err
    assert message in err and err.strip().count("\n") == 0
    assert not target.exists()


def test_a_format_of_one_picture_holds_no_states(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    words = ["apply", "blur", ramp, str(tmp_path / "o.jpg"), "--repeat", "4", "--every", "2"]
    assert run([*words, "--border", "wrap"]) == 2
    assert "JPEG holds one picture" in capfd.readouterr().err


def test_borders_and_rates_that_keep_nothing_are_told(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    for words, texts in (
        (["heat-step:.3", "--border", "reflect"], ["it is unstable", "1.4 times as strong"]),
        (["heat:2"], ["the border edge does not keep the sum"]),
        (["heat-step"], []),
        (["heat-step", "--border", "mirror"], ["the border mirror does not keep the sum"]),
        (["sobel"], []),
    ):
        applied(tmp_path, words[0], ramp, *words[1:], "--repeat", "3")
        err = capfd.readouterr().err
        assert all(text in err for text in texts)
        assert texts or "sum" not in err


def test_draws_do_not_depend_on_threads_and_are_told(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    words = ("binomial", ramp, "--draws", "64", "--seed", "7")
    one, seven = (applied(tmp_path, *words, "--threads", threads) for threads in "17")
    assert np.array_equal(one, seven)
    err = capfd.readouterr().err
    assert "64 draws with --seed 7: rms 9.246 levels from the convolution, 8.896 expected" in err
    assert int(applied(tmp_path, *words[:3], "1", "--seed", "7").sum()) == 24405


def test_a_seed_that_is_not_given_is_printed_and_repeats_the_run(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    first = applied(tmp_path, "blur", ramp, "--draws", "3")
    found = re.search(r"3 draws with --seed (\d+): rms", capfd.readouterr().err)
    assert found
    again = applied(tmp_path, "blur", ramp, "--draws", "3", "--seed", found[1])
    assert np.array_equal(first, again)


def test_weights_that_are_no_probabilities_are_refused(
    ramp: str, tmp_path: Path, capfd: Captured
) -> None:
    assert run(["apply", "sharpen", ramp, str(tmp_path / "o.png"), "-f", "--draws", "1"]) == 2
    assert "--normalize softmax makes them so" in capfd.readouterr().err
    applied(tmp_path, "sharpen", ramp, "--draws", "1", "--normalize", "softmax", "--seed", "1")
