"""Which pictures are read and where each is written, as ``cp`` would have it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from imgconv.errors import ReadError, UsageError, WriteError
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow
from imgconv.system.places import PIPE, RealPaths, from_folder, is_link, join, status_of


class Pair(NamedTuple):
    """A picture to read and where to write it; ``-`` stands for a pipe.

    ``within`` is the folder that it must not be written out of, and that may have to be made first.
    """

    source: str
    target: str
    within: str | None = None

    @property
    def in_place(self) -> bool:
        """Whether the picture itself is to be replaced."""
        return self.source == self.target != PIPE


def pair(sources: Sequence[str], target: str, format: FormatRow | None) -> list[Pair]:
    """Pair the pictures with their places, as ``cp`` does.

    One file goes to one file; several files, or a folder with its tree, go into a folder. Raises
    ``UsageError`` where this is impossible, or where a file would be written that is also read.
    """
    into_folder = (
        len(sources) > 1
        or Path(sources[0]).is_dir()
        or Path(target).is_dir()
        or target.endswith(os.sep)
    )
    if PIPE in sources and len(sources) > 1:
        raise UsageError("standard input stands for one picture", "give '-' as the only input")
    if into_folder and target == PIPE:
        raise UsageError("several pictures do not fit into one pipe", "give a folder as output")
    if into_folder:
        pairs = _pairs_into(sources, Path(target), format)
    else:
        _check_place(target, format)
        pairs = [Pair(sources[0], target)]
    pairs = [*dict.fromkeys(pairs)]
    _refuse_overwriting(pairs)
    return pairs


def pair_in_place(sources: Sequence[str]) -> list[Pair]:
    """Pair each picture with itself, once: files, and folders with their trees.

    A link that is named is followed, one in a folder is left alone. Raises ``UsageError``, also for
    what is not there: it may be meant as an output, and then the others are not to be overwritten.
    """
    if PIPE in sources:
        raise UsageError("a pipe cannot be filtered in place", "give files or folders")
    for source in sources:
        if not os.path.lexists(source):
            raise UsageError(f"'{source}' is not there", "--in-place takes no OUTPUT")
    pairs: dict[str, Pair] = {}
    for source in sources:
        found = [Pair(source, source)]
        if Path(source).is_dir():
            tree = _tree(str(Path(source)))
            found = [Pair(path, path, source) for path in tree if not is_link(path)]
        for each in found:
            pairs.setdefault(os.path.realpath(each.target), each)
    if not pairs:
        raise _no_pictures(sources)
    return [*pairs.values()]


def check_apart(path: str, pairs: Sequence[Pair]) -> None:
    """Raise ``UsageError`` where what is written to ``path`` would spoil a picture."""
    real = RealPaths()
    if _identity(path, real) in {_identity(place, real) for pair in pairs for place in pair[:2]}:
        raise UsageError(f"'{path}' is a picture of this run", "choose another file")


def _check_place(target: str, format: FormatRow | None) -> None:
    if target == PIPE:
        return
    if format is None:
        registry.by_path(target)
    if not Path(target).parent.is_dir():
        raise WriteError(f"there is no folder '{Path(target).parent}'", "make it first")


def _pairs_into(sources: Sequence[str], folder: Path, format: FormatRow | None) -> list[Pair]:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is not a folder", "several pictures need a folder as output")
    pairs: list[Pair] = []
    for source in sources:
        if source == PIPE:
            raise UsageError("a picture from a pipe has no name", "give a file as output")
        path = Path(source)
        if not path.is_dir():
            pairs.append(_pair_in(folder, str(path), path.name, format))
            continue
        _refuse_nesting(path, folder)
        top = "" if len(sources) == 1 else path.resolve().name
        for found in _tree(str(path)):
            relative = join(top, from_folder(found, path))
            pairs.append(_pair_in(folder, found, relative, format))
    if not pairs:
        raise _no_pictures(sources)
    return pairs


def _no_pictures(sources: Sequence[str]) -> ReadError:
    return ReadError("there are no pictures in " + ", ".join(sources), "check the folder")


def _pair_in(folder: Path, path: str, relative: str, format: FormatRow | None) -> Pair:
    ending = registry.suffix_of(relative)
    if format is not None and ending not in format.suffixes:
        relative = relative[: len(relative) - len(ending)] + format.suffixes[0]
    return Pair(path, join(folder, relative), str(folder))


def _refuse_nesting(source: Path, target: Path) -> None:
    # ``resolve`` would fail for a link to itself, which is told of when something is put there.
    if Path(os.path.realpath(target)).is_relative_to(os.path.realpath(source)):
        raise UsageError(
            f"the output folder '{target}' lies inside the input folder '{source}'",
            "give a folder beside it",
        )


# Of thousands of pictures each is looked at: a ``Path`` of each would take longer than to look.
def _tree(folder: str) -> list[str]:
    """All pictures below a folder, sorted; links to folders are not followed.

    A folder that cannot be read is among them, so that it fails like a picture and is not passed
    over in silence.
    """
    found: list[str] = []

    def fail(error: OSError) -> None:
        found.append(error.filename)

    for root, folders, names in os.walk(folder, onerror=fail):
        folders.sort()
        found += [join(root, n) for n in sorted(names) if registry.is_picture_path(n)]
    here = join(os.curdir, "")
    return [path.removeprefix(here) for path in found]


def _refuse_overwriting(pairs: Sequence[Pair]) -> None:
    """Refuse outputs that are inputs too, and places that two pictures would share."""
    real = RealPaths()
    inputs = {_identity(pair.source, real) for pair in pairs if pair.source != PIPE}
    taken: dict[str, Pair] = {}
    in_any_case: dict[str, Pair] = {}
    for pair in pairs:
        if pair.target == PIPE:
            continue
        if _identity(pair.target, real) in inputs:
            raise UsageError(
                f"'{pair.target}' is both input and output", "give another output, or --in-place"
            )
        place = real.of(pair.target)
        other = taken.setdefault(place, pair)
        twin = in_any_case.setdefault(place.casefold(), pair)
        if other is pair and twin is not pair and _ignores_case(Path(place).parent):
            other = twin
        if other is not pair:
            raise UsageError(
                f"'{other.source}' and '{pair.source}' would both be written to '{pair.target}'",
                "rename one or filter them into different folders",
            )


def _ignores_case(path: Path) -> bool:
    """Whether names there may be written in any case, as the nearest folder's own name tells."""
    for folder in (path, *path.parents):
        name = folder.name.swapcase()
        if name != folder.name and folder.is_dir():
            twin = folder.with_name(name)
            return twin.exists() and twin.samefile(folder)
    return False


def _identity(path: str, real: RealPaths) -> object:
    """The same for two paths of one file, whether by name, by link or by hard link."""
    try:
        status = status_of(path)
    except OSError:
        return real.of(path)
    return status.st_dev, status.st_ino
