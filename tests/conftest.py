"""What holds for all tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

# Whoever works on imgconv draws other examples every time; a submission is judged by the same ones
# however often it is tried. What chance finds becomes a test of its own.
settings.register_profile("CI", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("CI")


@pytest.fixture(autouse=True, scope="session")
def _no_settings_of_whoever_runs_the_tests(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Filters and costs of a user's own would change what is planned."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("IMGCONV_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small picture, as a file."""
    path = tmp_path / "in.png"
    values = np.random.default_rng(1).integers(0, 256, (12, 17, 3), np.uint8)
    Image.fromarray(values).save(path)
    return path
