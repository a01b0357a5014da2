"""Messages of other libraries about a file are printed in our own lines only."""

from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

PILLOW_ALONE = """
import sys
from PIL import Image
try:
    Image.open(sys.argv[1]).load()
except (OSError, SyntaxError):
    pass
"""


def encoded(format: str, **options: str) -> bytearray:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(buffer, format, **options)
    return bytearray(buffer.getvalue())


def animation_without_frames() -> bytes:
    """A PNG that claims to be an animation of no frames: Pillow warns."""
    content = b"acTL" + bytes(8)
    chunk = struct.pack(">I", 8) + content + struct.pack(">I", zlib.crc32(content))
    whole = encoded("PNG")
    return bytes(whole[:33] + chunk + whole[33:])


def with_many_samples() -> bytes:
    """A TIFF of 9999 samples a pixel: Pillow logs."""
    data = encoded("TIFF")
    entry = data.index(struct.pack("<HHI", 277, 3, 1))
    data[entry + 8 : entry + 10] = struct.pack("<H", 9999)
    return bytes(data)


def with_broken_strip() -> bytes:
    """A TIFF whose pixels are not deflated: libtiff prints an error."""
    data = encoded("TIFF", compression="tiff_adobe_deflate")
    data[8:12] = bytes(4)
    return bytes(data)


@pytest.mark.parametrize("make", [animation_without_frames, with_many_samples, with_broken_strip])
def test_only_our_own_lines_are_printed(make: Callable[[], bytes], tmp_path: Path) -> None:
    path, out = str(tmp_path / "in.picture"), str(tmp_path / "out.png")
    Path(path).write_bytes(make())
    alone = subprocess.run(
        [sys.executable, "-c", PILLOW_ALONE, path], capture_output=True, check=True
    )
    assert alone.stderr
    command = [sys.executable, "-m", "imgconv", "apply", "blur", path, out]
    done = subprocess.run(command, capture_output=True, check=False)
    assert all(line.startswith(b"imgconv: ") for line in done.stderr.splitlines())
    assert done.stderr.count(b"\n") == 1
