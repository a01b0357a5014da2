"""The code cache between runs: used only if it is intact, and filled by one process."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from imgconv.jit import code_cache, loader
from tests.support.covering import with_slow

# Run a loop in a new process, or two, or filter a picture, which takes many: print the bytes of the
# result, and whether compilers were imported.
LOOP = """
import numpy
from imgconv.execution.stages.load import copy
picture = numpy.arange(7 * 9, dtype=numpy.uint8).reshape(7, 9)
result = numpy.zeros_like(picture)
copy(picture, result)
"""
TWO_LOOPS = """
import numpy
from imgconv.execution.stages.load import copy
picture = numpy.arange(7 * 9, dtype=numpy.uint8).reshape(7, 9)
floats, result = numpy.zeros((7, 9), numpy.float32), numpy.zeros((7, 9), numpy.uint8)
copy(picture.astype(numpy.float32), floats)
copy(floats.astype(numpy.uint8), result)
"""
FILTER = """
import numpy, imgconv
picture = numpy.arange(7 * 9, dtype=numpy.uint8).reshape(7, 9)
result = imgconv.apply(picture, "blur")
"""
PRINT = """
import sys
print(result.tobytes().hex(), "numba" in sys.modules, "llvmlite" in sys.modules)
"""

# Lets that process start compile workers, as the command line does.
WITH_WORKERS = "from imgconv.cli.console import report_compiling; report_compiling()"

# Functions that may fail, and the error that they raise then.
OBSTACLES = {
    "llvm cannot load": ("jit.object_code", "address", "RuntimeError"),
    "nothing can be linked": ("jit.linker", "link", "NotImplementedError"),
    "no memory can be executable": ("jit.loader", "load_flat", "PermissionError"),
    "numba has other parts": ("jit.compiler", "_optimized_assembly", "TypeError"),
}

# On other systems LLVM loads the code.
IS_LINKED = sys.platform == "linux" and platform.machine() == "x86_64"


class Needed(NamedTuple):
    """The pixels of the result, and whether compilers were imported."""

    pixels: str
    numba: bool
    llvm: bool


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def filled_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the machine code of a run."""
    folder = tmp_path_factory.mktemp("kept") / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(code_cache.FOLDER_VARIABLE, str(folder))
        assert run() == cold()
    return folder


@pytest.fixture
def full(cache: Path, filled_once: Path) -> Path:
    """The same folder, copied for a test."""
    shutil.copytree(filled_once, cache)
    return cache


NAME = "double-0123456789abcdef01234567"


def start(before: str = "", script: str = LOOP) -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", before + script + PRINT]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run(before: str = "", script: str = LOOP) -> Needed:
    process = start(before, script)
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    pixels, *needed = out.split()
    return Needed(pixels, *(word == "True" for word in needed))


def obstacle(name: str) -> str:
    """Source that has the function fail."""
    module, function, error = OBSTACLES[name]
    return f"""
import imgconv.{module}
def fail(*words):
    raise {error}
imgconv.{module}.{function} = fail
"""


def linked() -> set[bool]:
    """Whether the cached code was linked."""
    kept = [code_cache.load(path.stem) or b"" for path in code_cache.cached_files()]
    return {code.startswith(loader.MAGIC) for code in kept}


def cold(script: str = LOOP) -> Needed:
    """Return the right answer of a run that compiles."""
    return Needed(expected(script), numba=True, llvm=True)


def warm(script: str = LOOP) -> Needed:
    """Return the right answer of a run that finds all loops in the cache."""
    return Needed(expected(script), numba=False, llvm=not IS_LINKED)


def expected(script: str = LOOP) -> str:
    if script != FILTER:
        return bytes(range(7 * 9)).hex()
    from scipy import ndimage

    picture = np.arange(7 * 9, dtype=np.uint8).reshape(7, 9).astype(float)
    mean = ndimage.uniform_filter(picture, 3, mode="nearest")
    levels = np.floor(mean + 0.5 + 1e-9).astype(np.uint8)
    return str(levels.tobytes().hex())


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x40
    path.write_bytes(data)


def swap(path: Path) -> None:
    others = [other for other in code_cache.cached_files() if other != path]
    path.write_bytes(others[0].read_bytes())


def make_unreadable(path: Path) -> None:
    path.unlink()
    path.mkdir()  # even the superuser cannot read a folder as a file


DAMAGES = {
    "truncated": lambda path: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path: os.truncate(path, 0),
    "flipped": flip,
    "swapped": swap,
}


def test_a_warm_run_imports_no_compiler(full: Path) -> None:
    assert run() == warm()


@pytest.mark.slow
def test_a_run_that_finds_all_its_loops_in_the_cache_imports_no_compiler(cache: Path) -> None:
    assert run(script=FILTER) == cold(FILTER)
    assert run(script=FILTER) == warm(FILTER)


def test_a_warm_command_imports_no_compiler(tmp_path: Path) -> None:
    Image.new("RGB", (9, 7)).save(tmp_path / "in.jpg")
    words = ["apply", "sharpen", str(tmp_path / "in.jpg"), str(tmp_path / "out.jpg")]
    script = (
        "import sys; from imgconv.cli.run import run;"
        f"print(run({words}), 'numba' in sys.modules, 'llvmlite' in sys.modules)"
    )
    command = [sys.executable, "-c", script]
    outputs = [subprocess.run(command, capture_output=True, check=True).stdout for _ in range(2)]
    assert outputs[1] == b"0 False %s\n" % str(not IS_LINKED).encode()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_code_is_not_loaded(damage: str, full: Path) -> None:
    code_cache.store(NAME, b"code")
    names = [path.stem for path in code_cache.cached_files()]
    assert all(code_cache.load(name) for name in names)
    DAMAGES[damage](code_cache.cached_files()[0])
    assert [code_cache.load(name) is None for name in names] == [True, False]


