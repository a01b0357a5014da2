"""Tasks of a run: the pictures to read and where to write each, as ``cp`` would have it."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from imgconv.errors import ReadError, UsageError, WriteError
from imgconv.formats import registry
from imgconv.formats.registry import FormatRow
from imgconv.system import atomic
from imgconv.system.places import PIPE, RealPaths

OnLeftOut = Callable[[str], None]


class Task(NamedTuple):
    """A picture to read and where to write it; ``-`` stands for a pipe.

    ``within`` is the output folder, which may have to be made first and must not be left.
    """

    source: str
    target: str
    within: str | None = None

    @property
    def in_place(self) -> bool:
        return self.source == self.target != PIPE


def make_tasks(
    sources: Sequence[str],
    target: str,
    format: FormatRow | None,
    on_left_out: OnLeftOut = lambda kind: None,
) -> list[Task]:
    """Return the tasks of filtering ``sources`` into ``target``.

    One file goes to one file; several files, or a folder with its tree, go into a folder.
    ``on_left_out`` gets the kind of each file in a folder that is no picture. Raises ``UsageError``
    where this is impossible, or where an output would overwrite an input.
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
        tasks = [*dict.fromkeys(_tasks_into(sources, Path(target), format, on_left_out))]
    else:
        _check_target(target, format)
        tasks = [Task(sources[0], target)]
    _check_collisions(tasks)
    return tasks


def make_tasks_in_place(
    sources: Sequence[str], on_left_out: OnLeftOut = lambda kind: None
) -> list[Task]:
    """Return a task for each picture that replaces it: files, and folders with their trees.

    A link that is named is followed, one in a folder is left out. Raises ``UsageError``, also for a
    missing file: it may be meant as an output, and then the others must not be overwritten.
    """
    if PIPE in sources:
        raise UsageError("a pipe cannot be filtered in place", "give files or folders")
    for source in sources:
        if not os.path.lexists(source):
            raise UsageError(f"'{source}' is not there", "--in-place takes no OUTPUT")
    tasks: dict[str, Task] = {}
    for source in sources:
        found = [Task(source, source)]
        if os.path.isdir(source):
            tree = _pictures_below(str(Path(source)), on_left_out, with_links=False)
            found = [Task(path, path, source) for path in tree]
        for task in found:
            tasks.setdefault(os.path.realpath(task.target), task)
    if not tasks:
        raise _no_pictures(sources)
    return [*tasks.values()]


def check_report_path(path: str, tasks: Sequence[Task]) -> None:
    """Raise ``UsageError`` where a report at ``path`` would overwrite a picture of ``tasks``."""
    real = RealPaths()
    if path == PIPE:
        if PIPE in {task.target for task in tasks}:
            raise UsageError("the picture goes to standard output", "write the report to a file")
    elif _identity(path, real) in {_identity(p, real) for task in tasks for p in task[:2]}:
        raise UsageError(f"'{path}' is a picture of this run", "choose another file")


def check_kernel_files(kernels: Sequence[Path], outputs: Iterable[str]) -> None:
    """Raise ``UsageError`` where one of the ``outputs`` would overwrite a kernel file."""
    real = RealPaths()
    identities = {_identity(str(path), real) for path in kernels}
    for output in outputs if identities else ():
        if output != PIPE and _identity(output, real) in identities:
            raise UsageError(f"'{output}' is a kernel file of this run", "choose another file")


def _check_target(target: str, format: FormatRow | None) -> None:
    if target == PIPE:
        return
    if format is None:
        registry.by_path(target)
    if not Path(target).parent.is_dir():
        raise WriteError(f"there is no folder '{Path(target).parent}'", "make it first")


def _tasks_into(
    sources: Sequence[str], folder: Path, format: FormatRow | None, on_left_out: OnLeftOut
) -> list[Task]:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"'{folder}' is not a folder", "several pictures need a folder as output")
    tasks: list[Task] = []
    for source in sources:
        if source == PIPE:
            raise UsageError("a picture from a pipe has no name", "give a file as output")
        path = Path(source)
        if not path.is_dir():
            tasks.append(_task_into(folder, str(path), path.name, format))
            continue
        _check_nesting(path, folder)
        top = "" if len(sources) == 1 else path.resolve().name
        for found in _pictures_below(str(path), on_left_out):
            relative = os.path.join(top, os.path.relpath(found, path))
            tasks.append(_task_into(folder, found, relative, format))
    if not tasks:
        raise _no_pictures(sources)
    return tasks


def _no_pictures(sources: Sequence[str]) -> ReadError:
    return ReadError("there are no pictures in " + ", ".join(sources), "check the folder")


def _task_into(folder: Path, path: str, relative: str, format: FormatRow | None) -> Task:
    suffix = registry.suffix_of(relative)
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


def _pictures_below(folder: str, on_left_out: OnLeftOut, with_links: bool = True) -> list[str]:
    """Return the paths of all pictures below a folder, sorted; links to folders are not followed.

    A folder that cannot be read is among them, so that it is reported like a damaged picture.
    ``on_left_out`` gets the kind of each other file.
    """
    found: list[str] = []

    def add_unreadable(error: OSError) -> None:
        found.append(error.filename)

    for root, folders, names in os.walk(folder, onerror=add_unreadable):
        folders.sort()
        for path in (os.path.join(root, name) for name in sorted(names)):
            if path.endswith(atomic.SUFFIX):
                continue
            if not registry.is_picture_path(path):
                on_left_out("without the ending of a picture")
            elif _is_apple_double(path):
                on_left_out("of attributes (AppleDouble)")
            elif not with_links and os.path.islink(path):
                on_left_out("behind a link")
            else:
                found.append(path)
    here = os.path.join(os.curdir, "")
    return [path.removeprefix(here) for path in found]


def _is_apple_double(path: str) -> bool:
    """Whether a file holds what macOS knows of ``x.jpg``, as ``._x.jpg`` on foreign disks."""
    if os.path.basename(path).startswith("._"):
        with suppress(OSError), open(path, "rb") as file:
            return file.read(4) == b"\0\5\x16\7"
    return False


def _check_collisions(tasks: Sequence[Task]) -> None:
    """Raise ``UsageError`` for outputs that are inputs too, and for two outputs at one place."""
    real = RealPaths()
    inputs = {_identity(task.source, real) for task in tasks if task.source != PIPE}
    by_path: dict[str, Task] = {}
    by_folded_path: dict[str, Task] = {}
    for task in tasks:
        if task.target == PIPE:
            continue
        if _identity(task.target, real) in inputs:
            raise UsageError(
                f"'{task.target}' is both input and output", "give another output, or --in-place"
            )
        path = real.of(task.target)
        other = by_path.setdefault(path, task)
        twin = by_folded_path.setdefault(path.casefold(), task)
        if other is task and twin is not task and _ignores_case(Path(path).parent):
            other = twin
        if other is not task:
            raise UsageError(
                f"'{other.source}' and '{task.source}' would both be written to '{task.target}'",
                "rename one or filter them into different folders",
            )


def _ignores_case(path: Path) -> bool:
    """Whether the file system ignores case, as the name of the nearest existing folder shows."""
    for folder in (path, *path.parents):
        name = folder.name.swapcase()
        if name != folder.name and folder.is_dir():
            twin = folder.with_name(name)
            return twin.exists() and twin.samefile(folder)
    return False


def _identity(path: str, real: RealPaths) -> object:
    """Return a value that is the same for all paths, links and hard links of one file."""
    try:
        status = os.stat(path)
    except OSError:
        return real.of(path)
    return status.st_dev, status.st_ino
