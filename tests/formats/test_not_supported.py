"""Sound files that are unusual are read, or refused by a line that does not call them damaged."""

from __future__ import annotations

import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from imgconv.cli.run import run
from imgconv.errors import DamagedError, ReadError
from imgconv.formats import deep, reader
from imgconv.images.frames import frame_pixels
from tests.support.processes import as_ordinary_user
from tests.support.specimens import sample, saved

RGB = np.asarray(sample()).copy()


def tiff(array: NDArray[Any], **options: Any) -> bytes:
    file = BytesIO()
    kind = options.pop("photometric", "rgb" if array.ndim == 3 else "minisblack")
    tifffile.imwrite(file, array, photometric=kind, metadata=None, **options)
    return file.getvalue()


def read(data: bytes, folder: Path) -> NDArray[Any]:
    (folder / "in").write_bytes(data)
    pixels = frame_pixels(reader.read(str(folder / "in")).frames[0])
    return pixels.array[..., : len(pixels.channels)]


# Each with what makes it lossless.
COMPRESSIONS: dict[str, dict[str, Any]] = {
    "webp": {"lossless": True},
    "jpeg2000": {"level": 0},
    "jpegxl": {"lossless": True},
    "jpegxr": {"level": 1.0},
    "lerc": {"level": 0},
    "png": {},
    "lzma": {},
    "zstd": {},
}
EIGHT_BITS = ("webp", "jpegxr")


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_tiffs_are_read_whatever_packs_them(name: str, tmp_path: Path) -> None:
    how = {"compression": name, "compressionargs": COMPRESSIONS[name]}
    found = read(tiff(RGB, **how), tmp_path)
    assert np.array_equal(found, RGB)
    if name not in EIGHT_BITS:
        wide = RGB.astype(np.uint16) * 257
        assert np.array_equal(read(tiff(wide, **how), tmp_path), wide)


@pytest.mark.parametrize("name", COMPRESSIONS)
def test_without_codecs_such_a_tiff_is_read_or_names_them(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    data = tiff(RGB, compression=name, compressionargs=COMPRESSIONS[name])
    monkeypatch.setattr(deep, "load_codec", missing)
    try:
        found = read(data, tmp_path)
    except DamagedError as error:
        pytest.fail(str(error))
    except ReadError as error:
        assert "pip install imagecodecs tifffile" in str(error)
    else:
        assert np.array_equal(found, RGB)


@pytest.mark.parametrize("bits", range(2, 17))
def test_tiffs_of_any_depth_up_to_16_bits_are_read(bits: int, tmp_path: Path) -> None:
    stored = np.uint8 if bits <= 8 else np.uint16
    values: NDArray[Any] = np.linspace(0, (1 << bits) - 1, 24 * 18).astype(stored).reshape(18, 24)
    for array in (values, np.dstack([values] * 3)):
        packing = {} if bits in (8, 16) else {"bitspersample": bits}
        found = read(tiff(array, **packing), tmp_path).squeeze().astype(float)
        white = found.max()
        assert np.abs(found / white - array / ((1 << bits) - 1)).max() < 1 / 255


@pytest.mark.parametrize("planar", ["contig", "separate"])
@pytest.mark.parametrize("kind", [0, 2])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_cmyk_with_a_further_channel_is_read(
    dtype: str, kind: int, planar: str, tmp_path: Path
) -> None:
    array = np.dstack([RGB, RGB[..., :2]]).astype(dtype)
    stored = np.moveaxis(array, 2, 0) if planar == "separate" else array
    data = tiff(stored, photometric="separated", planarconfig=planar, extrasamples=[kind])
    assert np.array_equal(read(data, tmp_path), array)


def jpeg_of_frame(marker: int) -> bytes:
    """Return a JPEG whose frame claims another coding; its codes do not count."""
    return saved(sample(), "JPEG").replace(b"\xff\xc0", bytes((0xFF, marker)))


CODINGS: dict[str, Callable[[], bytes]] = {
    "JPEG-LS behind other segments": lambda: b"\xff\xd8\xff\xfe\0\2\xff\xf7\0\x0b" + bytes(9),
    "hierarchical JPEG": lambda: jpeg_of_frame(0xC5),
    "lossless JPEG with arithmetic coding": lambda: jpeg_of_frame(0xCB),
}


@pytest.mark.parametrize("name", CODINGS)
def test_codings_of_jpeg_that_no_decoder_here_has_are_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReadError, match=f"{name} is not supported; convert it to PNG") as raised:
        read(CODINGS[name](), tmp_path)
    assert not isinstance(raised.value, DamagedError)


@pytest.mark.parametrize("name", ["a.png", "folder"])
def test_a_link_to_itself_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).symlink_to(tmp_path / name)
    assert run(["apply", "blur", str(tmp_path / name), str(tmp_path / "b.png")]) == 1
    error = capsys.readouterr().err
    assert f"{name}: it is a link to itself; check the path" in error
    assert "damaged" not in error


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="the system has no users")
@pytest.mark.parametrize("name", ["folder", "file.png"])
def test_places_that_the_user_may_not_read_are_named(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with TemporaryDirectory() as open_to_all:  # where pytest's own folder is not
        top = Path(open_to_all)
        top.chmod(0o777)
        place, other, target = top / name, top / "other.png", f"{top}/out/"
        place.mkdir() if name == "folder" else sample().save(place)
        sample().save(other)
        for source in (other, place):  # imports all that another user could not
            run(["apply", "identity", str(source), target])
        place.chmod(0)
        capsys.readouterr()
        with as_ordinary_user():
            assert run(["apply", "identity", str(place), target]) == 1
        place.chmod(0o700)
    assert f"{place}: Permission denied; check the path" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError("could not create decoder object"), "could not create decoder object"),
        (ValueError("not enough values to unpack (expected 3, got 2)"), "its parts contradict"),
        (IndexError("string index out of range"), "its parts contradict each other"),
        (TypeError("'NoneType' object is not iterable"), "its parts contradict each other"),
        (ValueError("5"), "its parts contradict each other"),
    ],
)
def test_reasons_are_about_the_file_and_not_about_python(error: Exception, reason: str) -> None:
    assert reader._reason(error, []).startswith(reason)
