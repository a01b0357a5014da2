"""Files that are written whole or not at all.

Each is written under a hidden name in the folder of its target, locked meanwhile, and renamed when
it is complete. A run that is killed outright leaves the hidden file behind; its lock is then free,
and a later run deletes it.
"""

import errno
import os
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from threading import Lock
from typing import IO, BinaryIO

from imgconv.errors import WriteError
from imgconv.system.places import PIPE

BeforeCommit = Callable[[os.stat_result], None]

SUFFIX = ".imgconv-unfinished"

# A file is unlocked for a moment after it is opened, and before it is renamed. So only a file that
# is older than this, in seconds, counts as left behind by a killed run.
_STALE_SECONDS = 3600.0

_REMEDIES = {
    errno.ENOSPC: "make room or choose another place",
    errno.EDQUOT: "make room or choose another place",
    errno.EFBIG: "choose a place that takes larger files",
    errno.EEXIST: "choose another place",
    errno.EISDIR: "choose another place",
}

_PRIVATE = 0o600

_unfinished: set[str] = set()
_changing = Lock()


def write(
    data: bytes,
    target: str,
    within: str | None = None,
    replaces: bool = True,
    before_commit: BeforeCommit = lambda status: None,
) -> None:
    """Write ``data`` to ``target`` as ``writing`` does."""
    with writing(target, within, replaces, before_commit) as file:
        file.write(data)


@contextmanager
def writing(
    target: str,
    within: str | None = None,
    replaces: bool = True,
    before_commit: BeforeCommit = lambda status: None,
) -> Iterator[BinaryIO]:
    """Give a file to write ``target`` with, or standard output for ``-``.

    The old file stays until the new one is complete, and for good where writing fails or
    ``replaces`` is False; a link stays a link. Folders are made below the folder ``within``, and
    nothing is written outside of it. ``before_commit`` gets the status of the complete file just
    before it is renamed. Raises ``WriteError``, and ``BrokenPipeError`` for a closed pipe.
    """
    with write_errors(target):
        if target == PIPE or _is_device(target):
            # With PYTHONUNBUFFERED, sys.stdout may write less than it is given.
            stream = sys.stdout.fileno() if target == PIPE else target
            with open(stream, "wb", closefd=target != PIPE) as file:
                yield file
        else:
            path = _resolved(target, within)
            if within is not None:
                os.makedirs(os.path.dirname(path), exist_ok=True)
            with temporary_beside(path) as (temporary, file):
                yield file
                file.flush()
                with suppress(FileNotFoundError):
                    _copy_attributes(path, file)
                os.fsync(file.fileno())
                status = os.fstat(file.fileno())
                file.close()
                before_commit(status)
                commit(temporary, path, replaces)


@contextmanager
def temporary_beside(path: str) -> Iterator[tuple[str, BinaryIO]]:
    """Give the name of a new file in the folder of ``path``, and the file.

    It is deleted at the end unless ``commit`` has renamed it. Where it will replace a file, nobody
    else may read it before it has the mode of that file.
    """
    mode = _PRIVATE if os.path.lexists(path) else 0o666
    name = f".{os.path.basename(path)[:40]}.{os.urandom(6).hex()}{SUFFIX}"
    temporary = os.path.join(os.path.dirname(path), name)
    with _changing:
        file = open(temporary, "xb", opener=partial(os.open, mode=mode))  # noqa: SIM115
        _unfinished.add(temporary)
    try:
        with file:
            with suppress(OSError, ImportError):
                lock(file)
            yield temporary, file
    finally:
        with _changing:
            _delete(temporary)
            _unfinished.discard(temporary)


def commit(temporary: str, path: str, replaces: bool) -> None:
    """Rename a complete file to ``path`` in one system call.

    Raises ``FileExistsError`` if ``path`` exists and ``replaces`` is False. On a file system that
    has no hard links, that takes two calls.
    """
    with _changing:
        if not replaces:
            try:
                os.link(temporary, path)
                return
            except OSError:
                if os.path.exists(path):
                    raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), path) from None
        os.replace(temporary, path)


