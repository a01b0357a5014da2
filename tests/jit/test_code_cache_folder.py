"""The folder of the code cache: its owner, its place, its locks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from imgconv.jit import code_cache, hooks
from tests.jit.test_code_cache import TWO_LOOPS, WITH_WORKERS, expected, start

NAME = "double-0123456789abcdef01234567"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "cache"))
    return tmp_path / "cache"


HOLDING = f"""
from imgconv.jit import code_cache
with code_cache.lock("{NAME}") as is_mine:
    print(is_mine, flush=True)
    input()
"""


def test_a_lock_excludes_other_processes_from_one_name_only(cache: Path) -> None:
    pipe = subprocess.PIPE
    other = subprocess.Popen([sys.executable, "-c", HOLDING], stdin=pipe, stdout=pipe, text=True)
    assert other.stdin and other.stdout and other.stdout.readline() == "True\n"
    with code_cache.lock(NAME, wait=False) as is_mine:
        assert not is_mine
    with code_cache.lock(f"{NAME[:-1]}8", wait=False) as is_mine:
        assert is_mine
    other.kill()
    other.communicate()
    with code_cache.lock(NAME, wait=False) as is_mine:
        assert is_mine


def test_nothing_is_locked_where_nothing_can_be_cached(cache: Path) -> None:
    cache.write_text("in the way")
    with code_cache.lock(NAME, wait=False) as is_mine:
        assert is_mine


def test_no_process_waits_where_locks_do_not_work(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*words: object) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    with code_cache.lock(NAME) as is_mine:
        assert is_mine


def test_a_folder_that_others_can_write_is_not_used(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    cache.chmod(0o777)
    assert code_cache.load(NAME) is None
    with pytest.raises(PermissionError):
        code_cache.store(NAME, b"code")


def test_a_folder_that_cannot_be_made_gives_one_warning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "file" / "cache"))
    process = start(WITH_WORKERS, TWO_LOOPS)
    out, err = process.communicate()
    assert out.split()[0] == expected()
    assert err.count("\n") == 1
    assert "cannot be cached" in err


def test_a_program_is_warned_once_for_each_reason() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for reason in ("/a: Read-only file system", "/b: No such file", "/b: No such file"):
            hooks.warn_not_cached(reason)
    texts = [str(each.message) for each in caught]
    assert "(/b: No such file); set IMGCONV_CACHE_DIR to another folder" in texts[1]
    assert len(texts) == 2


def test_the_cache_is_closed_to_others(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    assert cache.stat().st_mode & 0o777 == 0o700


def test_clear_deletes_cached_and_temporary_files(cache: Path) -> None:
    with code_cache.lock(NAME):
        code_cache.store(NAME, b"code")
    (cache / f"{NAME}.4711.new").write_bytes(b"")
    code_cache.clear()
    assert [path.name for path in cache.iterdir()] == ["lock"]


def test_clear_leaves_other_files_alone(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    others = {"main.o", "draft.new", f"{NAME}.old", f"my {NAME}.o", f"{NAME}.x.new", f"{NAME}0.o"}
    for name in others:
        (cache / name).write_bytes(b"")
    assert [path.name for path in code_cache.cached_files()] == [f"{NAME}.o"]
    code_cache.clear()
    assert {path.name for path in cache.iterdir()} == others


@pytest.fixture(params=[None, ""], ids=["unset", "empty"])
def homeless(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that does not know its home, in a folder that has one called ``~``."""
    (tmp_path / "~" / ".cache" / "imgconv").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(code_cache.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    if request.param is not None:
        monkeypatch.setenv("HOME", request.param)


def test_without_a_home_nothing_is_cached(homeless: None, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no home folder"):
        code_cache.store(NAME, b"code")
    (tmp_path / "~/.cache/imgconv" / f"{NAME}.o").write_bytes(b"code")
    assert code_cache.load(NAME) is None
    assert code_cache.cached_files() == []
    code_cache.clear()
    assert (tmp_path / "~/.cache/imgconv" / f"{NAME}.o").exists()


@pytest.mark.slow
def test_without_a_home_a_run_warns_once_and_writes_nowhere(homeless: None, tmp_path: Path) -> None:
    root = {*Path("/").iterdir()}
    process = start(WITH_WORKERS, TWO_LOOPS)
    out, err = process.communicate()
    assert (out.split()[0], err.count("\n")) == (expected(), 1)
    assert "there is no home folder" in err
    assert {*Path("/").iterdir()} == root
    assert not list((tmp_path / "~/.cache/imgconv").iterdir())


@pytest.mark.slow
def test_without_a_home_a_command_warns_once_and_writes_nowhere(
    homeless: None, tmp_path: Path
) -> None:
    Image.new("RGB", (9, 7)).save(tmp_path / "in.png")
    command = [sys.executable, "-m", "imgconv", "apply", "blur", "in.png", "out.png"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)
    assert "there is no home folder" in done.stderr
    assert not list((tmp_path / "~/.cache/imgconv").iterdir())


@pytest.mark.parametrize(
    ("named", "place"), [("~/kept", "HOME/kept"), ("~", "HOME"), ("~no-such-user/x", None)]
)
def test_a_tilde_stands_for_the_home_folder(
    named: str, place: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, named)
    if place:
        assert code_cache.folder() == Path(place.replace("HOME", str(tmp_path)))
    else:
        with pytest.raises(FileNotFoundError, match="no home folder"):
            code_cache.store(NAME, b"code")


needs_posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="POSIX only")
needs_root = pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can act as another user"
)


