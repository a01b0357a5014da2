"""Words for people, on standard error, harmless whatever is in a file's name.

A bar on a terminal for work that takes more than a second; silence in a pipe.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any

import click

from imgconv.system.shutdown import on_shutdown

if TYPE_CHECKING:
    from imgconv.batch.process import PictureProgress


def printable(text: str) -> str:
    """``text`` with everything escaped that a terminal would not show as it is."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in text.encode("utf-8", "backslashreplace").decode()
    )


def is_terminal() -> bool:
    """Whether standard error is one; it may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def say(text: str) -> None:
    """One line on standard error."""
    click.echo(f"imgconv: {printable(text)}", err=True)


PATIENCE = 1.0


@contextmanager
def progress_bar() -> Iterator[PictureProgress]:
    """Give a function that is told how much is done of how much, and shows it."""
    if not is_terminal():
        yield lambda done, total: None
        return
    bar = _LateBar()
    try:
        with on_shutdown(bar.close):
            yield bar
    finally:
        bar.close()


class _LateBar:
    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._lock = Lock()
        self._bar: Any = None
        self._closed = False

    def __call__(self, done: int, total: int) -> None:
        if self._bar is None and time.monotonic() - self._begun < PATIENCE:
            return
        with self._lock:
            if self._closed:
                return
            if self._bar is None:
                self._bar = click.progressbar(length=total, file=sys.stderr)
            self._bar.update(done - self._bar.pos)

    def close(self) -> None:
        with self._lock:
            if self._bar is not None and not self._closed:
                self._bar.render_finish()
            self._closed = True
