"""Files that are not in their place yet: written beside it, and gone when the run ends.

Each has a hidden name that no picture has, and is locked while it is written. A run that is killed
outright leaves its own behind; the lock is then free, and a later run deletes them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import BinaryIO

_SUFFIX = ".imgconv-unfinished"

# A file may be without a lock for a moment: before it is locked, and when it is closed and renamed.
_SURELY_OVER = 3600.0  # seconds

_files: set[str] = set()
_changing = Lock()


@contextmanager
def beside(path: str) -> Iterator[tuple[str, BinaryIO]]:
    """Give a new file in the folder of ``path``; deleted unless it has been put into its place."""
    name = f".{os.path.basename(path)[:40]}.{os.urandom(6).hex()}{_SUFFIX}"
    new = os.path.join(os.path.dirname(path), name)
    with _changing:
        file = open(new, "xb")  # noqa: SIM115
        _files.add(new)
    try:
        with file:
            with suppress(OSError, ImportError):
                _lock(file)
            yield new, file
    finally:
        with _changing:
            _delete(new)
            _files.discard(new)


def put(new: str, path: str, replaces: bool) -> None:
    """Give a file its place in one stroke; raises ``FileExistsError`` if it is taken and must stay.

    A file system that has no hard links cannot do the latter in one stroke.
    """
    with _changing:
        if replaces:
            os.replace(new, path)
            return
        try:
            os.link(new, path)
        except FileExistsError:
            raise
        except OSError:
            if os.path.exists(path):
                raise FileExistsError(17, "File exists", path) from None
            os.replace(new, path)


def abandon() -> None:
    """Delete all such files of this process, which from now on makes and puts no other."""
    _changing.acquire()
    for file in _files:
        _delete(file)


def sweep(folder: str) -> None:
    """Delete what runs that are surely over have left behind in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_ours = entry.name.startswith(".") and entry.name.endswith(_SUFFIX)
            if is_ours and entry.is_file(follow_symlinks=False) and _is_over(entry.path):
                _delete(entry.path)


def _is_over(file: str) -> bool:
    with suppress(OSError, ImportError):
        if time.time() - os.lstat(file).st_mtime > _SURELY_OVER:
            with open(file, "rb") as opened:
                _lock(opened)
                return True
    return False


def _lock(file: BinaryIO) -> None:
    """Lock a file for as long as it is open; raises ``OSError`` if another process has."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _delete(file: str) -> None:
    with suppress(OSError):
        os.unlink(file)
