"""Films in a pipe."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv import streams
from imgconv.api import apply
from imgconv.errors import ReadError
from imgconv.picture import Pixels

Film = NDArray[np.uint8]


def noise(*shape: int, dtype: str = "uint8") -> NDArray[np.uint8]:
    high = np.iinfo(dtype).max
    return np.random.default_rng(7).integers(0, high, shape, dtype, endpoint=True)


def pnm(film: Film) -> bytes:
    """Each picture of a film (pictures, height, width, channels) as PGM, PPM or PAM."""
    _, height, width, depth = film.shape
    maximum = np.iinfo(film.dtype).max
    if depth in (1, 3):
        header = f"P{5 if depth == 1 else 6}\n{width} {height}\n{maximum}\n"
    else:
        kind = {2: "GRAYSCALE_ALPHA", 4: "RGB_ALPHA"}[depth]
        header = (
            f"P7\nWIDTH {width}\nHEIGHT {height}\nDEPTH {depth}\nMAXVAL {maximum}\n"
            f"TUPLTYPE {kind}\nENDHDR\n"
        )
    stored = film.astype(film.dtype.newbyteorder(">"))
    return b"".join(header.encode() + picture.tobytes() for picture in stored)


def y4m(planes: list[Film], words: str, width: int, height: int) -> bytes:
    film = f"YUV4MPEG2 W{width} H{height} F25:1 Ip {words}\n".encode()
    for picture in zip(*planes, strict=True):
        film += b"FRAME\n" + b"".join(plane.tobytes() for plane in picture)
    return film


def piped(film: bytes, filter: Callable[[Pixels], Pixels], keeps_flat: bool = True) -> bytes:
    source, target = io.BufferedReader(cast(io.RawIOBase, io.BytesIO(film))), io.BytesIO()
    stream = streams.recognise(source)
    assert stream is not None
    streams.run(stream, filter, keeps_flat, target)
    return target.getvalue()


def with_filter(text: str) -> Callable[[Pixels], Pixels]:
    return lambda pixels: Pixels(apply(pixels.array, text), pixels.channels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_every_picture_comes_out_filtered_in_order_and_in_its_form(depth: int, dtype: str) -> None:
    film = noise(11, 6, 9, depth, dtype=dtype)
    expected = np.stack([apply(picture, "blur") for picture in film])
    assert piped(pnm(film), with_filter("blur")) == pnm(expected)


def test_pictures_of_a_film_may_differ_in_size() -> None:
    small, large = noise(1, 3, 4, 3), noise(1, 9, 8, 3)
    film = pnm(small) + pnm(large) + pnm(small)
    assert piped(film, lambda pixels: pixels) == film


def test_comments_and_other_white_space_may_stand_in_a_header() -> None:
    picture = noise(1, 2, 3, 1)
    film = b"P5 # a comment\n 3\t2\n# 9 9\n255\n" + picture.tobytes()
    assert piped(film, lambda pixels: pixels) == pnm(picture)


def test_an_extent_may_change_the_size() -> None:
    film = noise(2, 6, 9, 3)
    result = piped(pnm(film), lambda p: Pixels(apply(p.array, "blur", extent="valid"), p.channels))
    assert result.startswith(b"P6\n7 4\n255\n")


@pytest.mark.parametrize(
    ("film", "said"),
    [
        (pnm(noise(2, 4, 5, 3))[:-1], "ends inside"),
        (pnm(noise(1, 4, 5, 3)) + b"P6\n5", "ends inside"),
        (pnm(noise(1, 4, 5, 3)) + b"GIF89a", "no PNM"),
        (b"P6\n5 x\n255\n", "broken PNM header"),
        (b"P6\n0 5\n255\n", "0x5"),
        (b"P6\n99999999 99999999\n255\n", "99999999x99999999"),
        (b"P6\n5 5\n77\n", "up to 77"),
        (b"P7\nWIDTH 3\nENDHDR\n", "broken PAM header"),
        (b"P7\nWIDTH 3\n", "ends inside"),
        (b"YUV4MPEG2 H3\n", "broken YUV4MPEG2"),
        (b"YUV4MPEG2 W3 H3 C420p10\n", "kind 420p10"),
        (b"YUV4MPEG2 W2 H2 Cmono\nFRAME\nabc", "ends inside"),
        (b"YUV4MPEG2 W2 H2 Cmono\nFRAM\n", "ends inside"),
    ],
)
def test_a_broken_film_is_said_to_be_so(film: bytes, said: str) -> None:
    with pytest.raises(ReadError, match=said):
        piped(film, lambda pixels: pixels)


def test_what_is_no_film_is_not_touched() -> None:
    source = io.BufferedReader(cast(io.RawIOBase, io.BytesIO(b"\x89PNG and more")))
    assert streams.recognise(source) is None
    assert source.read() == b"\x89PNG and more"
    assert streams.recognise(cast(BinaryIO, io.BytesIO(b"P6\n"))) is None


SMALLER = {"420jpeg": (2, 2), "420mpeg2": (2, 2), "422": (1, 2), "411": (1, 4), "444": (1, 1)}


@pytest.mark.parametrize("size", [(8, 8), (7, 9)])
@pytest.mark.parametrize("kind", SMALLER)
def test_a_filter_that_keeps_everything_keeps_a_film(kind: str, size: tuple[int, int]) -> None:
    (height, width), (down, across) = size, SMALLER[kind]
    small = (5, -(-height // down), -(-width // across))
    planes = [noise(5, height, width), noise(*small), noise(*small)]
    film = y4m(planes, f"C{kind}", width, height)
    assert piped(film, with_filter("identity")) == film


def test_a_blur_is_as_wide_in_the_colour_planes_as_in_brightness() -> None:
    light, edge = np.full((1, 16, 16), 128, np.uint8), np.full((1, 8, 8), 50, np.uint8)
    edge[..., 4:] = 200
    film = piped(y4m([light, edge, edge], "C420", 16, 16), with_filter("blur:2"))
    colour = np.frombuffer(film, np.uint8)[-64:].reshape(8, 8)[0]
    large = apply(edge[0].repeat(2, 0).repeat(2, 1), "blur:2").astype(int)
    assert np.abs(colour - large.reshape(8, 2, 8, 2).mean((1, 3))[0]).max() <= 0.5


def test_edges_are_shown_in_grey_within_the_range_of_film() -> None:
    light, colour = noise(1, 8, 8), noise(1, 4, 4)
    film = piped(y4m([light, colour, colour], "C420", 8, 8), with_filter("sobel"), keeps_flat=False)
    planes = np.frombuffer(film, np.uint8)[-96:]
    assert (planes[64:] == 128).all()
    expected = np.minimum(apply(light[0], "sobel"), 219) + 16
    np.testing.assert_array_equal(planes[:64].reshape(8, 8), expected)


def test_a_film_in_grey_has_one_plane() -> None:
    film = y4m([noise(3, 4, 6)], "Cmono", 6, 4)
    assert piped(film, with_filter("identity")) == film


def test_the_size_of_a_yuv_film_stays() -> None:
    film = y4m([noise(1, 4, 6)], "Cmono", 6, 4)
    with pytest.raises(ReadError, match="keep their size"):
        piped(film, lambda p: Pixels(apply(p.array, "blur", extent="full"), p.channels))


def imgconv(*words: str, given: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "imgconv", "apply", *words, "-", "-"]
    return subprocess.run(command, input=given, capture_output=True, check=False)


def test_a_film_goes_through_the_command_in_one_process() -> None:
    film = noise(9, 20, 30, 3)
    done = imgconv("blur", given=pnm(film))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == pnm(np.stack([apply(picture, "blur") for picture in film]))


def test_a_film_may_be_made_grey() -> None:
    done = imgconv("blur", "--gray", given=pnm(noise(2, 20, 30, 3)))
    assert done.stdout.count(b"P5\n30 20\n255\n") == 2


def test_the_pictures_before_a_break_are_written_and_the_break_is_told() -> None:
    film = pnm(noise(2, 20, 30, 3))
    done = imgconv("identity", given=film[:-5])
    assert done.returncode == 1
    assert done.stdout == film[: len(film) // 2]
    assert done.stderr.count(b"\n") == 1 and b"ends inside" in done.stderr


def test_one_pnm_may_become_another_format(tmp_path: Path) -> None:
    done = imgconv("identity", "--format", "png", given=pnm(noise(1, 20, 30, 3)))
    assert done.stdout.startswith(b"\x89PNG")
