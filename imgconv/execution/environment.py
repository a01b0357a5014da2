"""The environment of a run: the tool itself, what it is made with, and the machine.

Every run that may play a recording asks, so nothing is imported to find out.
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
    """All that decides what is laid out for a picture, but for what a run is told of it.

    Raises ``ImportError`` where the compilers are not what they should be.
    """
    numpy = find_spec("numpy")
    origin = Path(numpy.origin) if numpy and numpy.origin else None
    arithmetic = _stamp(origin) if origin else None
    own = [_stamp(path) for path in _files(Path(__file__).parent.parent)]
    return __version__, sys.version_info[:2], *toolchain(), arithmetic, own, costs.measured()


def _files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """The modules of a package."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files(Path(entry))


def _stamp(path: Path | os.DirEntry[str]) -> object:
    """What is another where a file has changed."""
    status = path.stat()
    times = status.st_mtime_ns, status.st_ctime_ns
    return os.fspath(path), status.st_size, *times, status.st_dev, status.st_ino
