"""Machine code kept between runs: one private file for each loop, believed only if it is whole.

The folder is the user's own and closed to others, for whoever can write there can run code here. A
file is written beside its place and renamed, and begins with a checksum of its name and content:
whatever is cut, flipped, swapped or unreadable is a miss, is deleted, and is made again.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from imgconv.system.hashing import blake2b

FOLDER_VARIABLE = "IMGCONV_CACHE_DIR"

SUFFIX = ".o"

_CHECKSUM_SIZE = 32

_LOCK = "lock"

_NOBODYS = 2**32  # the place of a byte that no name locks, but for a moment

_UNFINISHED = ".new"

# What jit/kernel_loop.py calls a loop, and what follows the names of files that are whole and
# others.
_NAME = r"\w+-[0-9a-f]{24}"

_WHOLE = rf"{_NAME}{re.escape(SUFFIX)}"

_LEFT_BEHIND = rf"{_NAME}\.\d+{re.escape(_UNFINISHED)}"


def folder() -> Path:
    """Where machine code is kept: ``IMGCONV_CACHE_DIR``, or the platform's cache folder.

    It begins with ``~`` where nobody can say what that is; then nothing is kept.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return _expanded(Path(named))
    is_plain = sys.platform == "linux" or not _has_home()
    if is_plain and not os.environ.get("XDG_CACHE_HOME"):
        return _expanded(Path("~/.cache/imgconv"))  # as platformdirs has it, without its import
    from platformdirs import user_cache_path

    return user_cache_path("imgconv", appauthor=False)


def _expanded(path: Path) -> Path:
    try:
        return path.expanduser() if _has_home() else path
    except RuntimeError:  # there is no such user
        return path


def _has_home() -> bool:
    # Python takes an empty HOME for the root of all files.
    return sys.platform == "win32" or bool(os.environ.get("HOME"))


def _is_nowhere(place: Path) -> bool:
    return str(place).startswith("~")


def load(name: str) -> bytes | None:
    """What was kept under ``name``, or None if there is nothing that can be believed."""
    path = folder() / f"{name}{SUFFIX}"
    if _is_nowhere(path):
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    checksum, data = content[:_CHECKSUM_SIZE], content[_CHECKSUM_SIZE:]
    if checksum == _checksum(name, data) and _is_private(path.parent):
        return data
    with suppress(OSError):
        path.unlink()
    return None


def store(name: str, data: bytes) -> None:
    """Keep ``data`` under ``name``; raises ``OSError`` where nothing can be kept."""
    place = prepared_folder()
    beside = place / f"{name}.{os.getpid()}{_UNFINISHED}"
    try:
        beside.write_bytes(_checksum(name, data) + data)
        beside.replace(place / f"{name}{SUFFIX}")
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise


def prepared_folder() -> Path:
    """The folder, made if there is none; raises ``OSError`` where it is not the user's alone."""
    place = folder()
    if _is_nowhere(place):
        raise FileNotFoundError(2, "there is no home folder", str(place))
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(place):
        raise PermissionError(13, "others can write there", str(place))
    return place


def can_be_shared() -> bool:
    """Whether processes can work at it together: write there, and keep each other from a name."""
    try:
        import fcntl

        with (prepared_folder() / _LOCK).open("wb") as file:
            fcntl.lockf(file, fcntl.LOCK_EX, 1, _NOBODYS)
    except (ImportError, OSError):
        return False
    return True


@contextmanager
def lock(name: str, wait: bool = True) -> Iterator[bool]:
    """Wait until no other process makes what is kept under ``name``, and keep others from it.

    Without ``wait`` it gives False, at once, where one does. Where there can be no lock, there is
    none. The system frees the locks of a process that dies, and all that it has of a file when it
    closes it: so it may have one at a time, as jit/kernel_loop.py sees to. The file stays, of which
    each name locks a byte: were it deleted, two could each have their own.
    """
    try:
        file = (prepared_folder() / _LOCK).open("wb")
    except OSError:
        yield True
        return
    with file:
        yield _is_locked(file, name, wait)


def _is_locked(file: BinaryIO, name: str, wait: bool) -> bool:
    try:
        import fcntl
    except ImportError:
        return True
    try:
        how = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
        fcntl.lockf(file, how, 1, _place(name))
    except (BlockingIOError, PermissionError):  # systems differ in what they say
        return wait
    except OSError:  # there are no locks where the folder lies
        return True
    return True


def _place(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")


def kept() -> list[Path]:
    """The files of machine code that are kept."""
    return _files(_WHOLE)


def keep_only(label: str, most: int) -> None:
    """Delete all but the newest of what is kept under names that begin with ``label``."""
    found = [path for path in kept() if path.name.startswith(f"{label}-")]
    with suppress(OSError):
        for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-most]:
            path.unlink()


def clear() -> None:
    """Delete all that is kept, and what a process that died has left behind, and nothing else."""
    for path in kept() + _files(_LEFT_BEHIND):
        with suppress(OSError):
            path.unlink()


def _files(pattern: str) -> list[Path]:
    place = folder()
    found = () if _is_nowhere(place) else place.glob("*")
    return sorted(path for path in found if re.fullmatch(pattern, path.name))


def _checksum(name: str, data: bytes) -> bytes:
    return blake2b(name.encode() + b"\0" + data, digest_size=_CHECKSUM_SIZE).digest()


def _is_private(place: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    status = place.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
