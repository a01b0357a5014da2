"""Linear light from files: profiles, gamma, films, depth, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageCms, PngImagePlugin

import imgconv
from imgconv.batch.request import Request
from imgconv.batch.stream import filter_stream, recognise
from imgconv.batch.task import Task
from imgconv.cli.run import run
from imgconv.errors import UsageError
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from tests.images.test_transfer import profile, sampled
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

RGB = noise(24, 30, "rgb").array


def in_gamma(gamma: float, array: NDArray[Any] = RGB) -> NDArray[Any]:
    """A blur of light, where light is a power of levels."""
    light = (array / 255.0).astype(np.float32) ** np.float32(gamma)
    return 255 * imgconv.apply(light, "blur") ** np.float32(1 / gamma)


def blurred(source: Path, *options: str) -> NDArray[np.uint8]:
    target = source.with_name(f"out{source.suffix}")
    assert run(["apply", "blur", str(source), str(target), *options]) == 0
    with Image.open(target) as image:
        return np.asarray(image)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_the_picture_s_own_profile_says_what_levels_are(tmp_path: Path, suffix: str) -> None:
    three = dict.fromkeys(("rTRC", "gTRC", "bTRC"), sampled(3 * 256))
    held = profile(**three).replace(bytes(4), b"RGB ", 5)
    image = Image.fromarray(RGB)
    options: dict[str, Any] = {"lossless": True} if suffix == ".webp" else {}
    image.save(tmp_path / f"in{suffix}", icc_profile=held, **options)
    result = blurred(tmp_path / f"in{suffix}", "--linear")
    assert np.abs(result - in_gamma(3)).max() <= 0.51
    image.info["icc_profile"] = held
    np.testing.assert_array_equal(np.asarray(imgconv.apply(image, "blur", linear=True)), result)


def of_code_points(folder: Path, *code_points: int, **others: Any) -> Path:
    """Write a PNG of grey 0 and 255 in turn whose cICP holds these code points."""
    stripes = Image.fromarray(np.tile(np.array([0, 255], np.uint8), (8, 8)))
    info = PngImagePlugin.PngInfo()
    info.add(b"gAMA", others.get("gamma", 100_000).to_bytes(4))
    info.add(b"cICP", bytes(code_points))
    stripes.save(folder / "in.png", pnginfo=info, icc_profile=others.get("icc_profile"))
    return folder / "in.png"


def mean_of_stripes(source: Path) -> int:
    target = source.with_name("mean.png")
    assert run(["apply", "1 1", str(source), str(target), "--normalize", "sum", "--linear"]) == 0
    with Image.open(target) as image:
        return int(np.asarray(image)[4, 4])


# The level of half the light of white, by the formulas of H.273, table 3.
HALF_LIGHT = {1: 1.0993 * 0.5**0.45 - 0.0993, 4: 0.5 ** (1 / 2.2), 5: 0.5 ** (1 / 2.8)}
HALF_LIGHT |= {7: 1.1115 * 0.5**0.45 - 0.1115, 8: 0.5, 13: 1.055 * 0.5 ** (1 / 2.4) - 0.055}
HALF_LIGHT |= {17: 0.5 ** (1 / 2.6)} | dict.fromkeys(
    (6, 11, 12, 14, 15), 1.0993 * 0.5**0.45 - 0.0993
)


@pytest.mark.parametrize("transfer", HALF_LIGHT)
def test_code_points_stand_above_a_profile_and_a_gamma(tmp_path: Path, transfer: int) -> None:
    held = profile(kTRC=sampled(3 * 256)).replace(bytes(4), b"GRAY", 5)
    for others in ({"gamma": 45_455}, {"gamma": 100_000}, {"icc_profile": held}):
        source = of_code_points(tmp_path, 1, transfer, 0, 1, **others)
        assert abs(mean_of_stripes(source) - 255 * HALF_LIGHT[transfer]) <= 0.51


def test_code_points_that_say_nothing_leave_it_to_the_gamma(tmp_path: Path) -> None:
    for code_points in ((1, 2, 0, 1), (1, 0, 0, 1), (1, 99, 0, 1), (1, 13, 1, 1), (1, 13)):
        assert mean_of_stripes(of_code_points(tmp_path, *code_points)) == 128


@pytest.mark.parametrize("code_points", [(9, 16, 0, 1), (9, 18, 0, 1), (1, 9, 0, 1), (1, 13, 0, 0)])
def test_code_points_of_no_curve_are_refused(
    tmp_path: Path, code_points: tuple[int, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    source = of_code_points(tmp_path, *code_points)
    assert run(["apply", "blur", str(source), str(tmp_path / "out.png"), "--linear"]) == 1
    assert "PQ" in capsys.readouterr().err
    assert run(["apply", "blur", str(source), str(tmp_path / "out.png")]) == 0


def test_code_points_of_avif_are_used_and_kept(tmp_path: Path) -> None:
    linear = of_code_points(tmp_path, 9, 8, 0, 1)
    assert (
        run(["apply", "identity", str(linear), str(tmp_path / "in.avif"), "--quality", "100"]) == 0
    )
    assert b"colrnclx\0\x09\0\x08" in (tmp_path / "in.avif").read_bytes()
    assert abs(mean_of_stripes(tmp_path / "in.avif") - 128) <= 3
    assert b"cICP\x09\x08\0\1" in (tmp_path / "mean.png").read_bytes()


def test_without_one_it_is_srgb(tmp_path: Path) -> None:
    Image.fromarray(RGB).save(tmp_path / "in.png")
    result = blurred(tmp_path / "in.png", "--linear")
    np.testing.assert_array_equal(result, imgconv.apply(RGB, "blur", linear=True))
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.fromarray(RGB).save(tmp_path / "in.png", icc_profile=made)
    assert np.abs(blurred(tmp_path / "in.png", "--linear").astype(int) - result).max() <= 1


def test_the_gamma_of_a_png_counts_where_there_is_no_profile(tmp_path: Path) -> None:
    chunks = PngImagePlugin.PngInfo()
    chunks.add(b"gAMA", (50_000).to_bytes(4))
    image = Image.fromarray(RGB)
    image.save(tmp_path / "in.png", pnginfo=chunks)
    result = blurred(tmp_path / "in.png", "--linear")
    assert np.abs(result - in_gamma(2)).max() <= 0.51
    with Image.open(tmp_path / "in.png") as opened:
        np.testing.assert_array_equal(
            np.asarray(imgconv.apply(opened, "blur", linear=True)), result
        )


def test_deep_pictures_are_filtered_in_light_too(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    array = noise(24, 30, "rgb", "uint16").array
    tifffile.imwrite(tmp_path / "in.tif", array, photometric="rgb")
    assert (
        run(["apply", "blur", str(tmp_path / "in.tif"), str(tmp_path / "out.tif"), "--linear"]) == 0
    )
    result = tifffile.imread(tmp_path / "out.tif")
    np.testing.assert_array_equal(result, imgconv.apply(array, "blur", linear=True))


def test_a_depth_that_is_asked_for_is_rounded_once(tmp_path: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    Image.fromarray(RGB).save(tmp_path / "in.png")
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.tif")]
    assert run([*arguments, "--linear", "--depth", "16"]) == 0
    result = tifffile.imread(tmp_path / "out.tif")
    exact = imgconv.apply((RGB / 255).astype(np.float32), "blur", linear=True)
    assert np.abs(result - 65535.0 * exact).max() <= 0.6


def test_palettes_and_grey_are_filtered_in_light(tmp_path: Path) -> None:
    image = Image.fromarray(RGB)
    for made in (image.quantize(7), image.convert("L"), image.convert("LA")):
        made.save(tmp_path / "in.png")
        colours = made.convert("RGB") if made.mode == "P" else made
        result = blurred(tmp_path / "in.png", "--linear")
        expected = imgconv.apply(colours, "blur", linear=True)
        np.testing.assert_array_equal(result, np.asarray(expected))


@pytest.mark.parametrize(
    ("held", "words"),
    [(b"broken" * 40, "colour profile is broken"), (profile(A2B0=b"mft2"), "has a table")],
)
def test_a_profile_that_does_not_say_is_an_error_of_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], held: bytes, words: str
) -> None:
    Image.fromarray(RGB).save(tmp_path / "in.png", icc_profile=held)
    arguments = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    assert run([*arguments, "--linear"]) == 1
    told = capsys.readouterr().err
    assert words in told and "in.png" in told and len(told.splitlines()) == 1
    assert not (tmp_path / "out.png").exists()
    assert run(arguments) == 0


def test_ink_is_refused_and_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("CMYK", (9, 9)).save(tmp_path / "in.jpg")
    assert (
        run(["apply", "blur", str(tmp_path / "in.jpg"), str(tmp_path / "o.jpg"), "--linear"]) == 2
    )
    assert "inks are no light" in capsys.readouterr().err
    with pytest.raises(UsageError, match="inks are no light"):
        imgconv.apply(Image.new("CMYK", (9, 9)), "blur", linear=True)


def film(data: bytes, tmp_path: Path) -> Any:
    source = recognise(io.BufferedReader(io.BytesIO(data)))
    assert source
    request = Request(find("blur"), Settings(linear=True))
    return filter_stream(request, Task("-", str(tmp_path / "out"), None), source)


def test_a_film_of_rgb_is_filtered_in_light(tmp_path: Path) -> None:
    header = b"P6\n30 24\n255\n"
    assert film(2 * (header + RGB.tobytes()), tmp_path).error is None
    data = (tmp_path / "out").read_bytes()
    expected = header + imgconv.apply(RGB, "blur", linear=True).tobytes()
    assert data == 2 * expected


def test_a_film_of_brightness_and_colour_differences_is_refused(tmp_path: Path) -> None:
    outcome = film(b"YUV4MPEG2 W2 H2 F1:1 Cmono\nFRAME\n" + bytes(4), tmp_path)
    assert "are no light" in str(outcome.error)
    assert not (tmp_path / "out").exists()


def test_a_plan_is_as_exact_as_light_needs(capsys: pytest.CaptureFixture[str]) -> None:
    """The pyramid's error of half a level would be six levels in the dark."""
    chosen = []
    for options in ([], ["--linear"]):
        assert run(["plan", "gaussian:20", "4000x3000", *options]) == 0
        told = capsys.readouterr().out
        chosen.append(next(line.split()[1] for line in told.splitlines() if line.startswith("> ")))
    assert chosen[0] == "pyramid"
    assert chosen[1] != "pyramid"
