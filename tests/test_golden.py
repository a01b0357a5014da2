"""Golden pictures: stored results of every filter on a small piece of a photograph.

They show a change that no one meant to make. ``REGENERATE=1`` rewrites them: only on purpose.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv.api import apply
from imgconv.kernels import library

GOLDEN = Path(__file__).parent / "golden"
PIECE = Image.open(Path(__file__).parent.parent / "sample_images" / "chelsea.png").crop(
    (100, 60, 164, 108)
)
# All filters but the one whose mask is a picture.
NAMES = sorted({path.stem for path in library.shipped_folder().glob("*.toml")} - {"freq-mask"})


@pytest.mark.parametrize("name", NAMES)
def test_a_filter_gives_its_golden_picture(name: str) -> None:
    result = apply(PIECE, name)
    path = GOLDEN / f"{name}.png"
    if os.environ.get("REGENERATE"):
        path.parent.mkdir(exist_ok=True)
        result.save(path)
    difference = np.abs(np.asarray(result, np.int16) - np.asarray(Image.open(path), np.int16))
    assert difference.max() <= 1, "another processor may round a tie the other way, not more"


def test_no_golden_picture_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.png")) == NAMES
