"""The cache of machine code and snapshots: one private file for each, used only if it is intact.

The folder belongs to the user alone, because whoever can write there can run code here. A file is
written under a temporary name, then renamed. It begins with a checksum of its name and content: a
file that is truncated, altered, renamed or unreadable is deleted and made again.
"""

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from imgconv.system.hashing import blake2b
from imgconv.system.user_dirs import user_folder

FOLDER_VARIABLE = "IMGCONV_CACHE_DIR"

_CHECKSUM_SIZE = 32  # bytes
_LOCK = "lock"
_UNNAMED_BYTE = 2**32  # of the lock file; names lock the bytes below

# A loop's name and its digest, see jit/kernel_loop.py; other files in the folder are not ours.
_NAME = r"\w+-[0-9a-f]{24}"
_CACHED = rf"{_NAME}\.o"
_TEMPORARY = rf"{_NAME}\.\d+\.new"


def folder() -> Path:
    """Return the cache folder: ``IMGCONV_CACHE_DIR``, or the platform's.

    It begins with ``~`` where the home folder is unknown; then nothing is cached.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    # Python takes an empty HOME for the root of the file system.
    has_home = sys.platform == "win32" or bool(os.environ.get("HOME"))
    if not named and (has_home or os.environ.get("XDG_CACHE_HOME")):
        return user_folder("cache")
    path = named or "~/.cache/imgconv"
    # Unlike pathlib's, this leaves the name of an unknown user as it is.
    return Path(os.path.expanduser(path) if has_home else path)  # noqa: PTH111


def _is_unknown(place: Path) -> bool:
    return str(place).startswith("~")


def load(name: str) -> bytes | None:
    """Return the data stored under ``name``, or None if there is none that is intact."""
    path = folder() / f"{name}.o"
    if _is_unknown(path):
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
    """Store ``data`` under ``name``. Raises ``OSError`` where nothing can be cached."""
    place = prepared_folder()
    temporary = place / f"{name}.{os.getpid()}.new"
    try:
        temporary.write_bytes(_checksum(name, data) + data)
        temporary.replace(place / f"{name}.o")
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def prepared_folder() -> Path:
    """Return the folder, made if need be. Raises ``OSError`` where others can write there."""
    place = folder()
    if _is_unknown(place):
        raise FileNotFoundError(2, "there is no home folder", str(place))
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _is_private(place):
        raise PermissionError(13, "others can write there", str(place))
    return place


def can_be_shared() -> bool:
    """Return whether processes can share the cache: write there, and lock a name."""
    try:
        with (prepared_folder() / _LOCK).open("wb") as file:
            _lock_byte(file, _UNNAMED_BYTE)
    except (ImportError, OSError):
        return False
    return True


@contextmanager
def lock(name: str, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of ``name`` among processes while its file is made.

    Yields False if another process holds it and ``wait`` is off, True where locks do not work.
    The system frees the locks of a process that dies. It also frees all locks of a process on a
    file of which it closes one handle, so a process holds one lock at a time (jit/kernel_loop.py).
    Each name locks a byte of one file. Deleted, it and its successor could both be locked.
    """
    try:
        file = (prepared_folder() / _LOCK).open("wb")
    except OSError:
        yield True
        return
    with file:
        yield _is_locked(file, name, wait)


def _is_locked(file: BinaryIO, name: str, wait: bool) -> bool:
    byte = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")
    try:
        _lock_byte(file, byte, wait)
    except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, depending on the system
        return wait
    except (ImportError, OSError):  # the system or the file system has no locks
        pass
    return True


def _lock_byte(file: BinaryIO, byte: int, wait: bool = True) -> None:
    import fcntl  # POSIX only

    fcntl.lockf(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)


def cached_files() -> list[Path]:
    return _files(_CACHED)


def keep_newest(label: str, count: int) -> None:
    """Delete all but the newest ``count`` files whose names begin with ``label``."""
    found = [path for path in cached_files() if path.name.startswith(f"{label}-")]
    with suppress(OSError):
        for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-count]:
            path.unlink()


def clear() -> None:
    """Delete the cached files and temporary ones of processes that died, and nothing else."""
    for path in cached_files() + _files(_TEMPORARY):
        with suppress(OSError):
            path.unlink()


def _files(pattern: str) -> list[Path]:
    place = folder()
    found = () if _is_unknown(place) else place.glob("*")
    return sorted(path for path in found if re.fullmatch(pattern, path.name))


def _checksum(name: str, data: bytes) -> bytes:
    return blake2b(name.encode() + b"\0" + data, digest_size=_CHECKSUM_SIZE).digest()


def _is_private(place: Path) -> bool:
    if not hasattr(os, "getuid"):
        return True
    status = place.stat()
    return status.st_uid == os.getuid() and not status.st_mode & 0o022
