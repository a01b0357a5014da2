"""Several pictures in one file or pipe: all are filtered, or the file is refused."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image, features

from imgconv.api import apply
from imgconv.cli.run import run
from tests.support.command_line import Captured, imgconv
from tests.support.covering import with_slow

REFUSED = "follow the first, and would not be filtered"


def picture(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape or (40, 60, 3), np.uint8)


def encoded(array: np.ndarray, format: str, **options: Any) -> bytes:
    Image.fromarray(array).save(file := io.BytesIO(), format, **options)
    return file.getvalue()


def pnm(array: np.ndarray, maximum: int = 255) -> bytes:
    kind = 5 if array.ndim == 2 else 6
    stored = array.astype(">u2" if maximum > 255 else "u1")
    return b"P%d\n%d %d\n%d\n" % (kind, *array.shape[1::-1], maximum) + stored.tobytes()


def blurred(array: np.ndarray) -> np.ndarray:
    return apply(array, "blur")


FILM = [picture(seed) for seed in range(3)]


@pytest.mark.parametrize("output", ["out.ppm", "out.pgm", "in place"])
@pytest.mark.parametrize("gap", [b"", b"\n", b" \n\n"])
def test_all_pictures_of_a_netpbm_file_are_filtered(
    output: str, gap: bytes, tmp_path: Path
) -> None:
    films = [*FILM, picture(3, 20, 30), picture(4, 7, 5, 3)]
    source = tmp_path / "film.ppm"
    source.write_bytes(gap.join(map(pnm, films)) + gap)
    target = source if output == "in place" else tmp_path / output
    args = ["--in-place"] if output == "in place" else [str(target)]
    assert run(["apply", "blur", str(source), *args]) == 0
    assert target.read_bytes() == b"".join(pnm(blurred(each)) for each in films)


def test_deep_pictures_keep_their_maximum_and_shallow_ones_become_8_bits(tmp_path: Path) -> None:
    deep = picture(1).astype(np.uint16) * 4
    bits = np.array([[0, 1, 1], [1, 0, 0]], np.uint8)
    packed = b"P4\n3 2\n" + np.packbits(bits, axis=1).tobytes()
    source, target = tmp_path / "in.ppm", tmp_path / "out.ppm"
    source.write_bytes(pnm(deep, 1023) + packed + pnm(bits, 1) + pnm(deep[..., 0], 65535))
    assert run(["apply", "identity", str(source), str(target)]) == 0
    expected = pnm(deep, 1023) + pnm(255 - bits * 255) + pnm(bits * 255)
    assert target.read_bytes() == expected + pnm(deep[..., 0], 65535)


def test_the_pictures_become_the_frames_of_other_formats(tmp_path: Path, capfd: Captured) -> None:
    source = tmp_path / "film.ppm"
    source.write_bytes(b"".join(map(pnm, FILM)))
    assert run(["apply", "identity", str(source), str(tmp_path / "out.tif")]) == 0
    with Image.open(tmp_path / "out.tif") as image:
        for number, expected in enumerate(FILM):
            image.seek(number)
            assert np.array_equal(np.asarray(image), expected)
    assert run(["apply", "identity", str(source), str(tmp_path / "o.png"), "--frame", "2"]) == 0
    with Image.open(tmp_path / "o.png") as image:
        assert np.array_equal(np.asarray(image), FILM[2])
    assert capfd.readouterr().err == ""
    assert run(["apply", "identity", str(source), str(tmp_path / "out.jpg")]) == 0
    assert "JPEG holds one frame; 2 more were left out" in capfd.readouterr().err


@pytest.mark.parametrize("cut", [1, 7000, 7205, 7211])
def test_a_truncated_netpbm_file_stays_as_it_is(cut: int, tmp_path: Path) -> None:
    source = tmp_path / "film.ppm"
    source.write_bytes(content := b"".join(map(pnm, FILM))[:-cut])
    assert run(["apply", "blur", str(source), "--in-place"]) == 1
    assert source.read_bytes() == content


def test_bytes_behind_the_last_picture_are_carried_or_named(
    tmp_path: Path, capfd: Captured
) -> None:
    source = tmp_path / "film.ppm"
    for films in (FILM[:1], FILM):
        source.write_bytes(content := b"".join(map(pnm, films)) + b"trailer")
        assert run(["apply", "identity", str(source), "--in-place"]) == 0
        assert source.read_bytes() == content
        assert run(["apply", "identity", str(source), str(tmp_path / "out.tif")]) == 0
        assert "cannot hold its data behind its end: left out" in capfd.readouterr().err


@pytest.mark.parametrize("size", ["10", "12M"])
def test_pixels_of_all_pictures_count(size: str, tmp_path: Path, capfd: Captured) -> None:
    source = tmp_path / "film.ppm"
    source.write_bytes(pnm(FILM[0]) * 4)
    args = ["apply", "identity", str(source), str(tmp_path / "out.ppm"), "--max-pixels"]
    assert run([*args, "9599"]) == 1
    assert "9,600 pixels are more than the 9,599 allowed" in capfd.readouterr().err
    assert run([*args, "9600"]) == 0


FORMATS = ["PNG", "JPEG", "BMP", "TIFF", "GIF", "WEBP", "JPEG2000", "AVIF"]
# Further options for files of a format, beside none.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "TIFF": [{"compression": each} for each in ("raw", "tiff_lzw", "packbits")],
    "JPEG": [{"progressive": True}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}],
}
CODED = [(each, options) for each in FORMATS for options in ({}, *VARIANTS.get(each, ()))]


def films(format: str, options: dict[str, Any]) -> list[bytes]:
    if format == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    return [encoded(each, format, **options) for each in FILM]


@pytest.mark.parametrize(("format", "options"), with_slow(CODED[:3], slow=CODED[3:]))
def test_a_pipe_with_several_pictures_of_other_formats_is_refused(
    format: str, options: dict[str, Any]
) -> None:
    done = imgconv("apply", "blur", "-", "-", given=b"".join(films(format, options)))
    assert (done.returncode, done.stdout) == (1, b"")
    assert REFUSED in done.stderr.decode() and done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(("format", "options"), CODED)
def test_the_further_pictures_of_a_file_are_kept_and_named_or_it_is_refused(
    format: str, options: dict[str, Any], tmp_path: Path, capfd: Captured
) -> None:
    first, *others = films(format, options)
    source = tmp_path / "film"
    source.write_bytes(content := b"".join([first, *others]))
    is_refused = format in ("AVIF", "JPEG2000", "TIFF")
    assert run(["apply", "blur", str(source), "--in-place"]) == int(is_refused)
    message = capfd.readouterr().err
    if is_refused:
        assert REFUSED in message
        assert source.read_bytes() == content
    else:
        assert "its further pictures went along without being filtered" in message
        assert source.read_bytes().endswith(b"".join(others))
        assert not source.read_bytes().startswith(first)


@pytest.mark.parametrize(("format", "options"), CODED)
def test_one_picture_is_filtered(format: str, options: dict[str, Any], tmp_path: Path) -> None:
    source = tmp_path / "one"
    source.write_bytes(films(format, options)[0])
    assert run(["apply", "blur", str(source), "--in-place"]) == 0


def test_a_large_file_is_looked_through_too(tmp_path: Path, capfd: Captured) -> None:
    content = encoded(picture(1, 1700, 1700, 3), "PNG", compress_level=0)
    for times in (1, 2):
        (tmp_path / "a.png").write_bytes(content * times)
        assert run(["apply", "identity", str(tmp_path / "a.png"), str(tmp_path / "b.bmp")]) == 0
    assert capfd.readouterr().err.count("cannot hold its further pictures: left out") == 1


def test_a_second_tiff_is_found_behind_any_number_of_strips(
    tmp_path: Path, capfd: Captured
) -> None:
    tifffile.imwrite(file := io.BytesIO(), picture(1, 40, 50_000), rowsperstrip=1)
    (tmp_path / "a.tif").write_bytes(file.getvalue() * 2)
    assert run(["apply", "identity", str(tmp_path / "a.tif"), str(tmp_path / "b.bmp")]) == 1
    assert REFUSED in capfd.readouterr().err


def test_a_preview_behind_a_jpeg_is_none_of_several_pictures() -> None:
    large, small = encoded(FILM[0], "JPEG"), encoded(FILM[1][:20, :30], "JPEG")
    assert imgconv("apply", "blur", "-", "-", given=large + small).returncode == 0


def test_pictures_that_a_jpeg_lists_are_none_of_several() -> None:
    first, *others = map(Image.fromarray, FILM)
    first.save(file := io.BytesIO(), "MPO", save_all=True, append_images=others)
    assert imgconv("apply", "blur", "-", "-", given=file.getvalue()).returncode == 0


@pytest.mark.parametrize("format", FORMATS)
def test_the_search_takes_no_time_that_grows_with_chances(format: str, tmp_path: Path) -> None:
    content = films(format, {})[0]
    (tmp_path / "a").write_bytes(content + content[:40] * 50_000)
    run(["apply", "blur", str(tmp_path / "a"), str(tmp_path / "b.bmp")])