def make_folder(path: Path) -> None:
    path.mkdir()
    (path / "precious").write_text("mine")


OBSTACLES: dict[str, Callable[[Path], None]] = {
    "folder": make_folder,
    "pipe": lambda path: os.mkfifo(path),
    "link to an endless device": lambda path: path.symlink_to("/dev/zero"),
    "link to a file": lambda path: path.symlink_to(path.parent.parent / "kept"),
}


@needs_posix
@pytest.mark.parametrize("name", [f"{NAME}.o", "lock"])
@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_what_stands_in_the_place_of_a_file_is_replaced(
    obstacle: str, name: str, cache: Path
) -> None:
    code_cache.store(NAME, b"code")
    if name == "lock":
        assert code_cache.can_be_shared()
    (cache / name).replace(cache.parent / "kept")
    kept = (cache.parent / "kept").read_bytes()
    OBSTACLES[obstacle](cache / name)
    if name != "lock":
        assert code_cache.load(NAME) is None
        code_cache.store(NAME, b"code")
        assert code_cache.load(NAME) == b"code"
    assert code_cache.can_be_shared()
    assert (cache / name).is_file()
    assert not (cache / name).is_symlink()
    assert (cache.parent / "kept").read_bytes() == kept
    assert [path.read_text() for path in cache.glob("*/precious")] == ["mine"] * (
        obstacle == "folder"
    )


@needs_posix
def test_a_cached_file_that_others_can_write_is_not_used(cache: Path) -> None:
    mask = os.umask(0o002)
    try:
        cache.mkdir(mode=0o755)
        code_cache.store(NAME, b"code")
        assert code_cache.can_be_shared()
    finally:
        os.umask(mask)
    assert {path.stat().st_mode & 0o777 for path in cache.iterdir()} == {0o600}
    assert code_cache.load(NAME) == b"code"
    (cache / f"{NAME}.o").chmod(0o664)
    assert code_cache.load(NAME) is None
    assert code_cache.cached_files() == []


@needs_posix
def test_an_oversized_file_is_not_read(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    os.truncate(cache / f"{NAME}.o", 2**40)
    assert code_cache.load(NAME) is None
    assert code_cache.cached_files() == []


@needs_root
def test_a_cached_file_of_another_user_is_not_used(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    os.chown(cache / f"{NAME}.o", 12345, 12345)
    assert code_cache.load(NAME) is None
    code_cache.store(NAME, b"new code")
    assert code_cache.load(NAME) == b"new code"


@needs_root
def test_the_folder_of_another_user_is_left_alone(cache: Path) -> None:
    code_cache.store(NAME, b"code")
    os.chown(cache, 12345, 12345)
    os.chown(cache / f"{NAME}.o", 12345, 12345)
    assert code_cache.load(NAME) is None
    assert not code_cache.can_be_shared()
    with pytest.raises(PermissionError, match="belongs to the user 12345"):
        code_cache.store(NAME, b"code")
    with pytest.raises(PermissionError, match="belongs to the user 12345"):
        code_cache.clear()
    assert [path.name for path in cache.iterdir()] == [f"{NAME}.o"]
    command = [sys.executable, "-m", "imgconv", "cache", "--clear"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert f"{cache}: the folder belongs to the user 12345" in done.stderr


@needs_root
def test_root_makes_no_folder_in_the_home_of_another_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.chown(tmp_path, 12345, 12345)
    monkeypatch.delenv(code_cache.FOLDER_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    with pytest.raises(PermissionError, match="belongs to the user 12345"):
        code_cache.store(NAME, b"code")
    assert not list(tmp_path.iterdir())
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path / "named"))
    code_cache.store(NAME, b"code")
    assert code_cache.load(NAME) == b"code"


@needs_posix
def test_a_run_does_not_wait_for_ever_for_a_suspended_one(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code_cache, "_PATIENCE", 0.2)
    pipe = subprocess.PIPE
    other = subprocess.Popen([sys.executable, "-c", HOLDING], stdin=pipe, stdout=pipe, text=True)
    assert other.stdout and other.stdout.readline() == "True\n"
    other.send_signal(signal.SIGSTOP)
    start_time = time.monotonic()
    with code_cache.lock(NAME) as is_mine:
        assert is_mine
    assert 0.2 <= time.monotonic() - start_time < 5
    other.kill()
    other.communicate()
