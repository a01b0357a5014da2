"""Pipes at the ends of a command: closed ones and terminals are none.

How the pictures of a run are read: the first one ahead, or a film in a pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from select import select
from typing import TYPE_CHECKING

from imgconv.batch.tasks import Pair
from imgconv.errors import ImgconvError, UsageError
from imgconv.system.places import PIPE

if TYPE_CHECKING:
    from imgconv.batch.stream import Stream
    from imgconv.formats.metadata import Picture
    from imgconv.images.pixels import Header


def check_source(source: str) -> None:
    """Raise ``UsageError`` where standard input is asked for and cannot give a picture."""
    if source == PIPE and sys.stdin is None:
        raise UsageError("standard input is closed", "pipe a picture in, or name a file")
    if source == PIPE and sys.stdin.isatty():
        raise UsageError("standard input is a terminal", "pipe a picture in, or name a file")


# Films and pictures of Netpbm, and films of YUV4MPEG2, begin so.
_FILMS = (b"P", b"Y")


def holds_still() -> bool:
    """Whether a picture stands on standard input already that is no film.

    Where nothing does yet, there is time to import what plans, and what filters films.
    """
    try:
        if not select([sys.stdin], [], [], 0)[0]:
            return False
        peek = getattr(sys.stdin.buffer, "peek", lambda size: b"")
        beginning: bytes = peek(1)
    except (OSError, ValueError):  # it is nothing that the system can wait for
        return False
    return bool(beginning) and not beginning.startswith(_FILMS)


def check_target(target: str) -> None:
    """Raise ``UsageError`` where standard output is asked for and cannot take a picture."""
    if target == PIPE and sys.stdout is None:
        raise UsageError("standard output is closed", "pipe it on, or name a file")
    if target == PIPE and sys.stdout.isatty():
        raise UsageError("standard output is a terminal", "pipe it on, or name a file")


def begin_reading(
    pairs: list[Pair], allowed: tuple[int | None, bool], ahead: bool, reports: bool
) -> tuple[Callable[[str], Picture], Header | None]:
    """Read the first picture ``ahead``, while modules are imported; or no more than its header.

    Neither from a pipe in which a film may be. Gives what reads pictures, and what is known of the
    first one. ``allowed`` is how large it may be, and whether it may be narrowed; ``reports`` that
    a report is to tell of whatever is wrong with it. Raises ``UsageError``, and ``ReadError`` where
    nothing else is to be done.
    """
    from imgconv.cli.library_warnings import collect_library_warnings

    source, target, _ = pairs[0]
    check_source(source)
    check_target(target)
    collect_library_warnings()
    if ahead and (source != PIPE or holds_still()):
        from imgconv.batch.prefetch import ReadAhead

        reading = ReadAhead(source, *allowed, only=len(pairs) == 1 and not reports)
        return reading, reading.header
    from imgconv.formats.reader import read as read_reader

    header = _header(source, allowed) if source != PIPE else None
    return partial(read_reader, most_pixels=allowed[0], may_narrow=allowed[1]), header


def _header(source: str, allowed: tuple[int | None, bool]) -> Header | None:
    """What the header of a picture says; what is wrong with it is found when all is read."""
    from imgconv.formats.reader import begin

    with suppress(ImgconvError):
        begun = begin(source, *allowed)
        begun.file.close()
        return begun.header
    return None


def film_in_pipe(
    pair: Pair, read: Callable[[str], Picture], most_pixels: int | None
) -> Stream | None:
    """The film that is piped in, if one is."""
    from imgconv.batch.prefetch import ReadAhead

    if pair.source != PIPE or isinstance(read, ReadAhead):
        return None
    from imgconv.batch import stream

    return stream.recognise(sys.stdin.buffer, most_pixels)


def one_picture(film: Stream, source: str) -> Picture:
    """The film as one picture of many frames, for a format that holds it so."""
    from imgconv.batch import stream

    return stream.picture(film)
