"""The memory that this process can still allocate: limits of machine, container and shell."""

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Work that takes less is not checked: that takes as long as filtering a small picture.
NOT_WORTH_ASKING = 64_000_000  # bytes

# The address space of libraries and threads, which counts where a shell limits it (ulimit -v).
_OWN_ADDRESS_SPACE = 400_000_000  # bytes

_MEMINFO = Path("/proc/meminfo")
_STATM = Path("/proc/self/statm")
_CGROUP = Path("/proc/self/cgroup")


class _Hierarchy(NamedTuple):
    """A version of control groups: the mark of its lines in ``_CGROUP``, its folder and files."""

    mark: str
    folder: Path
    limit: str
    used: str
    reclaimable: str


_HIERARCHIES = (
    _Hierarchy("0::/", Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    _Hierarchy(
        *(":memory:/", Path("/sys/fs/cgroup/memory")),
        *("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
    ),
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
    """Yield the memory left in the control group, which containers have, and in its parents."""
    with suppress(OSError):
        for line in _CGROUP.read_text().splitlines():
            for hierarchy in _HIERARCHIES:
                _, mark, own = line.partition(hierarchy.mark)
                if mark:
                    folder = hierarchy.folder / own
                    yield from (_free_in(group, hierarchy) for group in (folder, *folder.parents))


def _free_in(folder: Path, hierarchy: _Hierarchy) -> float:
    with suppress(OSError, ValueError):  # the limit is "max", or there is none
        limit = int((folder / hierarchy.limit).read_text())
        used = int((folder / hierarchy.used).read_text())
        words = (folder / "memory.stat").read_text().split()
        return limit - used + int(words[words.index(hierarchy.reclaimable) + 1])
    return math.inf


def _free_address_space() -> float:
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource  # POSIX only

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            used = int(_STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            return limit - max(used, _OWN_ADDRESS_SPACE)
    return math.inf
