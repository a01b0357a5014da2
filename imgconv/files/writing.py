"""Putting files in their place: whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from imgconv import unfinished
from imgconv.errors import WriteError
from imgconv.pairing import PIPE
from imgconv.paths import is_within

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
    with unfinished.beside(path) as (new, file):
        yield file
        file.flush()
        with suppress(FileNotFoundError):
            _make_alike(file, path)
        os.fsync(file.fileno())
        status = os.fstat(file.fileno())
        file.close()
        ready(status)
        unfinished.put(new, path, replaces)


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
