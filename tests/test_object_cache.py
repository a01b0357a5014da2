"""Machine code kept between runs: believed only if it is whole, private and made by one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imgconv import object_cache

# Filters a picture of one kind in a new process, and prints its bytes and whether Numba was needed.
SCRIPT = """
import sys, numpy, imgconv
picture = numpy.arange(7 * 9, dtype=numpy.uint8).reshape(7, 9)
print(imgconv.apply(picture, "blur").tobytes().hex(), "numba" in sys.modules)
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(object_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


def start() -> subprocess.Popen[str]:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def run() -> tuple[str, bool]:
    process = start()
    out, err = process.communicate()
    assert (process.returncode, err) == (0, "")
    pixels, with_numba = out.split()
    return pixels, with_numba == "True"


def expected() -> str:
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
    others = [other for other in object_cache.kept() if other != path]
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


def test_a_warm_run_never_imports_numba(cache: Path) -> None:
    assert run() == (expected(), True)
    assert run() == (expected(), False)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_code_is_made_again(damage: str, cache: Path) -> None:
    run()
    for path in object_cache.kept():
        DAMAGES[damage](path)
    assert run() == (expected(), True)
    assert run() == (expected(), False)


def test_every_flipped_byte_is_noticed(cache: Path) -> None:
    object_cache.store("name", bytes(range(64)))
    path = object_cache.kept()[0]
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert object_cache.load("name") is None
        assert not path.exists()
    path.write_bytes(whole)
    assert object_cache.load("name") == bytes(range(64))


def test_what_cannot_be_read_is_no_obstacle(cache: Path) -> None:
    run()
    for path in object_cache.kept():
        make_unreadable(path)
    assert run()[0] == expected()


def test_twenty_processes_at_once_leave_one_whole_cache(cache: Path) -> None:
    processes = [start() for _ in range(20)]
    assert {process.communicate()[0].split()[0] for process in processes} == {expected()}
    names = [path.name.split("-")[0] for path in object_cache.kept()]
    assert len(names) == len(set(names)), "each loop was kept once"
    assert not list(cache.glob("*.new"))
    assert run() == (expected(), False)


def test_a_process_killed_while_compiling_leaves_the_next_one_right(cache: Path) -> None:
    for wait in (0.3, 0.8, 1.2):
        process = start()
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    assert run()[0] == expected()
    assert run() == (expected(), False)


def test_a_folder_that_others_can_write_is_not_believed(cache: Path) -> None:
    object_cache.store("name", b"code")
    cache.chmod(0o777)
    assert object_cache.load("name") is None
    with pytest.raises(PermissionError):
        object_cache.store("name", b"code")


def test_a_folder_that_cannot_be_made_means_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    Image.new("RGB", (9, 7)).save(tmp_path / "in.png")
    monkeypatch.setenv(object_cache.FOLDER_VARIABLE, str(tmp_path / "file" / "cache"))
    words = ["apply", "blur", str(tmp_path / "in.png"), str(tmp_path / "out.png")]
    command = [sys.executable, "-m", "imgconv", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stderr.count("\n") == 1
    assert "cannot be kept" in done.stderr


def test_the_cache_is_the_users_own(cache: Path) -> None:
    object_cache.store("name", b"code")
    assert cache.stat().st_mode & 0o777 == 0o700


def test_clearing_leaves_nothing_but_the_lock(cache: Path) -> None:
    object_cache.store("name", b"code")
    (cache / "left.new").write_bytes(b"")
    object_cache.clear()
    assert [path for path in cache.iterdir() if path.name != "lock"] == []


def test_without_object_code_numba_gives_the_same_pixels(cache: Path) -> None:
    broken = "import imgconv.object_code as o; o.address = None\n" + SCRIPT
    broken = broken.replace(
        "o.address = None", "o.address = lambda *a: (_ for _ in ()).throw(RuntimeError())"
    )
    done = subprocess.run(
        [sys.executable, "-c", broken], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == expected()


RESHAPING = """
import numpy
from imgconv.machine_code import machine_loop

def double(values, result):
    twice = values.reshape(2, 3)
    for y in range(2):
        for x in range(3):
            result[y, x] = 2 * twice[y, x]

result = numpy.zeros((2, 3), numpy.float32)
machine_loop(double)(numpy.arange(6, dtype=numpy.float32), result)
print(result.ravel().tolist())
"""


def test_a_loop_that_needs_numba_at_work_gets_it_in_every_process(cache: Path) -> None:
    for _ in range(2):
        command = [sys.executable, "-c", RESHAPING]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert done.stdout == "[0.0, 2.0, 4.0, 6.0, 8.0, 10.0]\n"
    assert object_cache.kept() == []
