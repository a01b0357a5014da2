"""What a run is told, by which it finds what earlier ones recorded."""

from __future__ import annotations

from functools import partial
from typing import Any

from imgconv import library
from imgconv.errors import WordsError
from imgconv.existing import RULES
from imgconv.loading import is_interpreted
from imgconv.recordings import Recordings, facts_of_tool, stamps
from imgconv.request import Request
from imgconv.workers import available_cores

# The options that say where pictures go, and so nothing of what is made of them.
_PLACING = ("report", "in_place", *(rule.replace("-", "_") for rule in RULES))


def recordings_of(
    filter_text: str, options: dict[str, Any], request: Request, members: int
) -> Recordings:
    """What was recorded for these words; nothing where loops are no machine code.

    Each of ``members`` that share out the pictures has its part of the threads.
    """
    threads = (options["threads"] or available_cores()) // members
    try:
        words = _words(filter_text, options, request, threads)
    except (WordsError, OSError, ImportError):  # there is no such filter, or nothing to compile
        words = None
    words = None if is_interpreted() else words
    return Recordings(words, partial(key, request, options), request.gray)


def _words(
    filter_text: str, options: dict[str, Any], request: Request, threads: int
) -> tuple[object, ...]:
    told = sorted((name, value) for name, value in options.items() if name not in _PLACING)
    files = stamps(library.sources(filter_text))
    return (
        filter_text,
        files,
        told,
        request.format and request.format.name,
        threads,
        facts_of_tool(),
    )


def key(request: Request, options: dict[str, Any]) -> str:
    """By what runs remember the request."""
    from imgconv.request_key import key_of

    return key_of((request, options["allow_8_bit"]))
