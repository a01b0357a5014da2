"""Tasks of a run: the pictures to read and where to write each, as ``cp`` would have it."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from imgconv import batch
from imgconv.batch.conflicts import check_collisions, check_folder
from imgconv.batch.output_names import NameTemplate
from imgconv.batch.task import Found, Task
from imgconv.errors import ReadError, UsageError
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow
from imgconv.system.places import PIPE, missing_remedy

if TYPE_CHECKING:
    from imgconv.batch.listing import Listing


def make_tasks(
    sources: Sequence[str],
    target: str,
    format: FormatRow | None,
    listing: "Listing | None" = None,
) -> list[Task]:
    """Return the tasks of filtering ``sources`` into ``target``.

    One file goes to one file; several files, or a folder with its tree, go into a folder. Raises
    ``UsageError`` where this is impossible, or where an output would overwrite an input.
    """
    into_folder = (
        len(sources) > 1
        or os.path.isdir(sources[0])
        or os.path.isdir(target)
        or target.endswith(os.sep)
    )
    if PIPE in sources and len(sources) > 1:
        raise UsageError("standard input stands for one picture", "give '-' as the only input")
    if into_folder and target == PIPE:
        raise UsageError("several pictures do not fit into one pipe", "give a folder as output")
    if into_folder:
        folder = Path(target)
        _check_folder(sources, folder, target)
        found = _find(sources, listing)
        tasks = [*dict.fromkeys(_task_into(folder, each, format) for each in found)]
    else:
        _check_target(sources[0], target, format)
        tasks = [Task(sources[0], target)]
    check_collisions(tasks)
    return tasks


def make_named_tasks(
    sources: Sequence[str],
    template: NameTemplate,
    format: FormatRow | None,
    listing: "Listing | None" = None,
) -> list[Task]:
    """Return the tasks of filtering ``sources`` to the names that a template gives.

    With a suffix, a picture in a folder is left out if it is the output of another one: an earlier
    run made it. Raises ``UsageError``.
    """
    for source in filter(os.path.isdir, sources):
        if folder := template.folder:
            _check_nesting(Path(source), Path(folder))
    found = [*dict.fromkeys(_find(sources, listing))]
    tasks = [
        Task(each.path, template.fill(each, number, format), template.folder_for(each))
        for number, each in enumerate(found, 1)
    ]
    if template.adds_suffix:
        tasks = _without_results(tasks, {str(Path(source)) for source in sources}, listing)
    if format is None and not any(registry.is_picture_path(task.target) for task in tasks):
        _check_names(tasks[0].target)
    check_collisions(tasks, "add {folder} or {number} to the name of the output")
    return tasks


def make_tasks_in_place(sources: Sequence[str], listing: "Listing | None" = None) -> list[Task]:
    """Return a task for each picture that replaces it: files, and folders with their trees.

    A link that is named is followed, one in a folder is left out. Raises ``UsageError``, also for a
    missing file: it may be meant as an output, and then the others must not be overwritten.
    """
    if PIPE in sources:
        raise UsageError("a pipe cannot be filtered in place", "give files or folders")
    check_inputs(sources, "--in-place takes no OUTPUT")
    tasks: dict[str, Task] = {}
    for source in dict.fromkeys(sources):
        found = [Task(source, source)]
        if os.path.isdir(source):
            listing = listing or batch.listing.Listing(links=False)
            found = [Task(path, path, source) for path in listing.pictures(str(Path(source)))]
        for task in found:
            tasks.setdefault(os.path.realpath(task.target), task)
    if not tasks:
        raise _no_pictures(sources)
    return [*tasks.values()]


def format_of(target: str) -> FormatRow:
    """Return the format of an output by its suffix; raises ``UsageError``."""
    try:
        return registry.by_path(target)
    except UsageError as error:
        if registry.suffix_of(target) in registry.FILMS:
            raise UsageError(f"{target} is a film, not a picture", registry.PIPE_FILMS) from error
        problem, remedy = error.problem, f"{error.remedy}, or give --format"
        if not registry.suffix_of(target) and not os.path.lexists(target):
            problem = f"'{target}' has no ending, which names the format"
            remedy = f"write '{target}{os.sep}' for a folder, {remedy}"
        raise UsageError(problem, remedy) from error


def _check_names(target: str) -> None:
    """Raise ``UsageError`` for names that end in no format, of which ``target`` is the first."""
    if not registry.suffix_of(target):
        remedy = "end the name in .{ext} to keep that of INPUT, or give --format"
        raise UsageError(f"'{target}' has no ending, which names the format", remedy)
    format_of(target)


def check_inputs(sources: Sequence[str], remedy: str) -> None:
    """Raise ``UsageError`` for the first of ``sources`` that is missing."""
    for source in sources:
        if not os.path.lexists(source):
            raise UsageError(f"'{source}' is not there", remedy)


def _check_source(source: str) -> None:
    """Raise ``ReadError`` where a picture is missing, before its OUTPUT is found wrong or made."""
    if source != PIPE and not os.path.lexists(source):
        raise ReadError(f"{source}: there is no such file", missing_remedy(source))


def _check_target(source: str, target: str, format: FormatRow | None) -> None:
    if target == PIPE:
        return
    if format is None:
        try:
            format_of(target)
        except UsageError:
            _check_source(source)
            raise
    check_folder(target)


def _check_folder(sources: Sequence[str], folder: Path, target: str) -> None:
    """Raise ``UsageError`` where several pictures cannot go into a folder."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is not a folder", "several pictures need a folder as output")
    if not folder.exists() and not target.endswith(os.sep):
        for source in sources:  # one may be meant as OUTPUT, or as the value of an option
            _check_source(source)
    if not folder.exists() and registry.suffix_of(target) in registry.FILMS:
        format_of(target)
    if not folder.exists() and registry.is_picture_path(target):
        raise UsageError(
            f"'{folder}' is named as one picture, and several would go there",
            f"name a folder, or names, as -o '{folder.with_suffix('')}-{{number}}{folder.suffix}'",
        )
    for source in filter(os.path.isdir, sources):
        _check_nesting(Path(source), folder)


