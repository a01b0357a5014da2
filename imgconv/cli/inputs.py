"""Standard input and output as INPUT and OUTPUT, and the header of the first picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from select import select
from typing import TYPE_CHECKING

import click

from imgconv import cli
from imgconv.batch.task import Task
from imgconv.errors import FileError, ImgconvError, UsageError
from imgconv.formats.registry import is_picture_path
from imgconv.kernels.filter import WITH_PATH
from imgconv.system.places import PIPE, peek

if TYPE_CHECKING:
    from imgconv.batch.source import PictureReader
    from imgconv.images.pixels import Header

# The first bytes of streams: of Netpbm, whose pictures begin so too, and of YUV4MPEG2.
_STREAMS = (b"P", b"Y")


def check_source(source: str) -> None:
    """Raise ``FileError`` for a standard input that is closed, ``UsageError`` for a terminal."""
    if source != PIPE:
        return
    if sys.stdin is None:
        raise FileError("standard input is closed", "pipe a picture in, or name a file")
    if sys.stdin.isatty():
        raise UsageError("standard input is a terminal", "pipe a picture in, or name a file")


def check_target(target: str) -> None:
    """Raise ``FileError`` for a standard output that is closed, ``UsageError`` for a terminal."""
    if target == PIPE and os.isatty(sys.stdout.fileno()):
        raise UsageError("standard output is a terminal", "pipe it on, or name a file")


def check_pipes(task: Task) -> None:
    """Raise an error as ``check_source`` and ``check_target`` do."""
    check_source(task.source)
    check_target(task.target)


def check_order(filter_text: str, places: Sequence[str], command: str = "apply") -> None:
    """Raise ``UsageError`` for arguments in another order, looking only where one may be wrong."""
    is_missing = places[0] != PIPE and not os.path.lexists(places[0])
    lacks_picture = filter_text.endswith(WITH_PATH)
    if is_missing or lacks_picture or is_picture_path(filter_text):
        arguments = click.get_current_context().meta["arguments"]
        cli.near_misses.check_order(filter_text, places, command, arguments)


def open_first(reader: PictureReader, task: Task, is_needed: bool) -> Header | None:
    """Read the header of the first picture, if it is needed or in a file.

    Raises ``ReadError`` if it is needed: nothing more is imported then, for which there may be no
    memory. Otherwise reading the whole picture raises the error again.
    """
    try:
        if task.source != PIPE or (is_needed and _picture_waits()):
            return reader.open(task.source)
    except ImgconvError:
        if is_needed:
            raise
    return None


def _picture_waits() -> bool:
    """Whether standard input has bytes already that begin a picture and no stream.

    Where it has none yet, the time until they come serves to import the planner.
    """
    try:
        if not select([sys.stdin], [], [], 0)[0]:
            return False
        beginning = peek(sys.stdin.buffer, 1)
    except (OSError, ValueError):  # the system cannot wait for this kind of file
        return False
    return bool(beginning) and not beginning.startswith(_STREAMS)
