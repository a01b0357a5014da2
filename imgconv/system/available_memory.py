"""The memory that this process can still allocate: limits of machine, container and shell."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from imgconv.system import control_groups

# Work that takes less is not checked: that takes as long as filtering a small picture.
NOT_WORTH_ASKING = 64_000_000  # bytes

# The address space of libraries and threads, which counts where a shell limits it (ulimit -v).
_OWN_ADDRESS_SPACE = 400_000_000  # bytes

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")

# The files of a control group in version 2 and 1: its limit, its use, and the name in memory.stat
# of what the kernel gives back when it is needed.
_GROUP_FILES = (
    ("memory.max", "memory.current", "inactive_file"),
    ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
)


def free_memory() -> float:
    """Return the free memory in bytes, roughly; infinity where nothing is known."""
    return max(0.0, min(_free_in_machine(), _free_address_space(), *_free_in_groups()))


def _free_in_machine() -> float:
    with suppress(OSError, ValueError, IndexError):
        for line in _MEMINFO.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * float(line.split()[1])
    return math.inf


def _free_in_groups() -> Iterator[float]:
    """Yield the memory left in each control group that limits this process."""
    for folder in control_groups.folders("memory"):
        yield from (_free_in(folder, *names) for names in _GROUP_FILES)


def _free_in(folder: Path, limit: str, used: str, reclaimable: str) -> float:
    with suppress(OSError, ValueError):  # the limit is "max", or there is none
        left = int((folder / limit).read_text()) - int((folder / used).read_text())
        words = (folder / "memory.stat").read_text().split()
        return left + int(words[words.index(reclaimable) + 1])
    return math.inf


def _free_address_space() -> float:
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource  # POSIX only

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            used = int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            return limit - max(used, _OWN_ADDRESS_SPACE)
    return math.inf
