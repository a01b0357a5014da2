"""Headers and pixels of Netpbm, apart from streams."""

from __future__ import annotations

import io

import numpy as np
import pytest

from imgconv.errors import ReadError
from imgconv.formats.netpbm import MAGICS, PnmHeader, encode_pixels, read_header
from imgconv.images.pixels import Pixels
from tests.support.pictures import noise

PAM = b"P7\nWIDTH 3\nHEIGHT 2\nDEPTH 4\nMAXVAL 1023\nTUPLTYPE RGB_ALPHA\nENDHDR\n"


@pytest.mark.parametrize(
    ("text", "header", "size"),
    [
        (b"P4\n9 2\n", PnmHeader(b"P4", 9, 2, 1, 1), 4),
        (b"P5 3 2 255\n", PnmHeader(b"P5", 3, 2, 1, 255), 6),
        (b"P5\n# a comment\n3 2\n256\n", PnmHeader(b"P5", 3, 2, 1, 256), 12),
        (b"P6\n3\t2 65535 ", PnmHeader(b"P6", 3, 2, 3, 65535), 36),
        (PAM, PnmHeader(b"P7", 3, 2, 4, 1023), 48),
    ],
)
def test_a_header_is_read_to_its_end_only(text: bytes, header: PnmHeader, size: int) -> None:
    source = io.BytesIO(text + b"pixels")
    assert read_header(source) == header
    assert header.size == size
    assert source.read() == b"pixels"


@pytest.mark.parametrize("text", [b"P5 3 2 255\n", b"P6\n#c\n3 2\n9\n", PAM])
def test_a_truncated_header_raises_eof_error(text: bytes) -> None:
    for length in range(3, len(text)):
        with pytest.raises(EOFError):
            read_header(io.BytesIO(text[:length]))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"P3 3 2 255\n", "no PNM"),
        (b"P5 3 x 255\n", "broken PNM header"),
        (b"P5 3 2 0\n", "1 channels up to 0"),
        (b"P6 3 2 65536\n", "3 channels up to 65536"),
        (b"P7\nWIDTH 3\nENDHDR\n", "broken PAM header"),
        (PAM.replace(b"DEPTH 4", b"DEPTH 5"), "5 channels"),
    ],
)
def test_a_broken_header_is_described_in_the_error(text: bytes, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        read_header(io.BytesIO(text))


@pytest.mark.parametrize("channels", ["l", "la", "rgb", "rgba"])
@pytest.mark.parametrize("maximum", [1, 255, 256, 65535])
def test_encoded_pixels_decode_to_the_same_values(channels: str, maximum: int) -> None:
    picture = noise(4, 5, channels, "uint8" if maximum < 256 else "uint16")
    levels = Pixels(picture.array.clip(0, maximum), picture.channels, maxval=maximum)
    source = io.BytesIO(b"".join(encode_pixels(levels)))
    header = read_header(source)
    assert header.magic == {"l": b"P5", "rgb": b"P6"}.get(channels, b"P7")
    back = header.pixels(bytearray(source.read()))
    assert (back.channels, back.maximum) == (levels.channels, maximum)
    np.testing.assert_array_equal(back.array, levels.array)
    assert b"".join(encode_pixels(levels, as_pam=True)).startswith(b"P7")
    assert header.magic in MAGICS
