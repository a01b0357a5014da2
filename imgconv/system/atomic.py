"""Files that are not in their place yet: written beside it, and gone when the run ends.

Each has a hidden name that no picture has, and is locked while it is written. A run that is killed
outright leaves its own behind; the lock is then free, and a later run deletes them.

Putting files in their place: whole, or not at all.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Lock
from typing import BinaryIO

from imgconv.errors import WriteError
from imgconv.system.places import PIPE, is_within

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


Ready = Callable[[os.stat_result], None]

_REMEDIES = {
    errno.ENOSPC: "make room or choose another place",
    errno.EDQUOT: "make room or choose another place",
    errno.EFBIG: "choose a place that takes larger files",
    errno.EEXIST: "choose another place",
    errno.EISDIR: "choose another place",
}


def write(
    data: bytes,
    target: str,
    within: str | None = None,
    replaces: bool = True,
    ready: Ready = lambda status: None,
) -> None:
    """Put ``data`` at the path ``target`` in one stroke, or on standard output: see ``writing``."""
    with writing(target, within, replaces, ready) as file:
        file.write(data)


@contextmanager
def writing(
    target: str,
    within: str | None = None,
    replaces: bool = True,
    ready: Ready = lambda status: None,
) -> Iterator[BinaryIO]:
    """Give a file for what belongs at the path ``target``, or standard output for ``-``.

    What was at the path stays until all is written beside it, and for good where writing fails or
    it is not to be replaced; a link stays a link. Folders are made below the folder ``within``,
    and nothing is written outside of it. ``ready`` is told of the whole file just before it gets
    its place. Raises ``WriteError``; a reader that went away raises ``BrokenPipeError``.
    """
    with blaming(target):
        if target == PIPE:
            # Where Python's own output is unbuffered, it may write less than it is given.
            with open(sys.stdout.fileno(), "wb", closefd=False) as file:
                yield file
        elif _is_device(target):
            with open(target, "wb") as file:
                yield file
        else:
            path = _place(target, within)
            if within is not None and not os.path.isdir(os.path.dirname(path)):
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with _replacing(path, replaces, ready) as file:
                yield file


def _place(target: str, within: str | None = None) -> str:
    """The path itself, past all links, of what belongs at ``target``.

    Raises ``WriteError`` if it lies outside the folder ``within``, ``OSError`` if it is nowhere.
    """
    path = os.path.realpath(target)
    if os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if within is not None:
        folder = os.path.realpath(within)
        if not is_within(path, folder):
            raise WriteError(
                f"{target}: a link there leads out of the folder '{within}'", "take it away"
            )
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return path


def check_place(target: str, within: str) -> None:
    """Raise ``WriteError`` where ``target`` is a link that leads out of the folder ``within``.

    That is worth knowing before a picture is read; all else is found out when it is written.
    """
    if os.path.islink(target):
        with blaming(target):
            _place(target, within)


def make_folder(folder: str) -> None:
    """Make a folder and those around it where there are none; raises ``WriteError``."""
    with blaming(folder):
        os.makedirs(folder, exist_ok=True)


@contextmanager
def blaming(target: str) -> Iterator[None]:
    """Make a ``WriteError`` that names ``target`` of whatever the system says about it."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name = target
        remedy = _REMEDIES.get(error.errno or 0, "check the place")
        if target == PIPE:
            name, remedy = "standard output", "check where it leads"
        elif not os.path.isdir(os.path.dirname(os.path.realpath(target))):
            remedy = "make the folder first"
        raise WriteError(f"{name}: cannot be written ({error.strerror})", remedy) from error


def _is_device(target: str) -> bool:
    """Whether there is something that no file can take the place of, such as a device or a pipe."""
    with suppress(OSError):
        mode = os.stat(target).st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


@contextmanager
def _replacing(path: str, replaces: bool, ready: Ready) -> Iterator[BinaryIO]:
    with beside(path) as (new, file):
        yield file
        file.flush()
        with suppress(FileNotFoundError):
            _make_alike(file, path)
        os.fsync(file.fileno())
        status = os.fstat(file.fileno())
        file.close()
        ready(status)
        put(new, path, replaces)


def _make_alike(file: BinaryIO, path: str) -> None:
    """Give a file the mode of the one it replaces, and as far as allowed its owner and attributes.

    Attributes are what desktops keep tags in, and systems lists of who may read.
    """
    old, new = os.stat(path), os.fstat(file.fileno())
    if hasattr(os, "fchown"):
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            with suppress(OSError):
                os.fchown(file.fileno(), old.st_uid, old.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(old.st_mode))
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(path):
                with suppress(OSError):  # some are the system's own business
                    os.setxattr(file.fileno(), name, os.getxattr(path, name))
