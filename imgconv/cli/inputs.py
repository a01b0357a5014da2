"""Standard input and output as INPUT and OUTPUT, and the header of the first picture."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from select import select
from typing import IO, TYPE_CHECKING

from imgconv import cli
from imgconv.batch.tasks import Task
from imgconv.errors import ImgconvError, UsageError
from imgconv.formats.registry import is_picture_path
from imgconv.kernels.library import WITH_PATH
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.batch.source import PictureReader
    from imgconv.images.pixels import Header

# The first bytes of streams: of Netpbm, whose pictures begin so too, and of YUV4MPEG2.
_STREAMS = (b"P", b"Y")


def check_source(source: str) -> None:
    """Raise ``UsageError`` for a standard input that is closed or a terminal."""
    if source == PIPE:
        _check_pipe(sys.stdin, "standard input", "pipe a picture in, or name a file")


def check_order(filter_text: str, places: Sequence[str], command: str = "apply") -> None:
    """Raise ``UsageError`` for arguments in another order, looking only where one may be wrong."""
    is_missing = places[0] != PIPE and not os.path.lexists(places[0])
    lacks_picture = filter_text.endswith(WITH_PATH)
    if is_missing or lacks_picture or is_picture_path(filter_text):
        cli.near_misses.check_order(filter_text, places, command)


def check_pipes(task: Task) -> None:
    """Raise ``UsageError`` as ``check_source`` and ``check_target`` do."""
    check_source(task.source)
    check_target(task.target)


def check_target(target: str) -> None:
    """Raise ``UsageError`` for a standard output that is closed or a terminal."""
    if target == PIPE:
        _check_pipe(sys.stdout, "standard output", "pipe it on, or name a file")


def _check_pipe(file: IO[str] | None, name: str, remedy: str) -> None:
    if file is None or file.isatty():
        raise UsageError(f"{name} is {'a terminal' if file else 'closed'}", remedy)


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
        peek = getattr(sys.stdin.buffer, "peek", lambda size: b"")
        beginning: bytes = peek(1)
    except (OSError, ValueError):  # the system cannot wait for this kind of file
        return False
    return bool(beginning) and not beginning.startswith(_STREAMS)
