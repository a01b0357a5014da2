"""Limits on the size of pictures: checked by the header, before memory is taken."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.errors import LimitError, ReadError, UsageError
from imgconv.execution import estimate
from imgconv.execution.executor import filter_pixels
from imgconv.formats import limits, reader
from imgconv.formats.limits import check_header, parse_pixels
from imgconv.formats.reader import open_header
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.planning.settings import Settings
from imgconv.system import available_memory

Captured = pytest.CaptureFixture[str]

MEGABYTE = 2**20

# Bits and Pillow's kind of colour of what a PNG may hold.
BLACK_AND_WHITE, GREY, COLOUR, PALETTE = (1, 0), (8, 0), (8, 2), (1, 3)
SAMPLES = {0: 1, 2: 3, 3: 1}


def chunk(kind: bytes, content: bytes) -> bytes:
    whole = kind + content
    return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))


def packed_zeros(count: int) -> bytes:
    """Return zeros packed by zlib (RFC 1950): one packed megabyte again and again, and the rest."""
    megabytes, rest = divmod(count, MEGABYTE)
    packer, last = (zlib.compressobj(9, wbits=-15) for _ in range(2))
    megabyte = packer.compress(bytes(MEGABYTE)) + packer.flush(zlib.Z_FULL_FLUSH)
    checksum = struct.pack(">2H", count % 65521, 1)
    return b"\x78\xda" + megabyte * megabytes + last.compress(bytes(rest)) + last.flush() + checksum


def blank_png(width: int, height: int, kind: tuple[int, int], extra: bytes = b"") -> bytes:
    """Return a blank PNG, packed as well as possible."""
    bits, colour = kind
    rows = packed_zeros(height * (1 + -(-width * bits * SAMPLES[colour] // 8)))
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    palette = chunk(b"PLTE", bytes(6)) if colour == 3 else b""
    body = chunk(b"IHDR", header) + extra + palette + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.slow
@pytest.mark.skipif(available_memory.free_memory() < 12e9, reason="it takes 9 GB")
def test_a_picture_too_large_for_a_block_is_filtered(tmp_path: Path) -> None:
    side, source, target = 23_171, tmp_path / "in.ppm", tmp_path / "out.ppm"
    head, length = b"P6 %d %d 255\n" % (side, side), side * side * 3
    with source.open("wb") as file:  # black, and as a file without blocks on most systems
        file.write(head)
        file.truncate(len(head) + length)
        file.seek(-3, 2)
        file.write(b"\xff\x80\x09")
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "--max-pixels", "600M"]
    subprocess.run([*command, str(source), str(target)], check=True)
    with target.open("rb") as file:
        assert file.seek(0, 2) == len(head) + length
        file.seek(-6, 2)
        # Edges are repeated, so the last pixel counts four times, and twice beside it.
        assert [*file.read()] == [57, 28, 2, 113, 57, 4]


def test_plan_takes_max_pixels(capsys: Captured) -> None:
    assert run(["plan", "blur", "30000x20000"]) == 2
    assert "--max-pixels" in capsys.readouterr().err
    assert run(["plan", "blur", "30000x20000", "--max-pixels", "600M"]) == 0
    assert "30000x20000" in capsys.readouterr().out


@pytest.fixture
def within_150_mb() -> Iterator[list[str]]:
    """Return the beginning of a command that runs as under ``ulimit -v 150000``."""
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (150 << 20, 150 << 20))"
    start = "import sys; sys.argv[0] = 'imgconv'; from imgconv.__main__ import main; main()"
    yield [sys.executable, "-c", f"{limit}; {start}", "apply", "blur"]


@pytest.mark.parametrize(
    ("width", "height", "kind"), [(10500, 10500, COLOUR), (18000, 18000, BLACK_AND_WHITE)]
)
def test_a_bomb_is_refused_in_little_memory(
    width: int, height: int, kind: tuple[int, int], within_150_mb: list[str], tmp_path: Path
) -> None:
    bomb, out = tmp_path / "bomb.png", tmp_path / "out.png"
    bomb.write_bytes(blank_png(width, height, kind))
    done = subprocess.run([*within_150_mb, str(bomb), str(out)], capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.decode().startswith(f"imgconv: {bomb}: {width * height:,} pixels in ")
    assert b"decompression bomb" in done.stderr
    assert b"--max-pixels" in done.stderr
    assert done.stderr.count(b"\n") == 1
    assert not out.exists()


def test_a_compressed_profile_or_text_of_200_mb_is_refused(
    within_150_mb: list[str], tmp_path: Path
) -> None:
    path, out = tmp_path / "p.png", tmp_path / "out.png"
    for name in (b"iCCP", b"zTXt"):
        packed = chunk(name, b"name\0\0" + packed_zeros(200 * MEGABYTE))
        path.write_bytes(blank_png(8, 8, GREY, packed))
        done = subprocess.run(
            [*within_150_mb, str(path), str(out)], capture_output=True, check=False
        )
        assert done.returncode == 1
        assert done.stderr.startswith(b"imgconv: ")
        assert done.stderr.count(b"\n") == 1
        assert not out.exists()


def refused(content: bytes, tmp_path: Path, max_pixels: int | None = None) -> str | None:
    """Return the problem for which a picture is refused by its header, if it is."""
    path = tmp_path / "p"
    path.write_bytes(content)
    with path.open("rb") as file:
        image = open_header(file)
        assert isinstance(image, Image.Image)
        try:
            check_header(image, len(content), max_pixels)
        except ReadError as error:
            return error.problem
    return None


def test_blank_scans_and_drawings_are_not_taken_for_bombs(tmp_path: Path) -> None:
    blank_scan_a3_600 = blank_png(7016, 9921, GREY)
    drawing = blank_png(13244, 9000, BLACK_AND_WHITE) + bytes(40_000)
    with_palette = blank_png(13244, 9000, PALETTE) + bytes(40_000)
    for content in (blank_scan_a3_600, drawing, with_palette):
        assert refused(content, tmp_path) is None


def test_max_pixels_allows_a_bomb_up_to_its_size(tmp_path: Path) -> None:
    bomb = blank_png(12000, 12000, BLACK_AND_WHITE)
    assert "bomb" in str(refused(bomb, tmp_path))
    assert refused(bomb, tmp_path, 144_000_000) is None
    assert "more than the 143,999,999 allowed" in str(refused(bomb, tmp_path, 143_999_999))


def animated(format: str, frames: int) -> bytes:
    buffer = io.BytesIO()
    first, *others = [Image.new("L", (10, 10), 9 * number) for number in range(frames)]
    first.save(buffer, format, save_all=True, append_images=others, duration=40)
    return buffer.getvalue()


@pytest.mark.parametrize("format", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_pixels_of_all_frames_count(format: str, tmp_path: Path) -> None:
    assert refused(animated(format, 7), tmp_path, 700) is None
    assert "700 pixels" in str(refused(animated(format, 7), tmp_path, 699))


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_page_larger_than_the_first_counts_its_own_pixels(tmp_path: Path) -> None:
    path = tmp_path / "p.tif"
    large = Image.new("L", (100, 100))
    Image.new("L", (10, 10)).save(path, save_all=True, append_images=[large])
    with pytest.raises(ReadError, match="10,100 pixels"):
        reader.read(str(path), reader.ReadOptions(10_099))
    assert len(reader.read(str(path), reader.ReadOptions(10_100)).frames) == 2


def test_a_frame_larger_than_its_screen_is_refused(tmp_path: Path) -> None:
    """Its own header, which is read after that of the picture, has the size."""
    data = bytearray(animated("GIF", 2))
    at = data.rindex(b"\x2c\0\0\0\0\x0a\0\x0a\0")
    data[at + 5 : at + 9] = b"\xff\xff\xff\xff"
    (tmp_path / "p.gif").write_bytes(data)
    with pytest.raises(ReadError, match="pixels"):
        reader.read(str(tmp_path / "p.gif"))


def test_a_picture_that_does_not_fit_into_memory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = blank_png(9000, 9000, COLOUR)
    monkeypatch.setattr(limits, "free_memory", lambda: 700e6)
    assert refused(content, tmp_path) is None
    monkeypatch.setattr(limits, "free_memory", lambda: 500e6)
    problem = refused(content, tmp_path)
    assert problem == "it takes about 648 MB of memory, and 500 MB are free"


def test_filtering_that_does_not_fit_into_memory_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = Pixels(np.zeros((400, 3000, 3), np.uint8), ("r", "g", "b"))
    wide = library.find("gaussian:500")
    monkeypatch.setattr(estimate, "free_memory", lambda: 70e6)
    with pytest.raises(LimitError, match=r"takes about \d+ MB of memory, and 70 MB are free"):
        filter_pixels(pixels, wide, Settings(engine="separable", threads=2))
    assert filter_pixels(pixels, library.find("blur"), Settings()).clipped == 0


def test_an_endless_pipe_without_a_picture_is_not_read_on(
    within_150_mb: list[str], tmp_path: Path
) -> None:
    command = [*within_150_mb[:-2], "apply", "identity", "-", str(tmp_path / "out.png")]
    command[2] = command[2].replace("150 << 20", "1500 << 20")
    with Path("/dev/zero").open("rb") as endless:
        done = subprocess.run(command, stdin=endless, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"imgconv: standard input: not a picture in a known format")


def test_an_endless_picture_in_a_pipe_is_refused_when_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Endless(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, into: bytearray) -> int:  # type: ignore[override]
            into[:] = (b"GIF89a" * (len(into) // 6 + 1))[: len(into)]
            return len(into)

    endless = io.BufferedReader(Endless())  # type: ignore[type-var]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(endless))
    monkeypatch.setattr(limits, "free_memory", lambda: 200e6)
    with pytest.raises(ReadError, match=r"standard input: it takes about 2\d\d MB"):
        reader.read("-")


@pytest.mark.parametrize(
    ("text", "pixels"),
    [("1", 1), ("500000000", 500_000_000), ("500M", 500_000_000), ("1.5g", 1_500_000_000)],
)
def test_a_number_of_pixels_may_have_a_unit(text: str, pixels: int) -> None:
    assert parse_pixels(text) == pixels


@pytest.mark.parametrize("text", ["", "0", "-1", "M", "1T", "nan", "1e9", "0.1", "٣"])
def test_an_invalid_number_of_pixels_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="is no number of pixels"):
        parse_pixels(text)


def test_max_pixels_limits_the_command_line(tmp_path: Path, capfd: Captured) -> None:
    Image.new("L", (30, 30)).save(tmp_path / "a.png")
    words = ["apply", "identity", str(tmp_path / "a.png"), str(tmp_path / "b.png")]
    assert run([*words, "--max-pixels", "899"]) == 1
    assert "900 pixels are more than the 899 allowed" in capfd.readouterr().err
    assert run([*words, "--max-pixels", "1k"]) == 0
    assert run([*words, "--max-pixels", "many"]) == 2


@pytest.mark.parametrize(
    ("suffix", "longest"), [(".jpg", 65_500), (".gif", 65_535), (".webp", 16_383)]
)
def test_a_side_longer_than_the_format_holds_is_refused_in_one_line(
    suffix: str, longest: int, tmp_path: Path, capfd: Captured
) -> None:
    source, out = tmp_path / "in.png", tmp_path / f"out{suffix}"
    for length, code in ((longest, 0), (longest + 1, 1)):
        out.unlink(missing_ok=True)
        Image.new("L", (length, 1)).save(source)
        assert run(["apply", "identity", str(source), str(out)]) == code
        said = capfd.readouterr().err
        assert said.count("\n") == code
        assert out.exists() != code
    assert "only up to" in said


def test_an_absurd_resolution_is_left_out(tmp_path: Path, capfd: Captured) -> None:
    source, out = tmp_path / "in.bmp", tmp_path / "out.tif"
    Image.new("L", (8, 8)).save(source)
    data = bytearray(source.read_bytes())
    data[38:46] = b"\xff\xff\xff\x7f" * 2
    source.write_bytes(data)
    assert run(["apply", "identity", str(source), str(out)]) == 0
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "beginning",
    [
        b"P6\n3000 3000\n255\n",
        b"P7\nWIDTH 3000\nHEIGHT 3000\nDEPTH 3\nMAXVAL 255\nENDHDR\n",
        b"YUV4MPEG2 W3000 H3000 F25:1\n",
    ],
)
def test_a_stream_of_too_large_pictures_is_refused_by_its_header(
    beginning: bytes, tmp_path: Path, capfd: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    def piped(beginning: bytes, *options: str) -> str:
        source = io.BufferedReader(io.BytesIO(beginning))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(source))
        run(["apply", "blur", "-", str(tmp_path / "out.y4m"), *options])
        return capfd.readouterr().err

    huge = beginning.replace(b"3000", b"30000")
    assert "standard input: 900,000,000 pixels are more than the 500,000,000 allowed" in piped(huge)
    assert "9,000,000 pixels are more than the 8,000,000" in piped(beginning, "--max-pixels", "8M")
    assert "pixels are more" not in piped(beginning, "--max-pixels", "9M")
