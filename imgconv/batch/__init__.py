"""Many files: tasks, overwrite rules, manifest, results, worker processes, streams.

Modules that not every command or run needs are imported when they are first used, as in
``batch.stream``: Pillow, NumPy, json and multiprocessing take longer than a small picture.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.batch import convert as convert
    from imgconv.batch import filter_frame as filter_frame
    from imgconv.batch import manifest as manifest
    from imgconv.batch import probe as probe
    from imgconv.batch import process as process
    from imgconv.batch import process_pool as process_pool
    from imgconv.batch import report as report
    from imgconv.batch import request as request
    from imgconv.batch import runner as runner
    from imgconv.batch import source as source
    from imgconv.batch import stream as stream

_LAZY = (
    *("convert", "filter_frame", "manifest", "probe", "process"),
    *("process_pool", "report", "request", "runner", "source", "stream"),
)


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
