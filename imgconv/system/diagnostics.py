"""Diagnostics: messages of other libraries about a file, collected while a thread reads it.

``cli/library_warnings.py`` sends all messages of the process here. Files are read in several
threads, so each thread has a list of its own.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# Libraries may report a broken file once for each of its rows.
_MAX_MESSAGES = 3

_thread = threading.local()


@contextmanager
def collect_diagnostics() -> Iterator[list[str]]:
    """Yield a list that gets the messages about files that this thread reads, each one once."""
    outer, _thread.messages = getattr(_thread, "messages", None), []
    try:
        yield _thread.messages
    finally:
        _thread.messages = outer


def add_diagnostic(message: str) -> None:
    """Record a diagnostic for the file that this thread is reading, if any."""
    messages: list[str] | None = getattr(_thread, "messages", None)
    message = " ".join(message.split())
    if messages is None or not message or message in messages or len(messages) == _MAX_MESSAGES:
        return
    messages.append(message)


def printable(text: str) -> str:
    """Return ``text`` with escapes for characters that control a terminal or have no form."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in text.encode("utf-8", "backslashreplace").decode()
    )
