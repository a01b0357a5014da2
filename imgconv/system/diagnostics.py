"""What other libraries say of a file while a thread reads it.

They say it to the process, by way of a warning, a log or a handler; ``cli/library_warnings.py``
sends it all here. Files are read in several threads, so each thread has its own words.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

# A broken file may be complained of once for each of its rows.
_MOST_WORDS = 3

_here = threading.local()


@contextmanager
def collect_diagnostics() -> Iterator[list[str]]:
    """Give a list that fills with what is said in this thread meanwhile, each thing once."""
    before, _here.said = getattr(_here, "said", None), []
    try:
        yield _here.said
    finally:
        _here.said = before


def add_diagnostic(words: str) -> None:
    """Take down what is said, if this thread has anyone who listens."""
    said: list[str] | None = getattr(_here, "said", None)
    words = " ".join(words.split())
    if said is not None and words and len(said) < _MOST_WORDS and words not in said:
        said.append(words)
