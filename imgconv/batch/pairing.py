"""Pairs of pictures, before and after: two files, or the files of equal names in two folders."""

from __future__ import annotations

import os
from pathlib import Path

from imgconv.batch.listing import Listing
from imgconv.errors import UsageError


def paired(before: str, after: str) -> tuple[list[tuple[str, str]], list[str]]:
    """Return pairs of paths, and the pictures in one folder only.

    Pictures of two folders are paired by their paths in them. Raises ``UsageError`` for a folder
    and a file, and where nothing is paired.
    """
    if not Path(before).is_dir() and not Path(after).is_dir():
        return [(before, after)], []
    for path in (before, after):
        if not Path(path).is_dir():
            raise UsageError(f"{path} is not a folder", "give two pictures, or two folders")
    first, second = (_names(folder) for folder in (before, after))
    both = sorted(first.keys() & second.keys())
    if not both:
        raise UsageError(
            f"no picture in {before} and {after} has the same name", "give pictures the same names"
        )
    alone = sorted({**first, **second}[name] for name in first.keys() ^ second.keys())
    return [(first[name], second[name]) for name in both], alone


def _names(folder: str) -> dict[str, str]:
    """Return the path of each picture by its path below the folder."""
    found = Listing(keeps_format=False).pictures(folder)
    return {os.path.relpath(path, folder): path for path in found}
