"""JPEG 2000: what stays a codestream, colours that are neither sRGB nor grey, and orientation."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.containers import (
    jp2_box,
    jp2_boxes,
    jp2_comments,
    jp2_uuid,
    jp2_with,
    jp2_with_comments,
)
from tests.support.specimens import ICC, resolution, sample, saved

Captured = pytest.CaptureFixture[str]

ROMM = b"\1\0\0" + struct.pack(">I", 21)
TURNED = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"


def filtered(data: bytes, target: Path, *options: str) -> bytes:
    source = target.with_name("before.jp2")
    source.write_bytes(data)
    assert run(["apply", "identity", str(source), str(target), *options]) == 0
    return target.read_bytes()


def test_a_codestream_stays_one_unless_it_needs_boxes(tmp_path: Path) -> None:
    raw = jp2_with_comments(raw=True)
    assert filtered(raw, tmp_path / "after.jp2").startswith(b"\xff\x4f\xff\x51")
    source = tmp_path / "in.png"
    sample().save(source, icc_profile=ICC, dpi=(300, 150))
    assert run(["apply", "identity", str(source), str(tmp_path / "out.j2k")]) == 0
    made = (tmp_path / "out.j2k").read_bytes()
    assert jp2_boxes(b"colr", b"\2\0\0")(made) == [ICC]
    assert resolution(made) == [300, 150]
    assert jp2_comments(made) == []


def test_enumerated_colours_stay(tmp_path: Path) -> None:
    made = filtered(jp2_with(colour=ROMM), tmp_path / "after.jp2")
    assert jp2_boxes(b"colr")(made) == [ROMM]
    grey = filtered(jp2_with(colour=ROMM), tmp_path / "after.jp2", "--gray")
    assert jp2_boxes(b"colr")(grey) == [b"\1\0\0" + struct.pack(">I", 17)]


def test_boxes_that_would_be_wrong_are_named(tmp_path: Path, capsys: Captured) -> None:
    filtered(jp2_with(jp2_box(b"jpch", b"")), tmp_path / "after.jp2")
    assert "its box jpch cannot be carried along: left out" in capsys.readouterr().err


def test_strip_leaves_the_profile_alone(tmp_path: Path) -> None:
    boxes = jp2_uuid("iptc", b"who"), jp2_uuid("xmp", b"<x/>"), jp2_box(b"xml ", b"<y/>")
    data = jp2_with(*boxes, colour=b"\2\0\0" + ICC)
    made = filtered(data, tmp_path / "after.jp2", "--strip")
    assert jp2_boxes(b"uuid")(made) == jp2_boxes(b"xml ")(made) == []
    assert jp2_boxes(b"colr", b"\2\0\0")(made) == [ICC]


def test_a_turned_picture_becomes_upright_in_jpeg_2000_whose_readers_do_not_turn_it(
    tmp_path: Path,
) -> None:
    source = tmp_path / "in.png"
    sample().save(source, exif=TURNED)
    assert run(["apply", "identity", str(source), str(tmp_path / "out.jp2")]) == 0
    with Image.open(tmp_path / "out.jp2") as image:
        expected = np.rot90(np.asarray(sample()), -1)
        np.testing.assert_array_equal(np.asarray(image), expected)
    same = filtered(jp2_with(jp2_uuid("exif", TURNED)), tmp_path / "after.jp2")
    with Image.open(BytesIO(same)) as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(sample()))


def test_comments_go_to_other_formats(tmp_path: Path) -> None:
    made = filtered(jp2_with_comments((1, b"words"), (0, b"\0")), tmp_path / "after.jpg")
    with Image.open(BytesIO(made)) as image:
        assert image.info["comment"] == b"words"
    assert b"OpenJPEG" not in filtered(saved(sample(), "JPEG2000"), tmp_path / "after.jpg")
