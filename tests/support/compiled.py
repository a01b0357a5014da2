"""Caches of compiled loops from which some are missing."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from imgconv.jit import code_cache
from tests.support.command_line import imgconv


def cache_without(shared: Path, folder: Path, *loops: str) -> None:
    """Make a cache of all code that blurring an RGB picture takes, but for these loops.

    ``shared`` is the cache of the session, in which they are compiled if it lacks them.
    """
    folder.mkdir(mode=0o700)
    picture = folder.with_suffix(".png")
    Image.new("RGB", (9, 7)).save(picture)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(code_cache.FOLDER_VARIABLE, str(shared))
        assert imgconv("apply", "blur", "--in-place", str(picture)).returncode == 0
    for path in shared.glob("*.o"):
        if path.name.split("-")[0] not in (*loops, "snapshot"):
            with suppress(FileNotFoundError):  # another process may have deleted it
                shutil.copy2(path, folder)
