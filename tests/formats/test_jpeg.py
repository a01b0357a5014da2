"""JPEG: tables, thumbnails, and what lies behind a picture or beside it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scipy.fft import dctn, idctn

from imgconv.cli.run import run
from tests.support.jpeg_specimens import (
    FILM,
    OTHER_VIEW,
    PREVIEW,
    behind,
    further_pictures,
    gain_map,
    jpeg_component_tables,
    jpeg_with,
    jpeg_with_pictures,
    jpeg_with_tables,
    segment,
    ultra_hdr,
)
from tests.support.specimens import info, sample, saved


def filtered(data: bytes, folder: Path, filter: str = "identity", *options: str) -> bytes:
    source, target = folder / "before.jpg", folder / "after.jpg"
    source.write_bytes(data)
    assert run(["apply", filter, str(source), str(target), *options]) == 0
    return target.read_bytes()


def pixels(data: bytes) -> np.ndarray:
    with Image.open(BytesIO(data)) as image:
        return np.asarray(image).astype(float)


@pytest.mark.parametrize(
    ("mode", "numbers", "ycck"),
    [
        ("RGB", (0, 1, 1), False),
        ("RGB", (0, 0, 0), False),
        ("RGB", (1, 0, 2), False),
        ("RGB", (0, 2, 2), False),
        ("RGB", (3, 0, 0), False),
        ("L", (2,), False),
        ("CMYK", (0, 0, 0, 0), False),
        ("CMYK", (0, 2, 0, 3), False),
        ("CMYK", (0, 1, 1, 0), True),
        ("CMYK", (2, 0, 0, 1), True),
    ],
)
def test_each_component_keeps_its_quantization_table(
    mode: str, numbers: tuple[int, ...], ycck: bool, tmp_path: Path
) -> None:
    before = jpeg_with_tables(mode, *numbers, ycck=ycck)
    after = filtered(before, tmp_path)
    assert jpeg_component_tables(after) == jpeg_component_tables(before)
    assert np.abs(pixels(after) - pixels(before)).mean() < 1


# From JFIF, section 7, and its inverse.
TO_YCC = np.array([[0.299, 0.587, 0.114], [-0.1687, -0.3313, 0.5], [0.5, -0.4187, -0.0813]])
CENTRE = (0, 128, 128)


def coded(plane: np.ndarray, table: list[int]) -> np.ndarray:
    """Return levels after their cosine transform, rounded to a table in blocks of 8 x 8."""
    height, width = plane.shape
    padded = np.pad(np.rint(plane) - 128, ((0, -height % 8), (0, -width % 8)), "edge")
    blocks = padded.reshape(len(padded) // 8, 8, -1, 8).swapaxes(1, 2)
    steps = np.array(table).reshape(8, 8)
    rounded = np.rint(dctn(blocks, axes=(2, 3), norm="ortho") / steps) * steps
    back = idctn(rounded, axes=(2, 3), norm="ortho").swapaxes(1, 2).reshape(padded.shape)
    levels: np.ndarray = np.rint(back[:height, :width] + 128).clip(0, 255)
    return levels


def coding_loss(inks: np.ndarray, tables: list[list[int]]) -> np.ndarray:
    """Return the mean error of each ink that is coded as YCCK at full size with these tables."""
    colours = np.moveaxis(inks[..., :3] @ TO_YCC.T + CENTRE, 2, 0)
    *found, black = map(coded, (*colours, inks[..., 3]), tables)
    centred = np.stack(found, axis=2) - CENTRE
    result = np.dstack([centred @ np.linalg.inv(TO_YCC).T, black])
    loss: np.ndarray = np.abs(np.rint(result).clip(0, 255) - inks).mean(axis=(0, 1))
    return loss


@pytest.mark.parametrize("quality", [75, 85, 95])
def test_subsampled_ycck_loses_as_much_as_its_tables_round(
    quality: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pillow can halve the colours of three channels only, so all are coded at full size.

    What is halved before is rounded anew then: colours, and from imagecodecs 2026.10 on black too.
    """
    codecs = pytest.importorskip("imagecodecs")
    inks = 255 - np.asarray(sample("CMYK").resize((240, 180)))
    kinds = {"colorspace": "CMYK", "outcolorspace": "YCCK", "subsampling": "420"}
    before = codecs.jpeg8_encode(inks, level=quality, **kinds)
    after = filtered(before, tmp_path)
    assert jpeg_component_tables(after) == jpeg_component_tables(before)
    errors = np.abs(pixels(after) - pixels(before)).mean(axis=(0, 1))
    loss = coding_loss(pixels(before), jpeg_component_tables(before)[0])
    assert (errors < loss + 0.01).all()
    assert "its subsampling cannot be carried along" in capsys.readouterr().err


