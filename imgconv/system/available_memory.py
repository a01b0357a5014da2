"""How much memory this process may still take: what the machine, a container and a shell allow."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

# Work that takes less is begun without asking: to ask takes as long as filtering a small picture.
NOT_WORTH_ASKING = 64_000_000

# What the process itself will have mapped, its libraries and the stacks of its threads, where a
# shell limits what is mapped (ulimit -v).
_TO_BE_MAPPED = 400_000_000

_MACHINE = Path("/proc/meminfo")

_MAPPED = Path("/proc/self/statm")

_OWN_GROUPS = Path("/proc/self/cgroup")


class _Group(NamedTuple):
    """Where control groups of a version lie, and what their files are called there.

    ``mark`` stands before the own group in ``_OWN_GROUPS``.
    """

    mark: str
    folder: Path
    limit: str
    used: str
    unused: str


_GROUPS = (
    _Group("0::/", Path("/sys/fs/cgroup"), "memory.max", "memory.current", "inactive_file"),
    _Group(
        ":memory:/",
        Path("/sys/fs/cgroup/memory"),
        "memory.limit_in_bytes",
        "memory.usage_in_bytes",
        "total_inactive_file",
    ),
)


def free_memory() -> float:
    """So many bytes, by and large; infinitely many where nothing is known."""
    return max(0.0, min(_of_machine(), _of_group(), _of_process()))


def _of_machine() -> float:
    """Of the machine: free memory, and what the system keeps in it only for want of better use."""
    with suppress(OSError, ValueError, IndexError):
        for line in _MACHINE.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * float(line.split()[1])
    return math.inf


def _of_group() -> float:
    """Of the control group, as containers have one, and of all those around it."""
    return min((_left_in(folder, group) for folder, group in _own_groups()), default=math.inf)


def _own_groups() -> Iterator[tuple[Path, _Group]]:
    with suppress(OSError):
        for line in _OWN_GROUPS.read_text().splitlines():
            for group in _GROUPS:
                _, mark, own = line.partition(group.mark)
                if mark:
                    folder = group.folder / own
                    yield from ((place, group) for place in (folder, *folder.parents))


def _left_in(folder: Path, group: _Group) -> float:
    with suppress(OSError, ValueError):  # where it says "max", as where it says nothing
        limit = int((folder / group.limit).read_text())
        used = int((folder / group.used).read_text())
        words = (folder / "memory.stat").read_text().split()
        return limit - used + int(words[words.index(group.unused) + 1])
    return math.inf


def _of_process() -> float:
    """Of the process, where its shell has limited it."""
    with suppress(ImportError, OSError, ValueError, IndexError):
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit != resource.RLIM_INFINITY:
            mapped = int(_MAPPED.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
            return limit - max(mapped, _TO_BE_MAPPED)
    return math.inf
