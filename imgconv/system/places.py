"""Paths as texts.

A ``Path`` takes longer to make than the system call that is asked about it. That counts where a
batch looks at thousands of pictures, and again where each of them is written.
"""

from __future__ import annotations

import os

# Stands for standard input or standard output.
PIPE = "-"

join = os.path.join
folder_of = os.path.dirname
from_folder = os.path.relpath
is_link = os.path.islink
status_of = os.stat


def is_within(path: str, folder: str) -> bool:
    """Whether a real path is ``folder`` itself or lies below it."""
    return os.path.commonpath((path, folder)) == folder


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
        place = join(self._folders[folder], name)
        return os.path.realpath(place) if is_link(place) else place