def test_lossless_coding_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pillow writes none, and such files have no quantization tables."""
    codecs = pytest.importorskip("imagecodecs")
    array = np.asarray(sample()).copy()
    after = filtered(codecs.jpeg8_encode(array, lossless=True), tmp_path)
    assert np.abs(pixels(after) - array).mean() < 4
    assert "its lossless coding cannot be carried along" in capsys.readouterr().err


TRAILERS = {
    "film": FILM,
    "a maker's": b"\0\0\x31\x0aSEFHown words" + bytes(9) + b"SEFT",
    "one byte": b"\0",
    "a picture": saved(sample("L"), "JPEG"),
    "ends": b"\xff\xd9\xff\xd9",
}


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("filter", ["identity", "blur"])
@pytest.mark.parametrize("name", TRAILERS)
def test_a_trailer_is_carried_as_it_is(
    name: str, filter: str, progressive: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = saved(sample(), "JPEG", progressive=progressive) + TRAILERS[name]
    after = filtered(before, tmp_path, filter)
    assert after.endswith(b"\xff\xd9" + TRAILERS[name])
    assert len(after) < len(before) + 2000
    assert ("its film went along without being filtered" in capsys.readouterr().err) == (
        name == "film"
    )
    assert in_place(before, tmp_path, filter) == after
    assert b"ftyp" not in filtered(before, tmp_path, filter, "--strip")


def in_place(data: bytes, folder: Path, filter: str, *options: str, code: int = 0) -> bytes:
    path = folder / "place.jpg"
    path.write_bytes(data)
    assert run(["apply", filter, str(path), "--in-place", *options]) == code
    return path.read_bytes()


def test_an_end_inside_a_segment_ends_no_picture(tmp_path: Path) -> None:
    before = jpeg_with(segment(0xEB, b"\xff\xd9\xff\xd9")) + FILM
    assert filtered(before, tmp_path, "blur").endswith(b"\xff\xd9" + FILM)


@pytest.mark.parametrize("film", [b"", FILM])
def test_a_gain_map_is_left_out_with_every_claim_of_it(
    film: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ultra_hdr(film)
    assert further_pictures(before) == [gain_map()]
    after = filtered(before, tmp_path, "blur")
    assert "its gain map cannot be carried along: left out" in capsys.readouterr().err
    assert behind(after) == film
    assert not any(claim in after for claim in (b"hdrgm", b"GainMap", b"21496", b"MPF\0"))
    xmp = info("xmp")(after)
    assert isinstance(xmp, bytes)
    assert xmp.count(b"<rdf:li>") == xmp.count(b"</rdf:li>") == 2
    assert b'Semantic="MotionPhoto" Item:Length="%d"' % len(film) in xmp
    assert b'GCamera:MotionPhoto="1"><Container' in xmp


def test_a_gain_map_is_not_lost_in_place_without_consent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = ultra_hdr(FILM)
    assert in_place(before, tmp_path, "blur", code=1) == before
    assert "its gain map cannot be carried along; give --drop-extras" in capsys.readouterr().err
    for option in ("--drop-extras", "--strip"):
        after = in_place(before, tmp_path, "blur", option)
        assert behind(after) == (FILM if option == "--drop-extras" else b"")
        assert b"hdrgm" not in after


def test_a_gain_map_is_claimed_in_no_other_format(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jpg").write_bytes(ultra_hdr(FILM))
    assert run(["apply", "blur", str(tmp_path / "a.jpg"), str(tmp_path / "a.png")]) == 0
    assert b"hdrgm" not in (tmp_path / "a.png").read_bytes()
    assert "PNG cannot hold its gain map, film: left out" in capsys.readouterr().err


@pytest.mark.parametrize("order", [">", "<"])
def test_further_pictures_are_carried_and_found_again(
    order: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    views = [saved(sample(mode), "JPEG") for mode in ("L", "RGB")]
    before = jpeg_with_pictures(
        (OTHER_VIEW, views[0]),
        (PREVIEW, saved(sample("L").resize((9, 5)), "JPEG")),
        (OTHER_VIEW, views[1]),
        trailer=FILM,
        order=order,
    )
    assert len(further_pictures(before)) == 3
    after = filtered(before, tmp_path, "blur")
    assert further_pictures(after) == views
    assert behind(after) == views[0] + views[1] + FILM
    error = capsys.readouterr().err
    assert "its preview cannot be carried along: left out" in error
    assert "its further pictures, film went along without being filtered" in error
    assert in_place(before, tmp_path, "blur") == after  # the picture holds what the preview does
    assert further_pictures(filtered(before, tmp_path, "blur", "--strip")) == []


@pytest.mark.slow
def test_a_damaged_index_spoils_no_trailer(tmp_path: Path) -> None:
    view = saved(sample("L"), "JPEG")
    before = jpeg_with_pictures((OTHER_VIEW, view), trailer=FILM)
    index = before.index(b"MPF\0") + 4
    for at in range(index, index + 90):
        for value in (0, 0xFF):
            data = bytearray(before)
            data[at] = value
            (tmp_path / "a.jpg").write_bytes(data)
            code = run(["apply", "identity", str(tmp_path / "a.jpg"), str(tmp_path / "b.jpg")])
            assert code in (0, 1)
            assert code or (tmp_path / "b.jpg").read_bytes().endswith(view + FILM)


def test_further_pictures_are_frames_in_other_formats(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A preview is none: it is the picture itself, only smaller."""
    views = [(OTHER_VIEW, saved(sample(), "JPEG")), (PREVIEW, saved(sample("L"), "JPEG"))]
    for pictures, number in ((views[:1], 2), (views[1:], 1)):
        (tmp_path / "a.jpg").write_bytes(jpeg_with_pictures(*pictures))
        assert run(["apply", "identity", str(tmp_path / "a.jpg"), str(tmp_path / "a.tif")]) == 0
        with Image.open(tmp_path / "a.tif") as image:
            assert image.n_frames == number  # type: ignore[attr-defined]
        assert capsys.readouterr().err == ""
        assert run(["apply", "identity", str(tmp_path / "a.jpg"), str(tmp_path / "a.bmp")]) == 0
        assert ("BMP holds one picture; 1 more" in capsys.readouterr().err) == (number == 2)
