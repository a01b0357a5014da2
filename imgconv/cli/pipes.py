"""Pipes at the ends of a command: closed ones and terminals are none."""

from __future__ import annotations

import sys

from imgconv.errors import WordsError
from imgconv.pairing import PIPE


def check_source(source: str) -> None:
    """Raise ``WordsError`` where standard input is asked for and cannot give a picture."""
    if source == PIPE and sys.stdin is None:
        raise WordsError("standard input is closed", "pipe a picture in, or name a file")
    if source == PIPE and sys.stdin.isatty():
        raise WordsError("standard input is a terminal", "pipe a picture in, or name a file")


def check_target(target: str) -> None:
    """Raise ``WordsError`` where standard output is asked for and cannot take a picture."""
    if target == PIPE and sys.stdout is None:
        raise WordsError("standard output is closed", "pipe it on, or name a file")
    if target == PIPE and sys.stdout.isatty():
        raise WordsError("standard output is a terminal", "pipe it on, or name a file")
