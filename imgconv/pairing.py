"""Which pictures are read and where each is written, as ``cp`` would have it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from imgconv import formats
from imgconv.errors import ReadError, WordsError, WriteError
from imgconv.formats import Format

PIPE = "-"


class Pair(NamedTuple):
    """A picture to read and where to write it; ``-`` stands for a pipe.

    ``makes_folder`` says that the folder it is written to may have to be made first.
    """

    source: str
    target: str
    makes_folder: bool = False


def pair(sources: Sequence[str], target: str, format: Format | None) -> list[Pair]:
    """Pair the pictures with their places, as ``cp`` does.

    One file goes to one file; several files, or a folder with its tree, go into a folder. Raises
    ``WordsError`` where this is impossible, or where a file would be written that is also read.
    """
    into_folder = (
        len(sources) > 1
        or Path(sources[0]).is_dir()
        or Path(target).is_dir()
        or target.endswith(os.sep)
    )
    if PIPE in sources and len(sources) > 1:
        raise WordsError("standard input stands for one picture", "give '-' as the only input")
    if into_folder and target == PIPE:
        raise WordsError("several pictures do not fit into one pipe", "give a folder as output")
    if into_folder:
        pairs = _pairs_into(sources, Path(target), format)
    else:
        _check_place(target, format)
        pairs = [Pair(sources[0], target)]
    _refuse_overwriting(pairs)
    return pairs


def _check_place(target: str, format: Format | None) -> None:
    if target == PIPE:
        return
    if format is None:
        formats.of_path(Path(target))
    if not Path(target).parent.is_dir():
        raise WriteError(f"there is no folder '{Path(target).parent}'", "make it first")


def _pairs_into(sources: Sequence[str], folder: Path, format: Format | None) -> list[Pair]:
    if folder.exists() and not folder.is_dir():
        raise WordsError(f"'{folder}' is not a folder", "several pictures need a folder as output")
    pairs: list[Pair] = []
    for source in sources:
        if source == PIPE:
            raise WordsError("a picture from a pipe has no name", "give a file as output")
        path = Path(source)
        if not path.is_dir():
            pairs.append(_pair_in(path, folder, Path(path.name), format))
            continue
        _refuse_nesting(path, folder)
        root = folder if len(sources) == 1 else folder / path.resolve().name
        pairs += [_pair_in(found, root, found.relative_to(path), format) for found in _tree(path)]
    if not pairs:
        raise ReadError("there are no pictures in " + ", ".join(sources), "check the folder")
    return pairs


def _pair_in(path: Path, root: Path, relative: Path, format: Format | None) -> Pair:
    if format is not None and relative.suffix.lower() not in format.suffixes:
        relative = relative.with_suffix(format.suffixes[0])
    return Pair(str(path), str(root / relative), makes_folder=True)


def _refuse_nesting(source: Path, target: Path) -> None:
    if target.resolve().is_relative_to(source.resolve()):
        raise WordsError(
            f"the output folder '{target}' lies inside the input folder '{source}'",
            "give a folder beside it",
        )


def _tree(folder: Path) -> list[Path]:
    """All pictures below a folder, sorted; links to folders are not followed."""
    found: list[Path] = []
    for root, folders, names in os.walk(folder):
        folders.sort()
        found += [Path(root, name) for name in sorted(names) if formats.is_picture_name(Path(name))]
    return found


def _refuse_overwriting(pairs: Sequence[Pair]) -> None:
    """Refuse outputs that are inputs too, and places that two pictures would share."""
    inputs = {_identity(pair.source): pair.source for pair in pairs if pair.source != PIPE}
    taken: dict[str, str] = {}
    for source, target, _ in pairs:
        if target == PIPE:
            continue
        if _identity(target) in inputs:
            raise WordsError(f"'{target}' is both input and output", "give another output")
        other = taken.setdefault(os.path.realpath(target), source)
        if other != source:
            raise WordsError(
                f"'{other}' and '{source}' would both be written to '{target}'",
                "rename one or filter them into different folders",
            )


def _identity(path: str) -> object:
    """The same for two paths of one file, whether by name, by link or by hard link."""
    try:
        status = Path(path).stat()
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino
