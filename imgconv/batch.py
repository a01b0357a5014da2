"""Many files: find them, pair them with outputs, run them, tell what happened to each."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

from imgconv import files, formats
from imgconv.errors import FileError, ImgconvError, ReadError, WordsError, WriteError
from imgconv.filter import Filter
from imgconv.filtering import Settings, filter_pixels
from imgconv.formats import Format
from imgconv.modes import filterable, to_image, to_pixels
from imgconv.outcome import Outcome
from imgconv.workers import Job, available_cores

# When more of the values than this were clipped, a person is told.
MUCH_CLIPPED = 0.01

Progress = Callable[[int, int], None]


class Pair(NamedTuple):
    """A picture to read and where to write it; ``-`` stands for a pipe.

    ``makes_folder`` says that the folder it is written to may have to be made first.
    """

    source: str
    target: str
    makes_folder: bool = False


@dataclass(frozen=True)
class Request:
    """What is done to every file: the filters, how they are applied, how the result is written."""

    filters: Sequence[Filter]
    settings: Settings = field(default_factory=Settings)
    gray: bool = False
    format: Format | None = None
    quality: int | None = None


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
    if files.PIPE in sources and len(sources) > 1:
        raise WordsError("standard input stands for one picture", "give '-' as the only input")
    if into_folder and target == files.PIPE:
        raise WordsError("several pictures do not fit into one pipe", "give a folder as output")
    if into_folder:
        pairs = _pairs_into(sources, Path(target), format)
    else:
        _check_place(target, format)
        pairs = [Pair(sources[0], target)]
    _refuse_overwriting(pairs)
    return pairs


def _check_place(target: str, format: Format | None) -> None:
    if target == files.PIPE:
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
        if source == files.PIPE:
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
    inputs = {_identity(pair.source): pair.source for pair in pairs if pair.source != files.PIPE}
    taken: dict[str, str] = {}
    for source, target, _ in pairs:
        if target == files.PIPE:
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


def run(
    request: Request,
    pairs: Sequence[Pair],
    jobs: int | None = None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    progress: Progress = lambda done, total: None,
) -> list[Outcome]:
    """Filter every pair, up to ``jobs`` at once; one that fails does not stop the others.

    ``tell`` hears of each file as it is done; ``progress`` of the share of the whole that is done.
    """
    threads = request.settings.threads or available_cores()
    outcomes: list[Outcome] = []

    def work(pair: Pair) -> None:
        rows = progress if len(pairs) == 1 else lambda done, total: None
        outcome = _run_one(request, pair, rows)
        outcomes.append(outcome)
        tell(outcome)
        if len(pairs) > 1:
            progress(len(outcomes), len(pairs))

    Job([partial(work, pair) for pair in pairs]).run(threads, jobs)
    return outcomes


def _run_one(request: Request, pair: Pair, progress: Progress) -> Outcome:
    outcome = Outcome(pair.source, pair.target)
    try:
        picture = files.read(pair.source)
        target = request.format or _format_for(pair.target, picture)
        _note_lost_frames(outcome, picture, target)
        _filter_frames(picture, request, outcome, progress)
        data = files.encode(picture, target, request.quality)
        files.write(data, pair.target, pair.makes_folder)
    except FileError as error:
        outcome.error = error
    except ImgconvError as error:
        outcome.error = type(error)(f"{pair.source}: {error.problem}", error.remedy)
    return outcome


def _format_for(target: str, picture: files.Picture) -> Format:
    return formats.named(picture.format) if target == files.PIPE else formats.of_path(Path(target))


def _filter_frames(
    picture: files.Picture, request: Request, outcome: Outcome, progress: Progress
) -> None:
    shares = []
    for position, frame in enumerate(picture.frames):
        image = filterable(frame, request.gray)
        result = filter_pixels(to_pixels(image), request.filters, request.settings, progress)
        picture.frames[position] = to_image(result.pixels, image.mode)
        shares.append(result.clipped)
    _note_clipping(outcome, request, max(shares))


def _note_clipping(outcome: Outcome, request: Request, share: float) -> None:
    if share > MUCH_CLIPPED and (request.settings.range or request.filters[-1].range) == "clamp":
        outcome.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped; "
            "--range abs, offset or stretch would show them"
        )


def _note_lost_frames(outcome: Outcome, picture: files.Picture, target: Format) -> None:
    lost = len(picture.frames) - 1
    if lost and not target.holds_frames:
        outcome.notes.append(f"{target.name} holds one frame; {lost} more were left out")
