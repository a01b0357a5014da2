"""Directories of TIFF and EXIF are read and written unchanged, and broken ones do no harm."""

from __future__ import annotations

import random
import struct
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import WriteError
from imgconv.formats.tiff_ifd import (
    SHORT,
    Directory,
    Entry,
    Reader,
    decode_exif,
    encode_exif,
    join_pages,
)
from tests.support.covering import with_slow
from tests.support.specimens import EXIF, LARGE_EXIF, sample, saved
from tests.support.tiff_specimens import tiff_pages

WORDS = Entry(2, 6, b"words\0")


def read(data: bytes) -> list[Directory]:
    return Reader(BytesIO(data)).pages()


@pytest.mark.parametrize("data", [EXIF, LARGE_EXIF])
def test_exif_decodes_to_what_was_encoded(data: bytes) -> None:
    directory = decode_exif(data)
    again = decode_exif(encode_exif(directory))
    assert again == directory
    assert {0x8769, 0x8825} <= again.keys()


def test_pillow_reads_encoded_exif_like_the_original() -> None:
    before, after = Image.Exif(), Image.Exif()
    before.load(EXIF)
    after.load(encode_exif(decode_exif(EXIF)))
    assert dict(before) == dict(after)
    for tag in (0x8769, 0x8825):
        assert before.get_ifd(tag) == after.get_ifd(tag)


@pytest.mark.parametrize(
    ("type_", "form", "numbers"),
    [
        (3, "H", (1, 2, 515)),
        (4, "I", (1, 70_000)),
        (5, "I", (1, 3, 70_000, 9)),
        (8, "h", (-5, 5)),
        (11, "f", (0.5,)),
        (12, "d", (0.25, -3.5)),
        (7, "B", (1, 2, 3, 4, 5)),
    ],
)
def test_both_byte_orders_give_the_same_directory(
    type_: int, form: str, numbers: tuple[int, ...]
) -> None:
    """The same directory in both orders."""
    values = []
    for order, mark in (("<", b"II*\0"), (">", b"MM\0*")):
        data = struct.pack(f"{order}{len(numbers)}{form}", *numbers)
        count = len(numbers) // 2 if type_ == 5 else len(numbers)
        value = data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(order + "I", 26)
        entry = struct.pack(order + "HHI", 270, type_, count) + value
        head = mark + struct.pack(order + "IH", 8, 1)
        (directory,) = read(head + entry + struct.pack(order + "I", 0) + data)
        values.append(directory)
    assert values[0] == values[1] != {}


def test_bigtiff_is_read() -> None:
    classic = read(saved(sample(), "TIFF", tiffinfo={270: "words"}))
    big = read(saved(sample(), "TIFF", tiffinfo={270: "words"}, big_tiff=True))
    assert big[0][270] == classic[0][270] == WORDS


def test_pages_are_joined_with_their_tags() -> None:
    files = [saved(page, "TIFF", compression="tiff_lzw") for page in (sample(), sample("L"))]
    data = join_pages(files, [{270: WORDS}, {297: Entry(SHORT, 2, b"\1\0\2\0")}])
    with Image.open(BytesIO(data)) as image:
        assert image.tag_v2[270] == "words"  # type: ignore[attr-defined]
        assert np.array_equal(np.asarray(image), np.asarray(sample()))
        image.seek(1)
        assert image.tag_v2[297] == (1, 2)  # type: ignore[attr-defined]
        assert 270 not in image.tag_v2  # type: ignore[attr-defined]
        assert np.array_equal(np.asarray(image), np.asarray(sample("L")))


def test_tags_that_store_no_pixels_are_removed_unless_they_are_added() -> None:
    data = join_pages([saved(sample(), "TIFF", tiffinfo={270: "words"})], [{}])
    assert 270 not in read(data)[0]


def test_a_cycle_of_pages_ends() -> None:
    entry = struct.pack("<HHI4s", 270, 2, 4, b"abc\0")
    circle = b"II*\0" + struct.pack("<IH", 8, 1) + entry + struct.pack("<I", 8)
    assert len(read(circle)) == 1


def test_endlessly_nested_directories_are_left_out() -> None:
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    nested = b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    depth, directory = 0, read(nested)[0]
    while isinstance(below := directory.get(0x8769), dict):
        depth, directory = depth + 1, below
    assert depth <= 2


def test_overlapping_values_take_no_more_memory_than_the_file() -> None:
    count, size = 60, 10_000
    entries = b"".join(
        struct.pack("<HHII", 40_000 + number, 7, size, 800 + number) for number in range(count)
    )
    head = b"II*\0" + struct.pack("<IH", 8, count)
    data = (head + entries + bytes(4)).ljust(800 + count + size, b"x")
    values = read(data)[0].values()
    assert 0 < sum(len(value.data) for value in values if isinstance(value, Entry)) <= len(data)


@pytest.mark.parametrize("seed", with_slow([3], slow=[1, 2]))
def test_no_truncation_and_no_changed_byte_raises(seed: int) -> None:
    dice = random.Random(seed)
    for data in (EXIF, tiff_pages(), saved(sample(), "TIFF", exif=EXIF, big_tiff=True)):
        for length in range(0, len(data), 5):
            read(data[:length])
        for _ in range(500):
            changed = bytearray(data)
            for _ in range(dice.randrange(1, 4)):
                changed[dice.randrange(len(data))] = dice.choice((0, 1, 255, dice.randrange(256)))
            for page in read(bytes(changed)):
                assert read(encode_exif(page))[0].keys() <= page.keys()


def test_a_file_of_more_than_4_gb_is_a_write_error(monkeypatch: pytest.MonkeyPatch) -> None:
    data = saved(sample(), "TIFF")
    monkeypatch.setattr(
        "imgconv.formats.tiff_ifd._encode_directory", lambda *given: struct.pack("B", 256)
    )
    with pytest.raises(WriteError, match="4 GB"):
        join_pages([data], [{}])


@pytest.mark.parametrize("lengths", [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_directories_stand_at_even_offsets(lengths: tuple[int, int]) -> None:
    files = [saved(sample(), "TIFF") + bytes(length) for length in lengths]
    data = join_pages(files, [{270: WORDS}, {}])
    (first,) = struct.unpack_from("<I", data, 4)
    assert first % 2 == 0
    with Image.open(BytesIO(data)) as image:
        for number in (0, 1):
            image.seek(number)
            assert np.array_equal(np.asarray(image), np.asarray(sample()))