def _find(sources: Sequence[str], listing: "Listing | None") -> Iterator[Found]:
    """Yield all pictures that are named, or lie below a folder."""
    is_empty = True
    for source in dict.fromkeys(sources):  # as files that are left out are counted once
        if source == PIPE:
            raise UsageError("a picture from a pipe has no name", "give a file as output")
        path = Path(source)
        found = [Found(str(path), path.name)]
        if path.is_dir():
            listing = listing or batch.listing.Listing()
            top = "" if len(sources) == 1 else path.resolve().name
            found = [
                Found(each, os.path.join(top, os.path.relpath(each, path)))
                for each in listing.pictures(str(path))
            ]
        is_empty &= not found
        yield from found
    if is_empty:
        raise _no_pictures(sources)


def _without_results(tasks: list[Task], named: set[str], listing: "Listing | None") -> list[Task]:
    """Return the tasks whose input is ``named``, or not the output of another one."""
    made = {task.target for task in tasks if not task.in_place} - named
    kept = [task for task in tasks if task.source not in made]
    if listing:
        listing.left_out.update([batch.listing.MADE] * (len(tasks) - len(kept)))
    return kept


def _no_pictures(sources: Sequence[str]) -> ReadError:
    return ReadError("there are no pictures in " + ", ".join(sources), "check the folder")


def _task_into(folder: Path, found: Found, format: FormatRow | None) -> Task:
    path, relative = found
    suffix = registry.suffix_of(relative)
    if format is None and registry.is_picture_path(path):
        format_of(path)  # which refuses a format that is only read
    if format is not None and suffix not in format.suffixes:
        relative = relative[: len(relative) - len(suffix)] + format.suffixes[0]
    return Task(path, os.path.join(folder, relative), str(folder))


def _check_nesting(source: Path, target: Path) -> None:
    # ``Path.resolve`` would fail for a link to itself, which is reported when it is written to.
    if Path(os.path.realpath(target)).is_relative_to(os.path.realpath(source)):
        raise UsageError(
            f"the output folder '{target}' lies inside the input folder '{source}'",
            "give a folder beside it",
        )
