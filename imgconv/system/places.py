"""Paths as texts: a ``Path`` takes longer to make than the system call that is asked about it.

That counts where a batch has thousands of pictures, and again where each of them is written.
"""

import os

# Stands for standard input or standard output.
PIPE = "-"


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
