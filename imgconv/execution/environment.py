"""The environment of a run as part of the key of snapshots: imgconv, its compilers, its costs.

Every run asks for it before a replay, so nothing is imported to find it out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from imgconv.jit.toolchain import toolchain
from imgconv.planning import costs
from imgconv.system.version import __version__


def environment() -> tuple[object, ...]:
    """Return everything but a run's options and picture that determines a layout.

    Raises ``ImportError`` where the compilers are not the supported ones.
    """
    numpy = find_spec("numpy")
    origin = Path(numpy.origin) if numpy and numpy.origin else None
    arithmetic = _stamp(origin) if origin else None
    own = [_stamp(path) for path in _modules(Path(__file__).parent.parent)]
    return __version__, sys.version_info[:2], *toolchain(), arithmetic, own, costs.measured()


def _modules(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _modules(Path(entry))


def _stamp(path: Path | os.DirEntry[str]) -> object:
    """Return facts that differ after a file has changed, even if size and mtime are restored."""
    status = path.stat()
    times = status.st_mtime_ns, status.st_ctime_ns
    return os.fspath(path), status.st_size, *times, status.st_dev, status.st_ino
