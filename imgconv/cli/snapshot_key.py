"""What a run is told, by which it finds what earlier ones recorded."""

from __future__ import annotations

from functools import partial
from typing import Any

from imgconv.batch.overwrite import RULES
from imgconv.batch.request import Request
from imgconv.errors import UsageError
from imgconv.execution.environment import environment
from imgconv.execution.snapshot_cache import SnapshotCache
from imgconv.jit.loader import is_interpreted
from imgconv.kernels import library
from imgconv.system.threads import available_cores

# The options that say where pictures go, and so nothing of what is made of them.
_PLACING = ("report", "in_place", *(rule.replace("-", "_") for rule in RULES))


def snapshots_of(
    filter_text: str, options: dict[str, Any], request: Request, members: int
) -> SnapshotCache:
    """What was recorded for these words; nothing where loops are no machine code.

    Each of ``members`` that share out the pictures has its part of the threads.
    """
    threads = max(1, (options["threads"] or available_cores()) // members)
    told = sorted((name, value) for name, value in options.items() if name not in _PLACING)
    format = request.format and request.format.name

    def words() -> object:
        if is_interpreted():
            return None
        try:
            return (
                filter_text,
                library.file_contents(filter_text),
                told,
                format,
                threads,
                environment(),
            )
        except (UsageError, OSError, ImportError):  # there is no such filter, or no compiler
            return None

    return SnapshotCache(words, partial(key, request, options), request.gray, threads)


def key(request: Request, options: dict[str, Any]) -> str:
    """By what runs remember the request."""
    from imgconv.batch.fingerprint import key_of

    return key_of((request, options["allow_8_bit"]))
