"""Fixtures and settings for all tests."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

# As for the command: a further thread of BLAS mostly waits, in a loop that takes a core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image

from imgconv.jit import code_cache, parallel


def pytest_configure(config: pytest.Config) -> None:
    """Have Hypothesis draw 30 examples instead of 100 where slow tests are left out.

    Developers get other examples every time, CI the same ones for every submission. An example that
    fails becomes a test of its own.
    """
    is_ci = bool(os.environ.get("CI"))
    most = 30 if "not slow" in config.option.markexpr and not is_ci else 100
    settings.register_profile("ours", max_examples=most, deadline=None, derandomize=is_ci)
    settings.load_profile("ours")
    sys.dont_write_bytecode = False  # parsing all modules again takes each process 5 s


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for garbage, of which tests are none: 4 s less for each worker."""
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _private_folders(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[None]:
    """Keep the user's own filters, costs and manifests out of the tests, and theirs out of those.

    Compiled loops are cached beside pytest's own cache, for all workers and for the next session:
    each is compiled once. ``pytest --cache-clear`` deletes them.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("IMGCONV_STATE_DIR", str(tmp_path_factory.mktemp("state")))
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # commands start in half the time
        if code_cache.FOLDER_VARIABLE not in os.environ:
            assert pytestconfig.cache
            folder = pytestconfig.cache.mkdir("imgconv") / "compiled"
            patch.setenv(code_cache.FOLDER_VARIABLE, str(folder))
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_compile_workers() -> Iterator[None]:
    """Have a test process compile alone: a worker would import Numba anew for a loop or two."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parallel, "compile_workers", nullcontext)
        yield


@pytest.fixture(scope="session")
def shared_cache(_private_folders: None) -> Path:
    """The cache of compiled loops that all tests share but those that set another."""
    return code_cache.folder()


@pytest.fixture(autouse=True)
def _limit_of_pillow() -> Iterator[None]:
    """Restore Pillow's own limit of pixels, which the command sets for its process."""
    before = Image.MAX_IMAGE_PIXELS
    yield
    Image.MAX_IMAGE_PIXELS = before


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small picture, as a file."""
    path = tmp_path / "in.png"
    values = np.random.default_rng(1).integers(0, 256, (12, 17, 3), np.uint8)
    Image.fromarray(values).save(path)
    return path


@pytest.fixture
def a_picture(picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make ``a.png`` in an empty current folder."""
    monkeypatch.chdir(tmp_path)
    Path("a.png").write_bytes(picture.read_bytes())
