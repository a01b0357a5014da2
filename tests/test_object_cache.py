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


NAME = "double-0123456789abcdef01234567"


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
    object_cache.store(NAME, bytes(range(64)))
    path = object_cache.kept()[0]
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        assert object_cache.load(NAME) is None
        assert not path.exists()
    path.write_bytes(whole)
    assert object_cache.load(NAME) == bytes(range(64))


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
    object_cache.store(NAME, b"code")
    cache.chmod(0o777)
    assert object_cache.load(NAME) is None
    with pytest.raises(PermissionError):
        object_cache.store(NAME, b"code")


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
    object_cache.store(NAME, b"code")
    assert cache.stat().st_mode & 0o777 == 0o700


def test_clearing_deletes_what_was_kept_and_what_was_left_behind(cache: Path) -> None:
    run()
    (cache / f"{NAME}.4711.new").write_bytes(b"")
    object_cache.clear()
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_clearing_leaves_alone_what_others_put_there(cache: Path) -> None:
    object_cache.store(NAME, b"code")
    others = {"main.o", "draft.new", f"{NAME}.old", f"my {NAME}.o", f"{NAME}.x.new", f"{NAME}0.o"}
    for name in others:
        (cache / name).write_bytes(b"")
    assert [path.name for path in object_cache.kept()] == [f"{NAME}.o"]
    object_cache.clear()
    assert {path.name for path in cache.iterdir()} == others


@pytest.fixture(params=[None, ""], ids=["unset", "empty"])
def homeless(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does not know its home, in a folder that has one called ``~``."""
    (tmp_path / "~" / ".cache" / "imgconv").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(object_cache.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    if request.param is not None:
        monkeypatch.setenv("HOME", request.param)


def test_without_a_home_nothing_is_kept(homeless: None, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no home folder"):
        object_cache.store(NAME, b"code")
    (tmp_path / "~/.cache/imgconv" / f"{NAME}.o").write_bytes(b"code")
    assert object_cache.load(NAME) is None
    assert object_cache.kept() == []
    object_cache.clear()
    assert (tmp_path / "~/.cache/imgconv" / f"{NAME}.o").exists()


def test_without_a_home_a_run_warns_once_and_writes_nowhere(homeless: None, tmp_path: Path) -> None:
    Image.new("RGB", (9, 7)).save(tmp_path / "in.png")
    root = {*Path("/").iterdir()}
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "in.png", "out.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "there is no home folder" in done.stderr
    assert {*Path("/").iterdir()} == root
    assert not list((tmp_path / "~/.cache/imgconv").iterdir())


@pytest.mark.parametrize(
    ("named", "place"), [("~/kept", "HOME/kept"), ("~", "HOME"), ("~nobody-at-all/x", None)]
)
def test_the_users_home_may_be_written_short(
    named: str, place: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(object_cache.FOLDER_VARIABLE, named)
    if place:
        assert object_cache.folder() == Path(place.replace("HOME", str(tmp_path)))
    else:
        with pytest.raises(FileNotFoundError, match="no home folder"):
            object_cache.prepared_folder()


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
