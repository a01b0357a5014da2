"""Paths as texts: a ``Path`` takes longer to make than the system call that is asked about it.

That counts where a batch has thousands of pictures, and again where each of them is written.
"""

import os
import re
from typing import Any

# Stands for standard input or standard output.
PIPE = "-"

# Texts that are no path here as they stand, and what to do.
_NO_PATHS = {
    r"[-+\d.,\s]+\\n.*": r"write ; in place of \\n between the rows of a kernel",
    r"(?i)[a-z]:[\\/].*|.*\\.*": "write / in place of \\, and a disk as in /mnt/c/",
    r"file:/+(/.*)": r"write \1",
    r"(?i)\w+:/.*": "give files, and carry them from and to the net by another program, as curl",
    r"~.*": "leave ~ outside of quotes, so that the shell puts the home folder in its place",
    r"(.*)\[(\d+)\]": r"write \1 --frame \2",
    r".*[*?].*": "leave out quotes, so that the shell fills the pattern in, or check it",
    "[\N{EN DASH}\N{EM DASH}].*": "write -- in place of the dash",
}


def missing_remedy(path: str, otherwise: str = "check the path") -> str:
    """Return what to do about a path where nothing is, which may be none as it stands."""
    found = ((re.fullmatch(form, path), remedy) for form, remedy in _NO_PATHS.items())
    return next((match.expand(remedy) for match, remedy in found if match), otherwise)


def peek(file: Any, size: int) -> bytes:
    """Return up to ``size`` bytes that are read next, or more; none where there is no buffer."""
    return bytes(file.peek(size)) if hasattr(file, "peek") else b""


class RealPaths:
    """Resolves links in many paths, each folder of which is looked up once."""

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the same path as ``os.path.realpath``."""
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        place = os.path.join(self._folders[folder], name)
        return os.path.realpath(place) if os.path.islink(place) else place
