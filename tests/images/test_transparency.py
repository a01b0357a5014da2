"""Transparency becomes alpha: transparent colours at every depth, palettes, and files."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import imgconv
from imgconv.cli.run import run
from imgconv.errors import UsageError
from imgconv.images.frames import decoded, filterable

GREY, RGB, PALETTE = 0, 2, 3


def png(depth: int, kind: int, row: bytes, width: int, **chunks: bytes) -> bytes:
    """A PNG of one row, its levels packed as they are in a file."""
    header = struct.pack(">IIBBBBB", width, 1, depth, kind, 0, 0, 0)
    body = {"IHDR": header, **chunks, "IDAT": zlib.compress(b"\0" + row), "IEND": b""}
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in body.items():
        data += struct.pack(">I", len(content)) + name.encode() + content
        data += struct.pack(">I", zlib.crc32(name.encode() + content))
    return data


def packed(levels: list[int], depth: int) -> bytes:
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def grey(depth: int, levels: list[int], key: int) -> bytes:
    return png(depth, GREY, packed(levels, depth), len(levels), tRNS=struct.pack(">H", key))


def alpha_of(data: bytes) -> list[int]:
    with Image.open(BytesIO(data)) as image:
        result = imgconv.apply(image, "identity")
    alpha: list[int] = np.asarray(result)[0, :, -1].tolist()
    return alpha


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_a_transparent_grey_is_found_at_every_depth(depth: int) -> None:
    levels = list(range(min(1 << depth, 16)))
    for key in levels:
        expected = [0 if level == key else 255 for level in levels]
        assert alpha_of(grey(depth, levels, key)) == expected


@pytest.mark.parametrize("depth", [2, 4, 8])
def test_higher_bits_of_a_transparent_grey_do_not_count(depth: int) -> None:
    assert alpha_of(grey(depth, [0, 1, 2, 3], 1 + (1 << depth))) == [255, 0, 255, 255]


def test_a_transparent_colour_of_rgb() -> None:
    data = png(8, RGB, bytes(range(9)), 3, tRNS=struct.pack(">HHH", 3, 4, 5))
    assert alpha_of(data) == [255, 0, 255]


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_entries_of_a_palette_may_be_half_transparent(depth: int) -> None:
    alpha = [0, 85, 170, 255][: 1 << depth]
    levels = list(range(len(alpha)))
    colours = bytes(range(30, 30 + 3 * len(alpha)))
    data = png(depth, PALETTE, packed(levels, depth), len(levels), PLTE=colours, tRNS=bytes(alpha))
    assert alpha_of(data) == alpha


def test_apply_leaves_the_transparent_colour_of_its_argument() -> None:
    with Image.open(BytesIO(grey(2, [0, 1, 2, 3], 2))) as image:
        first = imgconv.apply(image, "identity")
        assert image.info["transparency"] == 2
        assert np.asarray(first)[0, :, 1].tolist() == [255, 255, 0, 255]


def test_an_image_without_a_transparent_colour_is_not_copied() -> None:
    image = Image.new("L", (3, 2))
    assert decoded(image) is image


def test_16_bit_grey_with_a_transparent_grey_is_refused_by_apply() -> None:
    image = Image.open(BytesIO(grey(16, [1, 256, 65535], 256)))
    with pytest.raises(UsageError, match="no mode holds"):
        imgconv.apply(image, "blur")


LEVELS = [0, 255, 256, 257, 30000, 65535]


def test_16_bit_grey_with_a_transparent_grey_keeps_both_with_the_codec(tmp_path: Path) -> None:
    imagecodecs = pytest.importorskip("imagecodecs")
    (tmp_path / "in.png").write_bytes(grey(16, LEVELS, 256))
    assert run(["apply", "identity", str(tmp_path / "in.png"), str(tmp_path / "out.png")]) == 0
    result = imagecodecs.png_decode((tmp_path / "out.png").read_bytes())
    assert result[0].tolist() == [[level, 0 if level == 256 else 65535] for level in LEVELS]


def test_16_bit_grey_with_a_transparent_grey_is_refused_without_the_codec(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imgconv.formats.deep.have_codecs", lambda names: False)
    source, target = tmp_path / "in.png", tmp_path / "out.png"
    source.write_bytes(grey(16, LEVELS, 256))
    for options in ([], ["--allow-8-bit"]):
        assert run(["apply", "identity", str(source), str(target), *options]) == 1
        assert not target.exists()


# Half of each picture is red and can be seen, half is blue and cannot.
def halves(mode: str) -> Image.Image:
    red, blue = ((255, 0, 0), (0, 0, 255)) if mode in ("RGB", "RGBA", "P", "PA") else (200, 40)
    base = {"RGBA": "RGB", "LA": "L", "PA": "RGB", "P": "RGB"}.get(mode, mode)
    image = Image.new(base, (16, 4), red)
    image.paste(blue, (8, 0, 16, 4))
    if mode in ("RGBA", "LA"):
        mask = Image.new("L", (16, 4), 255)
        mask.paste(0, (8, 0, 16, 4))
        image.putalpha(mask)
    elif mode in ("P", "PA"):
        image = image.quantize(2)
        image.info["transparency"] = image.getpixel((15, 0))
        image = image.convert("PA") if mode == "PA" else image
    else:
        image.info["transparency"] = blue
    return image


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "PA"])
def test_colours_of_transparent_pixels_do_not_bleed(mode: str) -> None:
    image = halves(mode)
    result = np.asarray(imgconv.apply(image, "blur:2")).astype(int)
    seen = np.asarray(filterable(image))[0, 0, :-1]
    visible = result[result[..., -1] > 0]
    assert 0 < result[0, 8, -1] < 255, "alpha is averaged"
    assert np.abs(visible[:, :-1] - seen).max() <= 1
    straight = np.asarray(imgconv.apply(image, "blur:2", straight_alpha=True)).astype(int)
    np.testing.assert_array_equal(straight[..., -1], result[..., -1])
    assert np.abs(straight[0, 8, :-1] - seen).max() > 50


@pytest.mark.parametrize(
    ("suffix", "mode"), [(".png", "P"), (".png", "RGB"), (".png", "L"), (".gif", "P")]
)
def test_files_with_transparent_colours_come_out_without_fringes(
    tmp_path: Path, suffix: str, mode: str
) -> None:
    source, target = tmp_path / f"in{suffix}", tmp_path / "out.png"
    image = halves(mode)
    image.save(source, transparency=image.info["transparency"])
    with Image.open(source) as written:
        assert "transparency" in written.info
    assert run(["apply", "blur:2", str(source), str(target)]) == 0
    with Image.open(target) as written:
        result = np.asarray(written.convert("RGBA")).astype(int)
    expected = np.asarray(image.convert("RGBA"))[0, 0, :3]
    assert np.abs(result[result[..., 3] > 0][:, :3] - expected).max() <= 1
    assert run(["apply", "blur:2", str(source), str(target), "--straight-alpha"]) == 0
    with Image.open(target) as written:
        straight = np.asarray(written.convert("RGBA")).astype(int)
    assert np.abs(straight[0, 8, :3] - expected).max() > 50


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA", "P", "PA"])
def test_converting_to_grey_keeps_alpha(mode: str) -> None:
    result = np.asarray(filterable(halves(mode), gray=True))
    assert result.shape == (4, 16, 2)
    assert result[0, :, 1].tolist() == [255] * 8 + [0] * 8
