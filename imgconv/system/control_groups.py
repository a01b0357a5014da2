"""The control groups of Linux, by which containers and services limit a process."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_OWN = Path("/proc/self/cgroup")
_ROOT = "/sys/fs/cgroup"


def folders(controller: str) -> Iterator[Path]:
    """Yield the folders of the groups that may limit this process by a controller, such as "cpu".

    They begin with its own group, and end with the outermost one. In version 1 each controller has
    groups of its own; in version 2 it has those that are listed without a controller.
    """
    with suppress(OSError):
        for line in _OWN.read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and controller not in controllers.split(","):
                continue
            top = f"{_ROOT}/{controller}" if controllers else _ROOT
            while path.strip("/"):  # pathlib's parents take five times as long
                yield Path(f"{top}{path}")
                path = path.rpartition("/")[0]
            yield Path(top)
