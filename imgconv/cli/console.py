"""Messages and progress on standard error, and lines and JSON on standard output."""

import math
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from io import TextIOBase
from threading import Lock
from typing import Any

import click

from imgconv import jit
from imgconv.errors import FileError
from imgconv.jit import hooks
from imgconv.system.diagnostics import printable
from imgconv.system.shutdown import on_shutdown
from imgconv.system.threads import Progress, no_progress

PATIENCE = 1.0  # seconds until a progress bar appears


class ClosedOutput(TextIOBase):
    """Standard output that is closed: using it raises ``FileError``, where Click prints nothing."""

    def write(self, text: str) -> int:
        raise FileError("standard output is closed", "pipe it on, or lead it to a file")

    def fileno(self) -> int:
        return self.write("")


def _is_terminal() -> bool:
    """Return whether standard error is a terminal; it may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def say(text: str) -> None:
    """Print one line on standard error."""
    click.echo(f"imgconv: {printable(text)}", err=True)


def show_line(text: str) -> None:
    """Print one line on standard output."""
    click.echo(printable(text))


def print_json(document: object) -> None:
    """Print one JSON document on standard output, as ``json_text`` writes it."""
    click.echo(json_text(document, 2))


def json_text(document: object, indent: int | None = None) -> str:
    """Return a JSON document; NaN and infinity, which JSON has not, are null."""
    from json import dumps  # 3 ms, which other runs save

    return dumps(_json_value(document), indent=indent, allow_nan=False)


def _json_value(value: Any) -> Any:
    """Return a value of types that JSON has; whole numbers have no point."""
    if hasattr(value, "tolist"):  # an array or a number of NumPy, which may not be imported
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: _json_value(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json_value(each) for each in value]
    if not isinstance(value, float):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def counted(count: int, noun: str) -> str:
    """Return a count with its noun, as in "1 picture" and "2 pictures"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@contextmanager
def progress_bar(quiet: bool = False) -> Iterator[Progress]:
    """Yield a function (done, total) that shows progress, if standard error is a terminal."""
    if quiet or not _is_terminal():
        yield no_progress
        return
    bar = _LateBar()
    try:
        with on_shutdown(bar.close):
            yield bar
    finally:
        bar.close()


class _LateBar:
    """A progress bar that appears after ``PATIENCE`` seconds."""

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


def report_compiling(quiet: bool = False) -> None:
    """Have the compiler start workers, warn once, and say at a terminal why a run takes longer."""
    hooks.not_cached = (lambda reason: None) if quiet else warn_not_cached
    hooks.workers = lambda missing: jit.parallel.compile_workers(missing)
    if _is_terminal() and not quiet:
        text = "compiling for this machine, once; 'imgconv warm' does it ahead"
        hooks.compiling = partial(_SayOnce(), text)


def warn_not_cached(reason: str) -> None:
    """Print, once in a run, that compiled loops cannot be cached."""
    _say_not_cached(hooks.not_cached_text(reason))


class _SayOnce:
    """Prints one message, by this process or one that it has forked."""

    def __init__(self) -> None:
        self._token, end = os.pipe()
        os.write(end, b"1")
        os.close(end)

    def __call__(self, text: str) -> None:
        if os.read(self._token, 1):
            say(text)


_say_not_cached = _SayOnce()
