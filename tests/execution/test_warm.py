"""Compilation ahead of use."""

from __future__ import annotations

import platform
import subprocess
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from imgconv.cli.run import run
from imgconv.engines import ENGINES
from imgconv.execution.executor import filter_pixels
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit import code_cache, loader
from imgconv.kernels import generators
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.planning.settings import Settings

ROOT = Path(__file__).parents[2]

# The types of pixels, their channels, and the stored values of a pixel: Pillow's and of arrays.
LAYOUTS = [
    *[("uint8", "l", 1), ("uint8", "la", 4), ("uint8", "rgb", 4), ("uint8", "rgba", 4)],
    *[("uint8", "cmyk", 4), ("uint16", "l", 1), ("float32", "l", 1)],
    *product(MAXIMUM, ["012"], [3]),
    *product(MAXIMUM, ["la"], [2]),
    *product(MAXIMUM, ["rgba"], [4]),
]


def python(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)


@pytest.fixture(scope="module")
def warmed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of machine code after ``imgconv warm``."""
    folder = tmp_path_factory.mktemp("warmed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(code_cache.FOLDER_VARIABLE, str(folder))
        python("-m", "imgconv", "warm")
    return folder


def run_all_engines() -> None:
    """Run every engine alone and in a line of steps, on pixels of every type and layout."""
    tall, wide = Kernel(np.ones((3, 1)), 3), Kernel(np.ones((1, 3)), 3)
    large = Kernel(np.ones((301, 301)), 301**2)
    bell, soft = generators.gaussian(20), generators.gaussian(1)
    sharp = Kernel([[-1, 11, -1]], 9)
    for (dtype, channels, stored), engine in product(LAYOUTS, ENGINES):
        picture = Pixels(np.ones((9, 7, stored), dtype), tuple(channels))
        kernels = (bell, bell) if engine == "pyramid" else (tall, wide)
        one, several = Filter("one", kernels[:1]), Filter("several", kernels, "max", "abs")
        chains = [
            [one],
            [several, several],
            *([[Filter("large", (large,))]] * (engine == "running")),
            *([[Filter("soft", (soft,))]] * (engine in ("direct", "separable"))),
            *([[Filter("sharp", (sharp,))]] * (engine in ("direct", "separable"))),
        ]
        for filters, border in product(chains, BORDERS):
            if (engine, border) == ("pyramid", "none"):
                continue  # too few weights lie inside for its error
            for chosen in (None, frozenset(channels[:1])):
                how = Settings(Border(border), "full", None, chosen, engine, tolerance=5)
                filter_pixels(picture, filters, how)


@pytest.mark.slow
def test_after_warming_no_engine_compiles_anything_for_any_pixels(
    warmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(warmed))
    before = code_cache.cached_files()
    python("-c", "from tests.execution.test_warm import run_all_engines; run_all_engines()")
    assert code_cache.cached_files() == before


@pytest.mark.slow
def test_after_warming_no_shipped_filter_compiles_anything(
    warmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(warmed))
    before = code_cache.cached_files()
    script = (
        "import sys, imgconv; from PIL import Image; from imgconv.kernels import filter, library;"
        "modes = ('L', 'LA', 'RGB', 'RGBA', 'CMYK', 'I;16', 'F');"
        "pictures = [Image.new(mode, (9, 7)) for mode in modes];"
        "[imgconv.apply(picture, name, range=rule) for picture in pictures"
        " for name in library.names() if name != filter.WITH_PATH"
        " for rule in ('clamp', 'abs', 'offset', 'stretch')];"
        "sys.exit('numba' in sys.modules)"
    )
    python("-c", script)
    assert code_cache.cached_files() == before


@pytest.mark.slow
def test_after_warming_no_mixture_compiles_anything(
    warmed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(warmed))
    before = code_cache.cached_files()
    script = (
        "import sys, imgconv, numpy; from PIL import Image;"
        "modes = ('L', 'LA', 'RGB', 'RGBA', 'CMYK', 'I;16', 'F');"
        "pictures = [Image.new(mode, (9, 7)) for mode in modes];"
        "ones = numpy.ones((7, 9));"
        "ways = [{'mix': 50}, {'mask': ones}, {'mask': ones > 0, 'region': (1, 2, 3, 4)}];"
        "[imgconv.apply(picture, 'blur', linear=linear and picture.mode != 'CMYK', **how)"
        " for picture in pictures for how in ways for linear in (False, True)];"
        "sys.exit('numba' in sys.modules)"
    )
    python("-c", script)
    assert code_cache.cached_files() == before


@pytest.mark.slow
@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"),
    reason="code is linked on Linux and x86-64 only",
)
def test_all_that_is_compiled_is_linked(warmed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(warmed))
    for path in code_cache.cached_files():
        assert (code_cache.load(path.stem) or b"").startswith(loader.MAGIC), path.stem


def test_the_cache_is_shown_and_cleared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path))
    code_cache.store(f"one-{0:024x}", b"x" * 2000)
    code_cache.store(f"two-{1:024x}", b"x" * 2000)
    code_cache.store(f"snapshot-{2:024x}", b"x" * 2000)
    assert run(["cache"]) == 0
    assert capfd.readouterr().out == f"{tmp_path}: 2 loops, 1 snapshot, 6 KB\n"
    assert run(["cache", "--clear"]) == 0
    assert capfd.readouterr().out == f"{tmp_path}: 0 loops, 0 snapshots, 0 KB\n"


def test_compiling_is_announced_once_at_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from imgconv.cli.console import report_compiling
    from imgconv.jit import hooks

    for name in ("compiling", "not_cached", "workers"):
        monkeypatch.setattr(hooks, name, getattr(hooks, name))
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    report_compiling()
    hooks.compiling()
    hooks.compiling()
    output = capfd.readouterr().err
    assert output.count("\n") == 1 and "imgconv warm" in output


def test_warming_runs_in_this_process_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(["warm"]) == 0
    assert capfd.readouterr().err == ""


def test_a_bar_is_shown_on_a_terminal_for_work_that_takes_a_while(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from imgconv.cli import console

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with console.progress_bar() as tell:
        tell(1, 10)
    assert capfd.readouterr().err == "", "nothing is shown in the first second"
    monkeypatch.setattr(console, "PATIENCE", 0.0)
    with console.progress_bar() as tell:
        for done in range(1, 11):
            tell(done, 10)
    assert capfd.readouterr().err.count("\n") == 1
