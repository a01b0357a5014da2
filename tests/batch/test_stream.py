"""Films in a pipe."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import PIPE
from typing import BinaryIO, cast

import numpy as np
import pytest

from imgconv.api import apply
from imgconv.batch import stream as streams
from imgconv.errors import ReadError
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.planning.settings import Settings
from tests.support.films import (
    HANGS,
    MAXIMA,
    SMALLER,
    buffered,
    imgconv,
    levels_up_to,
    noise,
    pnm,
    y4m,
)
from tests.support.processes import wait_until


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
def test_pictures_of_a_stream_are_filtered_in_order_and_keep_their_format(
    depth: int, dtype: str
) -> None:
    film = noise(11, 6, 9, depth, dtype=dtype)
    expected = np.stack([apply(picture, "blur") for picture in film])
    assert piped(pnm(film), with_filter("blur")) == pnm(expected)


def filter_of(text: str, rule: str | None = None) -> Callable[[Pixels], Pixels]:
    """Return a filter that is given the whole record of the pixels, with their maximum."""
    return lambda p: filter_pixels(p, library.find(text), Settings(range=rule)).pixels


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
@pytest.mark.parametrize("maximum", MAXIMA)
def test_any_maximum_and_every_level_survive(maximum: int, depth: int) -> None:
    film = pnm(levels_up_to(maximum, 2, 6, 9, depth), maximum)
    assert piped(film, filter_of("identity")) == film


@pytest.mark.parametrize("maximum", [*MAXIMA, 255, 65535])
@pytest.mark.parametrize("rule", ["clamp", "abs", "offset"])
def test_the_levels_of_a_result_go_from_0_to_the_maximum(rule: str, maximum: int) -> None:
    picture = levels_up_to(maximum, 1, 6, 9, 1)
    levels = np.pad(picture.astype(float), ((0, 0), (0, 0), (1, 0), (0, 0)), "edge")
    sums = 5 * levels[:, :, :-1] - 3 * levels[:, :, 1:]
    shown = {"clamp": sums, "abs": np.abs(sums), "offset": sums + (maximum + 1) / 2}[rule]
    expected = np.floor(shown.clip(0, maximum) + 0.5).astype(picture.dtype)
    assert (expected == maximum).any()
    assert piped(pnm(picture, maximum), filter_of("5 -3", rule)) == pnm(expected, maximum)


def test_a_picture_is_stretched_up_to_its_maximum() -> None:
    picture = levels_up_to(1023, 1, 6, 9, 1)
    result = piped(pnm(picture, 1023), filter_of("1 -1", "stretch"))
    values = np.frombuffer(result[-picture.nbytes :], ">u2")
    assert (values.min(), values.max()) == (0, 1023)


def test_black_and_white_pictures_come_out_as_grey() -> None:
    bits = noise(2, 5, 11, 1) & 1
    film = b"".join(b"P4\n11 5\n" + np.packbits(p[..., 0], axis=1).tobytes() for p in bits)
    assert piped(film, filter_of("identity")) == pnm(np.where(bits, 0, 255).astype(np.uint8))


def test_a_stream_of_several_formats_keeps_them() -> None:
    picture = noise(1, 4, 5, 3)
    pam = b"P7\nWIDTH 5\nHEIGHT 4\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n" + picture.tobytes()
    film = (pnm(picture) + pam) * 9
    assert piped(film, filter_of("identity")) == film


@pytest.mark.parametrize("white", [b"\n", b"\r\n \t\n"])
def test_white_space_behind_a_picture_is_ignored(white: bytes) -> None:
    film = pnm(noise(2, 4, 5, 3))
    assert piped(film + white, filter_of("identity")) == film
    assert piped(film + white + film, filter_of("identity")) == film + film


def test_pictures_of_a_stream_may_differ_in_size() -> None:
    small, large = noise(1, 3, 4, 3), noise(1, 9, 8, 3)
    film = pnm(small) + pnm(large) + pnm(small)
    assert piped(film, lambda pixels: pixels) == film


def test_comments_and_other_white_space_may_stand_in_a_header() -> None:
    picture = noise(1, 2, 3, 1)
    film = b"P5 # a comment\n 3\t2\n# 9 9\n255\n" + picture.tobytes()
    expected = b"P5\n# a comment\n# 9 9\n" + pnm(picture)[3:]
    assert piped(film, lambda pixels: pixels) == expected


def test_an_extent_may_change_the_size() -> None:
    film = noise(2, 6, 9, 3)
    result = piped(pnm(film), lambda p: Pixels(apply(p.array, "blur", extent="valid"), p.channels))
    assert result.startswith(b"P6\n7 4\n255\n")


@pytest.mark.parametrize(
    ("film", "message"),
    [
        (pnm(noise(2, 4, 5, 3))[:-1], "ends inside"),
        (pnm(noise(1, 4, 5, 3)) + b"P6\n5", "ends inside"),
        (pnm(noise(1, 4, 5, 3)) + b"GIF89a", "no PNM"),
        (b"P6\n5 x\n255\n", "broken PNM header"),
        (b"P6\n0 5\n255\n", "0x5"),
        (b"P6\n99999999 99999999\n255\n", "9,999,999,800,000,001 pixels"),
        (b"P6\n5 5\n65536\n", "up to 65536"),
        (b"P7\nWIDTH 3\nENDHDR\n", "broken PAM header"),
        (b"P7\nWIDTH 3\n", "ends inside"),
        (b"YUV4MPEG2 H3\n", "broken YUV4MPEG2"),
        (b"YUV4MPEG2 W3 H3 C420p10\n", "kind 420p10"),
        (b"YUV4MPEG2 W2 H2 Cmono\nFRAME\nabc", "ends inside"),
        (b"YUV4MPEG2 W2 H2 Cmono\nFRAM\n", "ends inside"),
    ],
)
def test_a_broken_stream_is_an_error(film: bytes, message: str) -> None:
    with pytest.raises(ReadError, match=message):
        piped(film, lambda pixels: pixels)


def test_no_byte_is_consumed_where_there_is_no_stream() -> None:
    source = io.BufferedReader(cast(io.RawIOBase, io.BytesIO(b"\x89PNG and more")))
    assert streams.recognise(source) is None
    assert source.read() == b"\x89PNG and more"
    assert streams.recognise(cast(BinaryIO, io.BytesIO(b"P6\n"))) is None


@pytest.mark.parametrize("size", [(8, 8), (7, 9)])
@pytest.mark.parametrize("kind", SMALLER)
def test_the_identity_keeps_a_yuv_stream(kind: str, size: tuple[int, int]) -> None:
    (height, width), (down, across) = size, SMALLER[kind]
    small = (5, -(-height // down), -(-width // across))
    planes = [noise(5, height, width), noise(*small), noise(*small)]
    film = y4m(planes, f"C{kind}", width, height)
    assert piped(film, with_filter("identity")) == film


def test_a_blur_is_as_wide_in_chroma_as_in_luma() -> None:
    light, edge = np.full((1, 16, 16), 128, np.uint8), np.full((1, 8, 8), 50, np.uint8)
    edge[..., 4:] = 200
    film = piped(y4m([light, edge, edge], "C420", 16, 16), with_filter("blur:2"))
    colour = np.frombuffer(film, np.uint8)[-64:].reshape(8, 8)[0]
    large = apply(edge[0].repeat(2, 0).repeat(2, 1), "blur:2").astype(int)
    assert np.abs(colour - large.reshape(8, 2, 8, 2).mean((1, 3))[0]).max() <= 0.5


def test_edges_are_grey_and_within_the_range_of_video_levels() -> None:
    light, colour = noise(1, 8, 8), noise(1, 4, 4)
    film = piped(y4m([light, colour, colour], "C420", 8, 8), with_filter("sobel"), keeps_flat=False)
    planes = np.frombuffer(film, np.uint8)[-96:]
    assert (planes[64:] == 128).all()
    expected = np.minimum(apply(light[0], "sobel"), 219) + 16
    np.testing.assert_array_equal(planes[:64].reshape(8, 8), expected)


def test_a_grey_stream_has_one_plane() -> None:
    film = y4m([noise(3, 4, 6)], "Cmono", 6, 4)
    assert piped(film, with_filter("identity")) == film


def test_a_yuv_stream_must_keep_its_size() -> None:
    film = y4m([noise(1, 4, 6)], "Cmono", 6, 4)
    with pytest.raises(ReadError, match="keep their size"):
        piped(film, lambda p: Pixels(apply(p.array, "blur", extent="full"), p.channels))


def test_the_command_filters_a_stream() -> None:
    film = noise(9, 20, 30, 3)
    done = imgconv("blur", given=pnm(film))
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == pnm(np.stack([apply(picture, "blur") for picture in film]))


def test_a_stream_may_be_made_grey() -> None:
    done = imgconv("blur", "--gray", given=pnm(noise(2, 20, 30, 3)))
    assert done.stdout.count(b"P5\n30 20\n255\n") == 2


def test_the_whole_pictures_of_a_truncated_stream_are_written() -> None:
    film = pnm(noise(2, 20, 30, 3))
    done = imgconv("identity", given=film[:-5])
    assert done.returncode == 1
    assert done.stdout == film[: len(film) // 2]
    assert done.stderr.count(b"\n") == 1 and b"ends inside" in done.stderr


@pytest.mark.parametrize("name", ["out.ppm", "out.pnm", "out.pgm", "out.pam"])
def test_a_stream_may_go_into_a_file(name: str, tmp_path: Path) -> None:
    film = pnm(noise(9, 20, 30, 3))
    done = imgconv("identity", given=film, target=str(tmp_path / name))
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert (tmp_path / name).read_bytes() == film


@pytest.mark.skipif(not hasattr(os, "fchown"), reason="the system has no such modes")
def test_nobody_else_reads_a_film_while_it_replaces_a_private_one(tmp_path: Path) -> None:
    target = tmp_path / "out.ppm"
    target.touch(mode=0o600)
    film = pnm(noise(9, 6, 9, 3))
    command = [sys.executable, "-m", "imgconv", "apply", "identity", "-", str(target)]
    with subprocess.Popen(command, stdin=PIPE) as process:
        assert process.stdin
        process.stdin.write(film[: len(film) // 2])
        process.stdin.flush()
        wait_until(lambda: len([*tmp_path.iterdir()]) == 2)
        modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        process.stdin.write(film[len(film) // 2 :])
    assert modes == {0o600}
    assert (target.stat().st_mode & 0o777, target.read_bytes()) == (0o600, film)


def test_a_yuv_stream_may_go_into_a_file(tmp_path: Path) -> None:
    film = y4m([noise(3, 4, 6)], "Cmono", 6, 4)
    done = imgconv("identity", given=film, target=str(tmp_path / "out.y4m"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out.y4m").read_bytes() == film


def test_a_truncated_stream_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "out.ppm").write_bytes(b"what was there")
    film = pnm(noise(9, 20, 30, 3))
    done = imgconv("identity", given=film[:-5], target=str(tmp_path / "out.ppm"))
    assert done.returncode == 1
    assert done.stderr.count(b"\n") == 1 and b"ends inside" in done.stderr
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"out.ppm": b"what was there"}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device of Linux")
@pytest.mark.parametrize("args", [["identity"], ["identity", "--format", "bmp"]])
def test_a_full_output_is_one_error(args: list[str]) -> None:
    command = [sys.executable, "-m", "imgconv", "apply", *args, "-", "-"]
    with Path("/dev/full").open("wb") as full:
        film = pnm(noise(1, 20, 30, 3))
        done = subprocess.run(command, input=film, stdout=full, stderr=PIPE, env=buffered())
    assert (done.returncode, done.stderr.count(b"\n")) == (1, 1)
    assert b"standard output: cannot be written" in done.stderr


def test_an_interrupt_ends_a_stream_that_waits_for_its_next_picture() -> None:
    film = pnm(noise(1, 20, 30, 3))
    command = [sys.executable, "-m", "imgconv", "apply", "identity", "-", "-"]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, stderr=PIPE) as process:
        assert process.stdin and process.stdout and process.stderr
        process.stdin.write(film)
        process.stdin.flush()
        assert process.stdout.read(len(film)) == film
        process.send_signal(signal.SIGINT)
        assert process.wait(HANGS) == 130
        assert process.stderr.read() == b""


@pytest.mark.parametrize("args", [["identity", "-"], ["identity", "--format", "bmp", "-"]])
def test_an_interrupt_ends_a_run_whose_result_is_not_taken(args: list[str], tmp_path: Path) -> None:
    (tmp_path / "film.ppm").write_bytes(pnm(noise(9, 1000, 1000, 3)))
    command = [sys.executable, "-m", "imgconv", "apply", *args, "-"]
    with (
        (tmp_path / "film.ppm").open("rb") as film,
        subprocess.Popen(command, stdin=film, stdout=PIPE, stderr=PIPE, env=buffered()) as process,
    ):
        assert process.stdout
        process.stdout.read(1)
        process.send_signal(signal.SIGINT)
        try:
            assert process.wait(HANGS) == 130
        finally:
            process.kill()
