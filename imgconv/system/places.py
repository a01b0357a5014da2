"""Paths as texts.

A ``Path`` takes longer to make than the system to say what is there. That counts where thousands of
pictures are looked at before the first is filtered, and for each of them when its file is put in
its place.
"""

from __future__ import annotations

import os

join = os.path.join

folder_of = os.path.dirname

from_folder = os.path.relpath

is_link = os.path.islink

status_of = os.stat


def is_within(path: str, folder: str) -> bool:
    """Whether a real path is that of a folder, or leads on from there."""
    return os.path.commonpath((path, folder)) == folder


class RealPaths:
    """The real paths of many places, most of which lie in the same few folders.

    Each folder is looked up once.
    """

    def __init__(self) -> None:
        self._folders: dict[str, str] = {}

    def of(self, path: str) -> str:
        """What ``os.path.realpath`` gives."""
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        place = join(self._folders[folder], name)
        return os.path.realpath(place) if is_link(place) else place


PIPE = "-"
