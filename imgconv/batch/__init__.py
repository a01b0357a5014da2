"""Many files: tasks, overwrite rules, manifest, results, worker processes, streams.

Modules that not every command or run needs are imported when they are first used, as in
``batch.stream``: Pillow, NumPy, json and multiprocessing take longer than a small picture.
"""

from typing import TYPE_CHECKING

from imgconv.system.lazy_imports import lazy_modules

if TYPE_CHECKING:
    from imgconv.batch import claims as claims
    from imgconv.batch import filter_frame as filter_frame
    from imgconv.batch import kept_frequencies as kept_frequencies
    from imgconv.batch import listing as listing
    from imgconv.batch import manifest as manifest
    from imgconv.batch import probe as probe
    from imgconv.batch import process as process
    from imgconv.batch import process_pool as process_pool
    from imgconv.batch import runner as runner
    from imgconv.batch import source as source
    from imgconv.batch import states as states
    from imgconv.batch import stream as stream

__getattr__ = lazy_modules(__name__)
