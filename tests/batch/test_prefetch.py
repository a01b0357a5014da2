"""Reading the first picture ahead."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgconv.batch.prefetch import ReadAhead
from imgconv.errors import ReadError


def test_the_picture_is_given_once_and_read_anew_after_that(tmp_path: Path) -> None:
    Image.new("L", (3, 2), 9).save(tmp_path / "a.png")
    Image.new("L", (4, 2), 9).save(tmp_path / "b.png")
    ahead = ReadAhead(str(tmp_path / "a.png"))
    assert ahead(str(tmp_path / "b.png")).frames[0].size == (4, 2)
    first = ahead(str(tmp_path / "a.png"))
    assert first.frames[0].size == (3, 2)
    assert ahead(str(tmp_path / "a.png")) is not first


def test_what_went_wrong_is_told_when_the_picture_is_asked_for() -> None:
    ahead = ReadAhead("missing.png")
    with pytest.raises(ReadError, match=r"missing\.png"):
        ahead("missing.png")


def test_a_header_is_read_without_numpy() -> None:
    """It takes time and memory that a picture which is refused need not cost."""
    script = "import sys; import imgconv.batch.prefetch; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_a_header_that_is_no_good_is_told_at_once_where_nothing_else_is_read() -> None:
    with pytest.raises(ReadError, match=r"missing\.png"):
        ReadAhead("missing.png", only=True)
