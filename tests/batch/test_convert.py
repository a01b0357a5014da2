"""Making a result conversion what a format can hold: backgrounds, depths, and what is refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.batch.request import Conversion, Request
from imgconv.cli.run import run
from imgconv.errors import UsageError, WriteError
from imgconv.execution.executor import filter_pixels
from imgconv.formats import metadata, reader, registry, writer
from imgconv.formats.registry import FORMATS
from imgconv.formats.tiff import FORMAT as TIFF
from imgconv.images.colour import channel_values
from imgconv.images.frames import frame_pixels, pixels_frame
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings
from tests.support.pictures import noise, pixels

TYPES = {8: "uint8", 16: "uint16"}


def rounded(values: NDArray[np.float64], maximum: float) -> NDArray[np.float64]:
    return np.floor(values.clip(0, maximum) + 0.5)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize(
    ("channels", "colour"), [("rgba", "#ff8800"), ("la", "white"), ("rgba", "0,0,0")]
)
def test_transparent_pixels_are_blended_with_the_background(
    channels: str, colour: str, dtype: str
) -> None:
    picture = noise(70, 5, channels, dtype)
    result = Conversion(background=colour).finish(picture)
    below = np.array(channel_values(colour, picture))[:-1]
    values, alpha = picture.array[..., :-1].astype(float), picture.array[..., -1:] / picture.maximum
    expected = values * alpha + below * (1 - alpha)
    assert result.channels == tuple(channels[:-1])
    assert result.array.dtype == picture.array.dtype
    step = 1e-5 if dtype == "float32" else 1
    np.testing.assert_allclose(result.array, expected, atol=step / 2 + 0.005 * step)


def test_a_background_leaves_an_opaque_picture_as_it_is() -> None:
    picture = noise(3, 3, "rgb")
    assert Conversion(background="white").finish(picture) is picture


def test_a_background_that_is_no_colour_is_refused_before_any_work() -> None:
    with pytest.raises(UsageError, match="no colour"):
        Request([], conversion=Conversion(background="whitish")).check()
    Request([]).check()


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_values_are_scaled_to_the_maximum_of_the_new_depth(dtype: str, depth: int) -> None:
    picture, conversion = noise(70, 5, "rgb", dtype), Conversion(depth=depth)
    result = conversion.finish(conversion.prepare(picture))
    maximum = MAXIMUM[TYPES[depth]]
    expected = rounded(picture.array.astype(float) / picture.maximum * maximum, maximum)
    assert result.array.dtype.name == TYPES[depth]
    np.testing.assert_array_equal(result.array, expected)


def test_every_level_of_8_bits_survives_in_16() -> None:
    picture, conversion = (
        Pixels(np.arange(256, dtype=np.uint8).reshape(16, 16, 1), ("l",)),
        Conversion(depth=16),
    )
    wide = conversion.finish(conversion.prepare(picture))
    np.testing.assert_array_equal(wide.array, picture.array * np.uint16(257))
    back = Conversion(depth=8)
    np.testing.assert_array_equal(back.finish(back.prepare(wide)).array, picture.array)


@pytest.mark.parametrize(("dtype", "depth"), [("uint16", 8), ("uint8", 16)])
def test_a_result_is_rounded_once(dtype: str, depth: int) -> None:
    """The mean of two neighbours has halves, which 16 bits show and 8 would have rounded first."""
    picture, conversion = noise(40, 50, "rgb", dtype), Conversion(depth=depth)
    mean = Filter("mean", (Kernel([[1, 1]], scale=2, origin=(0, 0)),))
    ready = conversion.prepare(picture)
    settings = Settings(tolerance=0)
    result = conversion.finish(filter_pixels(ready, [mean], settings, may_overwrite=True).pixels)
    whole = picture.array.astype(np.int64)
    sums = whole + np.concatenate([whole[:, 1:], whole[:, -1:]], axis=1)
    now, then = int(MAXIMUM[dtype]), int(MAXIMUM[TYPES[depth]])
    np.testing.assert_array_equal(result.array, (2 * sums * then + 2 * now) // (4 * now))
    if depth == 16:
        assert (result.array % 257 != 0).any()


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_values_clipped_by_a_depth_are_counted(dtype: str) -> None:
    picture, conversion = noise(40, 50, "rgb", dtype), Conversion(depth=16)
    edges = Filter("edges", (Kernel([[1, -1]]),))
    floats = filter_pixels(conversion.prepare(picture), [edges], Settings()).pixels
    share = conversion.clipped_share(floats)
    assert share == pytest.approx((floats.array < 0).mean(), abs=0.01)
    assert share == pytest.approx(0.5, abs=0.05)
    assert (
        conversion.clipped_share(conversion.finish(floats))
        == 0
        == Conversion().clipped_share(floats)
    )


def test_colours_are_black_where_alpha_is_rounded_to_0_by_a_depth() -> None:
    values = [[[0.5, 0.2, 0.7, alpha] for alpha in (-0.1, 0, 1e-6, 0.0019, 0.002, 1)]]
    result = Conversion(depth=8).finish(pixels(values, "float32", "rgba")).array[0]
    colour = [128, 51, 178]
    shown = [[0, 0, 0, 0], [*colour, 0], [0, 0, 0, 0], [0, 0, 0, 0], [*colour, 1], [*colour, 255]]
    assert result.tolist() == shown


def test_pixels_of_the_requested_depth_are_not_converted() -> None:
    for dtype, depth in (("uint8", 8), ("uint16", 16)):
        picture, conversion = noise(3, 3, "rgba", dtype), Conversion(depth=depth)
        assert conversion.prepare(picture) is picture
        assert conversion.finish(picture) is picture


def test_an_unusual_maximum_is_replaced_by_that_of_the_new_depth() -> None:
    picture, conversion = (
        Pixels(np.full((2, 2, 3), 1023, np.uint16), ("r", "g", "b"), maxval=1023),
        Conversion(depth=16),
    )
    result = conversion.finish(conversion.prepare(picture))
    assert result.array.max() == result.array.min() == 65535
    assert result.maximum == 65535


CANNOT = [
    ("jpeg", "rgba", "uint8", "JPEG cannot hold transparency", "or give --background COLOUR"),
    ("jpeg", "rgb", "uint16", "16 bits of RGB", "choose PNG or TIFF or PPM, or give --depth 8"),
    ("jpeg", "rgba", "uint16", "16 bits of RGB", "give --background COLOUR and --depth 8"),
    ("webp", "rgb", "uint16", "16 bits of RGB", "choose PNG or TIFF or PPM, or give --depth 8"),
    (
        "webp",
        "la",
        "uint16",
        "16 bits of grey with alpha",
        "TIFF or JPEG2000, or give --depth 8",
    ),
    ("png", "l", "float32", "floats of grey", "choose TIFF or PPM or PFM, or give --depth 16"),
    ("png", "rgba", "float32", "floats of RGB with alpha", "choose TIFF, or give --depth 16"),
    ("png", "cmyk", "uint8", "the four inks of CMYK", "choose JPEG or TIFF or PAM"),
    ("png", "cmyk", "uint16", "16 bits of the four inks", "choose TIFF or PAM"),
    ("ppm", "rgba", "uint16", "16 bits of RGB with alpha", "or give --background COLOUR"),
    ("ppm", "rgb", "float32", "floats of RGB", "choose TIFF or PFM, or give --depth 16"),
    ("bmp", "rgba", "uint8", "transparency", "or give --background COLOUR"),
    ("jpeg2000", "rgb", "float32", "floats of RGB", "choose TIFF or PFM, or give --depth 16"),
    ("gif", "l", "uint16", "16 bits of grey", "or give --depth 8"),
]


@pytest.mark.parametrize(("name", "channels", "dtype", "problem", "remedy"), CANNOT)
def test_the_error_of_a_format_names_formats_and_options_that_help(
    name: str, channels: str, dtype: str, problem: str, remedy: str
) -> None:
    frame, target = pixels_frame(noise(3, 3, channels, dtype)), registry.by_name(name).load()
    for attempt in (
        lambda: Conversion().check_format(frame, False, target),
        lambda: writer.encode(writer.adapt(metadata.Picture([frame], TIFF), target)),
    ):
        with pytest.raises(WriteError) as caught:
            attempt()
        assert problem in caught.value.problem
        assert caught.value.remedy.endswith(remedy)


@pytest.mark.parametrize(("name", "channels", "dtype", "problem", "remedy"), CANNOT)
def test_the_options_that_an_error_names_help(
    name: str, channels: str, dtype: str, problem: str, remedy: str
) -> None:
    _, _, ways = remedy.rpartition("give ")
    if "--" not in ways:
        return
    depth = next((depth for depth in (8, 16) if f"--depth {depth}" in ways), None)
    conversion = Conversion("white" if "--background" in ways else None, depth)
    frame, target = pixels_frame(noise(3, 3, channels, dtype)), registry.by_name(name).load()
    conversion.check_format(frame, False, target)


def test_the_formats_that_an_error_names_hold_the_picture() -> None:
    for format in (row.load() for row in FORMATS.values()):
        for mode in (*format.modes, *format.deep_modes, *format.lossless_as):
            assert registry.storage_mode(format, mode) in (*format.modes, *format.deep_modes)


def test_a_picture_that_does_not_fit_is_refused_before_it_is_filtered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def filtered(*arguments: object, **options: object) -> None:
        raise AssertionError("it was filtered for nothing")

    monkeypatch.setattr("imgconv.batch.filter_frame.filter_frame", filtered)
    monkeypatch.setattr("imgconv.execution.snapshot_cache.SnapshotCache.replay", filtered)
    Image.new("RGBA", (9, 9)).save(tmp_path / "a.png")
    assert run(["apply", "blur", str(tmp_path / "a.png"), str(tmp_path / "a.jpg")]) == 1
    assert "JPEG cannot hold transparency" in capsys.readouterr().err
    assert not (tmp_path / "a.jpg").exists()


def test_background_and_depth_are_options_of_apply(tmp_path: Path) -> None:
    image = Image.new("RGBA", (9, 9), (0, 0, 255, 0))
    image.save(tmp_path / "a.png")
    words = ["apply", "blur", str(tmp_path / "a.png")]
    assert run([*words, str(tmp_path / "a.jpg"), "--background", "red"]) == 0
    with Image.open(tmp_path / "a.jpg") as red:
        assert red.getpixel((4, 4)) == (254, 0, 0)
    assert run([*words, str(tmp_path / "b.png"), "--background", "red", "--depth", "16"]) == 0
    assert (tmp_path / "b.png").read_bytes()[24:26] == b"\x10\x02"
    assert run([*words, str(tmp_path / "b.png"), "--depth", "12"]) == 2
    assert run([*words, str(tmp_path / "b.png"), "--background", "reddish"]) == 2


def test_grey_is_written_as_colour_where_a_format_has_only_that(tmp_path: Path) -> None:
    Image.new("I;16", (9, 9), 30_000).save(tmp_path / "a.png")
    words = ["apply", "identity", str(tmp_path / "a.png"), str(tmp_path / "a.webp")]
    assert run([*words, "--depth", "8"]) == 0
    with Image.open(tmp_path / "a.webp") as image:
        assert image.size == (9, 9)


def piped(data: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imgconv", "apply", "identity", "-", "-", *options]
    return subprocess.run(command, input=data, capture_output=True, check=False)


def test_streams_are_converted_too() -> None:
    film = b"P6\n2 1\n1023\n" + np.array([[0, 512, 1023], [1, 2, 3]], ">u2").tobytes()
    done = piped(film, "--depth", "8")
    assert done.stdout == b"P6\n2 1\n255\n" + bytes([0, 128, 255, 0, 0, 1])
    pam = b"P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 255\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n"
    done = piped(pam + bytes([200, 51]), "--background", "0")
    assert done.stdout.endswith(b"ENDHDR\n" + bytes([40]))
    done = piped(b"YUV4MPEG2 W2 H2 Cmono\nFRAME\n" + bytes(4), "--depth", "16")
    assert done.returncode == 2 and b"keeps its depth" in done.stderr


def test_linear_light_gives_the_same_at_any_depth(tmp_path: Path) -> None:
    picture = noise(20, 30, "rgb")
    Image.fromarray(picture.array).save(tmp_path / "a.png")
    words = ["apply", "blur", str(tmp_path / "a.png"), "--linear"]
    assert run([*words, str(tmp_path / "8.png")]) == 0
    assert run([*words, str(tmp_path / "16.png"), "--depth", "16"]) == 0
    eight, sixteen = (reader.read(str(tmp_path / f"{depth}.png")).frames[0] for depth in (8, 16))
    fine = frame_pixels(sixteen).array / 257
    np.testing.assert_allclose(frame_pixels(eight).array[..., :3], fine, atol=0.51)
