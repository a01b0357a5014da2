"""JPEG: tables, thumbnails, and what lies behind a picture or beside it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.cli.run import run
from tests.support.specimens import jpeg_component_tables, jpeg_with_tables


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