@pytest.mark.parametrize("damage", with_slow(["flipped"], slow=["truncated", "emptied", "swapped"]))
def test_damaged_code_is_compiled_again(damage: str, full: Path) -> None:
    code_cache.store(NAME, b"code")
    for path in code_cache.cached_files():
        DAMAGES[damage](path)
    assert run() == cold()
    assert run() == warm()


def test_every_flipped_byte_is_noticed(cache: Path) -> None:
    code_cache.store(NAME, bytes(range(64)))
    path = code_cache.cached_files()[0]
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert code_cache.load(NAME) is None
        assert not path.exists()
    path.write_bytes(whole)
    assert code_cache.load(NAME) == bytes(range(64))


@pytest.mark.slow
def test_unreadable_files_are_no_obstacle(full: Path) -> None:
    for path in code_cache.cached_files():
        make_unreadable(path)
    assert run().pixels == expected()


@pytest.mark.slow
@pytest.mark.parametrize("before", ["", WITH_WORKERS], ids=["alone", "with workers"])
def test_twenty_processes_at_once_leave_one_intact_cache(before: str, cache: Path) -> None:
    processes = [start(before, FILTER) for _ in range(20)]
    assert {process.communicate()[0].split()[0] for process in processes} == {expected(FILTER)}
    names = [path.name.split("-")[0] for path in code_cache.cached_files()]
    assert len(names) == len(set(names)), "each loop was kept once"
    assert not list(cache.glob("*.new"))
    assert run(script=FILTER) == warm(FILTER)


@pytest.mark.slow
@pytest.mark.parametrize("before", ["", WITH_WORKERS], ids=["alone", "with workers"])
def test_a_process_killed_while_compiling_does_not_disturb_the_next(
    before: str, cache: Path
) -> None:
    for wait in (0.3, 0.8, 1.2):
        process = start(before, FILTER)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run(script=FILTER).pixels == expected(FILTER)
    assert run(script=FILTER) == warm(FILTER)


def test_code_that_cannot_be_linked_is_cached_and_loaded_by_llvm(cache: Path) -> None:
    assert run(obstacle("nothing can be linked")) == cold()
    assert linked() == {False}
    assert run() == Needed(expected(), numba=False, llvm=True)


@pytest.mark.skipif(not IS_LINKED, reason="code is linked on Linux and x86-64 only")
def test_linked_code_is_cached(full: Path) -> None:
    assert linked() == {True}


@pytest.mark.slow
def test_numba_gives_the_same_pixels_where_nothing_cached_can_be_loaded(cache: Path) -> None:
    without = "".join(obstacle(name) for name in OBSTACLES)
    assert run(without) == cold()


@pytest.mark.slow
def test_numba_gives_the_same_pixels_where_its_internals_differ(cache: Path) -> None:
    assert run(obstacle("numba has other parts")) == cold()
    assert code_cache.cached_files() == []


@pytest.mark.slow
def test_numba_gives_the_same_pixels_where_memory_cannot_be_executed(full: Path) -> None:
    needed = run(obstacle("no memory can be executable"))
    assert needed == (cold() if IS_LINKED else warm())
    assert run() == warm()


RESHAPE = """
import numpy
from imgconv.jit.kernel_loop import jit_loop

def double(values, result):
    twice = values.reshape(2, 3)
    for y in range(2):
        for x in range(3):
            result[y, x] = 2 * twice[y, x]

result = numpy.zeros((2, 3), numpy.float32)
jit_loop(double)(numpy.arange(6, dtype=numpy.float32), result)
print(result.ravel().tolist())
"""


@pytest.mark.slow
def test_a_loop_that_needs_numba_at_run_time_is_not_cached(cache: Path) -> None:
    command = [sys.executable, "-c", RESHAPE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]\n"
    assert code_cache.cached_files() == []


# Denies memory that was written to be executed, as MemoryDenyWriteExecute of systemd does.
DENY = """
import ctypes, sys
if ctypes.CDLL(None).prctl(65, 1, 0, 0, 0):
    sys.exit(1)
"""


@pytest.fixture
def can_deny() -> None:
    if subprocess.run([sys.executable, "-c", DENY], check=False).returncode or not IS_LINKED:
        pytest.skip("the system cannot deny executable memory")


@pytest.mark.usefixtures("can_deny")
def test_cached_code_runs_where_memory_cannot_be_made_executable(full: Path) -> None:
    assert run(DENY) == warm()


@pytest.mark.usefixtures("can_deny")
@pytest.mark.slow
def test_one_line_names_the_way_out_where_no_loop_can_be_compiled(
    cache: Path, tmp_path: Path
) -> None:
    process = start(DENY, FILTER)
    assert "imgconv.errors.UsageError: loops cannot be compiled" in process.communicate()[1]
    Image.new("RGB", (9, 7)).save(tmp_path / "in.png")
    words = ["apply", "sharpen", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    script = f"{DENY}\nfrom imgconv.cli.run import run; sys.exit(run({words}))"
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    message = done.stderr.splitlines()[-1]
    assert message.startswith(f"imgconv: {tmp_path / 'in.png'}: loops cannot be compiled: ")
    assert "run 'imgconv warm'" in message
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    assert subprocess.run(command, env=environment, check=False).returncode == 0
