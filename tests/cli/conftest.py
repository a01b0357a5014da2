"""Pictures that the tests of several commands share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import ramp


@pytest.fixture(name="ramp")
def ramp_file(tmp_path: Path) -> str:
    """The grey picture ``ramp`` as a file, of 16x12."""
    Image.fromarray(ramp().astype(np.uint8)).save(tmp_path / "a.png")
    return str(tmp_path / "a.png")