def discard_unfinished() -> None:
    """Delete all unfinished files of this process, which can neither make nor rename one again."""
    _changing.acquire()
    for file in _unfinished:
        _delete(file)


def delete_stale(folder: str) -> None:
    """Delete the unfinished files of killed runs in a folder."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            is_ours = entry.name.startswith(".") and entry.name.endswith(SUFFIX)
            if is_ours and entry.is_file(follow_symlinks=False) and _is_stale(entry.path):
                _delete(entry.path)


def _is_stale(file: str) -> bool:
    with suppress(OSError, ImportError):
        if time.time() - os.lstat(file).st_mtime > _STALE_SECONDS:
            with open(file, "rb") as opened:
                lock(opened)
                return True
    return False


def lock(file: IO[bytes], waits: bool = False) -> None:
    """Lock a file until it is closed, by this process and those that it forks meanwhile.

    Raises ``BlockingIOError`` if another process has locked it, unless ``waits`` is set.
    """
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))


def _delete(file: str) -> None:
    with suppress(OSError):
        os.unlink(file)


def check_within(target: str, folder: str) -> None:
    """Raise ``WriteError`` where ``target`` is a link that leads out of ``folder``.

    That is checked before a picture is read; all other errors show when it is written.
    """
    if os.path.islink(target):
        with write_errors(target):
            _resolved(target, folder)


def _resolved(target: str, within: str | None) -> str:
    """Return the real path of ``target``.

    Raises ``WriteError`` if it lies outside the folder ``within``, and ``OSError`` for a circle of
    links or a missing folder.
    """
    path = os.path.realpath(target)
    if os.path.islink(path):
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    if within is not None:
        folder = os.path.realpath(within)
        if os.path.commonpath((path, folder)) != folder:
            raise WriteError(
                f"{target}: a link there leads out of the folder '{within}'", "take it away"
            )
        if not os.path.isdir(folder):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    return path


@contextmanager
def write_errors(target: str) -> Iterator[None]:
    """Raise an ``OSError``, but no ``BrokenPipeError``, as a ``WriteError`` for ``target``."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise write_error(target, error) from error


def write_error(target: str, error: OSError) -> WriteError:
    """Return the error for a ``target`` that the system did not let write."""
    name, remedy = target, _REMEDIES.get(error.errno or 0, "check the place")
    if target == PIPE:
        name, remedy = "standard output", "check where it leads"
    elif not os.path.isdir(os.path.dirname(os.path.realpath(target))):
        remedy = "make the folder first"
    return WriteError(f"{name}: cannot be written ({error.strerror})", remedy)


def _is_device(target: str) -> bool:
    """Whether ``target`` is a device or a named pipe, which no file may replace."""
    with suppress(OSError):
        mode = os.stat(target).st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


def _copy_attributes(path: str, file: BinaryIO) -> None:
    """Copy the mode of ``path`` to a new file, and where allowed its owner and attributes.

    Extended attributes hold the tags of desktops and access control lists. A group that cannot be
    copied may do no more than all others: it is another group. The mode is copied last.
    """
    old, number = os.stat(path), file.fileno()
    mode = stat.S_IMODE(old.st_mode)
    if hasattr(os, "fchown"):
        for owner in (old.st_uid, -1):
            with suppress(OSError):
                os.fchown(number, owner, old.st_gid)
                break
        else:
            mode &= ~0o070 | (mode & 0o007) << 3
    if hasattr(os, "listxattr"):
        with suppress(OSError):
            for name in os.listxattr(path):
                with suppress(OSError):  # the system keeps some for itself
                    os.setxattr(number, name, os.getxattr(path, name))
    if hasattr(os, "fchmod"):
        os.fchmod(number, mode)
