"""Putting files in their place: whole, or not at all."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from imgconv.errors import WriteError
from imgconv.pairing import PIPE


def write(data: bytes, target: str, makes_folder: bool = False) -> None:
    """Put ``data`` at the path ``target`` in one stroke, or on standard output: see ``writing``."""
    with writing(target, makes_folder) as file:
        file.write(data)


@contextmanager
def writing(target: str, makes_folder: bool = False) -> Iterator[BinaryIO]:
    """Give a file for what belongs at the path ``target``, or standard output for ``-``.

    What was at the path stays until all is written beside it, and for good where writing fails;
    ``makes_folder`` makes the folder around it where there is none. Raises ``WriteError``; a reader
    that went away raises ``BrokenPipeError``.
    """
    with _blaming(target):
        if target == PIPE:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        path = Path(os.path.realpath(target))
        if makes_folder:
            path.parent.mkdir(parents=True, exist_ok=True)
        with _replacing(path) as file:
            yield file


@contextmanager
def _blaming(target: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        name, remedy = target, "check the place"
        if target == PIPE:
            name, remedy = "standard output", "check where it leads"
        elif not Path(os.path.realpath(target)).parent.is_dir():
            remedy = "make the folder first"
        raise WriteError(f"{name}: cannot be written ({error.strerror})", remedy) from error


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    beside = path.with_name(f".{path.name[:40]}.{os.getpid()}.{threading.get_ident()}")
    try:
        with beside.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            beside.chmod(path.stat().st_mode & 0o7777)
        beside.replace(path)
    except BaseException:
        with suppress(OSError):
            beside.unlink()
        raise
