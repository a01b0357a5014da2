"""Pipes at the ends of a command: closed ones and terminals are none."""

from __future__ import annotations

import sys
from select import select

from imgconv.errors import WordsError
from imgconv.pairing import PIPE


def check_source(source: str) -> None:
    """Raise ``WordsError`` where standard input is asked for and cannot give a picture."""
    if source == PIPE and sys.stdin is None:
        raise WordsError("standard input is closed", "pipe a picture in, or name a file")
    if source == PIPE and sys.stdin.isatty():
        raise WordsError("standard input is a terminal", "pipe a picture in, or name a file")


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
    """Raise ``WordsError`` where standard output is asked for and cannot take a picture."""
    if target == PIPE and sys.stdout is None:
        raise WordsError("standard output is closed", "pipe it on, or name a file")
    if target == PIPE and sys.stdout.isatty():
        raise WordsError("standard output is a terminal", "pipe it on, or name a file")
