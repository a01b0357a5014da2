"""imgconv spectrum, as a person meets it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv
from tests.support.pictures import noise

SAMPLES = Path(__file__).parents[2] / "sample_images"
CAMERA, CHELSEA = str(SAMPLES / "camera.png"), str(SAMPLES / "chelsea.png")


def array(path: Path | str) -> NDArray[Any]:
    with Image.open(path) as image:
        return np.asarray(image)


def document(capfd: Captured, *args: str) -> dict[str, Any]:
    assert run(["spectrum", *args, "--json"]) == 0
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


def test_the_text_lists_waves_octaves_and_stripes(tmp_path: Path, capfd: Captured) -> None:
    y, x = np.mgrid[:240, :320]
    stripes = 128 + 100 * np.sin(2 * np.pi * (x * np.sin(0.6) + y * np.cos(0.6)) / 9)
    Image.fromarray(stripes.astype(np.uint8)).save(tmp_path / "in.png")
    assert run(["spectrum", str(tmp_path / "in.png")]) == 0
    out, err = capfd.readouterr()
    lines = out.splitlines()
    assert err == "" and max(map(len, lines[1:])) < 120
    assert "(320x240): mean 127." in lines[0]
    assert lines[1] == "strongest waves, in cycles a pixel to the right and down"
    assert lines[-1].startswith("stripes at 34.4 degrees, 9.0 pixels apart; 100.0 % of the energy")
    assert lines[-1].endswith("(change is greatest at 124.4)")


def test_json_has_each_channel(ramp: str, capfd: Captured) -> None:
    found = document(capfd, ramp)
    assert found["size"] == [16, 12] and found["channels"][0]["sum"] == 24176
    assert len(found["channels"][0]["waves"]) == 5
    names = [each["channel"] for each in document(capfd, CHELSEA)["channels"]]
    assert names == ["red", "green", "blue"]


def test_the_picture_has_the_size_of_the_input(ramp: str, tmp_path: Path, capfd: Captured) -> None:
    assert run(["spectrum", ramp, str(tmp_path / "out.png")]) == 0
    assert capfd.readouterr().err == "imgconv: log of 16x12, frequency 0 at 8,6\n"
    shown = array(tmp_path / "out.png")
    assert shown.shape == (12, 16) and (shown[6, 8], shown[6, 9], shown[0, 0]) == (255, 165, 155)
    assert run(["spectrum", ramp, str(tmp_path / "corner.png"), "--corner"]) == 0
    assert np.array_equal(array(tmp_path / "corner.png"), np.fft.ifftshift(shown))


@pytest.mark.parametrize("of", ["log", "power", "magnitude", "real", "imag", "phase"])
def test_channels_are_shown_by_themselves(tmp_path: Path, of: str) -> None:
    out, gray = tmp_path / "out.png", tmp_path / "gray.png"
    assert run(["spectrum", CHELSEA, str(out), "--of", of]) == 0
    assert array(out).shape == (300, 451, 3)
    assert run(["spectrum", CHELSEA, str(gray), "--of", of, "--gray"]) == 0
    assert array(gray).shape == (300, 451)


@pytest.mark.parametrize("suffix", [".npz", ".npy"])
@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
@pytest.mark.parametrize("size", [(9, 14), (10, 7), (1, 5)])
def test_there_and_back_every_byte_is_the_same(
    tmp_path: Path, capfd: Captured, size: tuple[int, int], mode: str, suffix: str
) -> None:
    source, raw, back = (str(tmp_path / name) for name in ("in.png", f"raw{suffix}", "back.png"))
    Image.fromarray(noise(*size, "rgba").array).convert(mode).save(source)
    assert run(["spectrum", source, raw]) == 0
    assert run(["spectrum", raw, back, "--inverse"]) == 0
    assert np.array_equal(array(back), array(source))
    assert "imaginary" not in capfd.readouterr().err


def test_sixteen_bits_come_back(tmp_path: Path) -> None:
    source, raw, back = (str(tmp_path / name) for name in ("in.png", "raw.npz", "back.png"))
    Image.fromarray(noise(9, 14, dtype="uint16").array[..., 0]).save(source)
    assert run(["spectrum", source, raw]) == 0
    assert run(["spectrum", raw, back, "--inverse"]) == 0
    assert np.array_equal(array(back), array(source)) and array(back).max() > 60000


def test_inks_come_back_as_numbers(tmp_path: Path, capfd: Captured) -> None:
    source, raw, back = (str(tmp_path / name) for name in ("in.tif", "raw.npz", "back.tif"))
    Image.fromarray(noise(9, 14, "rgb").array).convert("CMYK").save(source)
    assert run(["spectrum", source, raw]) == 0
    assert run(["spectrum", raw, back, "--inverse"]) == 0
    assert np.array_equal(array(back), array(source))
    assert run(["spectrum", source, str(tmp_path / "out.tif")]) == 2
    assert "a spectrum of inks cannot be shown; give --gray" in capfd.readouterr().err


def test_a_spectrum_without_symmetry_says_what_is_left_out(tmp_path: Path, capfd: Captured) -> None:
    values = np.fft.fft2(np.full((4, 4), 100.0))
    values[0, 1] = 160
    np.save(tmp_path / "raw.npy", values)
    args = ["spectrum", str(tmp_path / "raw.npy"), str(tmp_path / "out.png"), "--inverse"]
    assert run(args) == 0
    assert "largest imaginary part 10, which was left out" in capfd.readouterr().err


def test_painting_black_over_a_wave_removes_it(tmp_path: Path, capfd: Captured) -> None:
    x = np.mgrid[:48, :64][1]
    source, shown, out = (str(tmp_path / name) for name in ("in.png", "log.png", "out.png"))
    Image.fromarray((128 + 100 * np.cos(2 * np.pi * x / 8)).astype(np.uint8)).save(source)
    assert run(["spectrum", source, shown]) == 0
    edited = array(shown).copy()
    edited[24, 32 + 8] = 0
    Image.fromarray(edited).convert("RGBA").save(shown)  # as editors do
    capfd.readouterr()
    assert run(["spectrum", source, out, "--painted", shown]) == 0
    assert capfd.readouterr().err == "imgconv: 1 of 3,072 frequencies were painted\n"
    assert np.ptp(array(out)) <= 2 < np.ptp(array(source))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_nothing_painted_changes_nothing(tmp_path: Path, mode: str) -> None:
    source, shown, out = (str(tmp_path / name) for name in ("in.png", "log.png", "out.png"))
    Image.fromarray(noise(9, 14, "rgba").array).convert(mode).save(source)
    assert run(["spectrum", source, shown]) == 0
    assert run(["spectrum", source, out, "--painted", shown]) == 0
    assert np.array_equal(array(out), array(source))


def test_a_round_window_removes_the_cross_of_edges(tmp_path: Path) -> None:
    plain, faded = str(tmp_path / "plain.png"), str(tmp_path / "faded.png")
    assert run(["spectrum", CAMERA, plain]) == 0
    assert run(["spectrum", CAMERA, faded, "--window", "round"]) == 0

    def cross(path: str) -> float:
        shown = array(path).astype(float)
        return float(shown[:200, 256].mean() - shown[:200, 200:310].mean())

    assert cross(plain) > 2 * cross(faded) > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["{a}", "--inverse"], "--inverse makes a picture; name OUTPUT"),
        (["{a}", "o.png", "--inverse"], "--inverse takes a file of numbers"),
        (["raw.npz"], "raw.npz is a spectrum already; give --inverse"),
        (["{a}", "{a}"], "is an input"),
        (["{a}", "o.xyz"], "the ending of 'o.xyz' names no picture format; end it in "),
        (["{a}", "o.xyz"], ".npz, .npy"),
        (["{a}", "--of", "phase"], "--of is about a picture; name OUTPUT behind INPUT"),
        (["{a}", "o.png", "--painted", "{camera}"], "has 512x512, the picture 16x12"),
        (["{chelsea}", "o.png", "--painted", "{camera}"], "has 512x512, the picture 451x300"),
        (["{a}", "o.png", "--of", "sum"], "'sum' is not one of"),
    ],
)
def test_a_wrong_request_is_one_line(
    ramp: str, capfd: Captured, arguments: list[str], message: str
) -> None:
    places = {"a": ramp, "camera": CAMERA, "chelsea": CHELSEA}
    assert run(["spectrum", *(each.format(**places) for each in arguments)]) == 2
    out, err = capfd.readouterr()
    assert out == "" and message in err and err.count("\n") == 1


def test_nan_has_no_spectrum(tmp_path: Path, capfd: Captured) -> None:
    path = tmp_path / "in.tif"
    Image.fromarray(np.full((4, 4), np.nan, np.float32)).save(path)
    assert run(["spectrum", str(path)]) == 2
    assert "NaN or infinite values" in capfd.readouterr().err


def test_standard_input_is_read(ramp: str) -> None:
    done = imgconv("spectrum", "-", given=Path(ramp).read_bytes())
    assert done.returncode == 0 and done.stdout.startswith(b"- (16x12): mean 125.9167")
