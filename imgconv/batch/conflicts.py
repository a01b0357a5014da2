"""Conflicts between the files of a run: an output must be no input, no kernel, no other output.

It also needs a folder.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from imgconv.batch.task import Task
from imgconv.errors import UsageError, WriteError
from imgconv.system.places import PIPE, RealPaths, missing_remedy


def check_collisions(
    tasks: Sequence[Task], remedy: str = "rename one or filter them into different folders"
) -> None:
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
                remedy,
            )


def check_report_path(path: str, tasks: Sequence[Task]) -> None:
    """Raise ``UsageError`` where a report at ``path`` would overwrite a picture of ``tasks``."""
    real = RealPaths()
    if path == PIPE:
        if PIPE in {task.target for task in tasks}:
            raise UsageError("the picture goes to standard output", "write the report to a file")
    elif _identity(path, real) in {_identity(p, real) for task in tasks for p in task[:2]}:
        raise UsageError(f"'{path}' is a picture of this run", "choose another file")


def check_files(files: Mapping[Path, str], outputs: Iterable[str]) -> None:
    """Raise ``UsageError`` where an output would overwrite a file that has a role in the run."""
    real = RealPaths()
    roles = {_identity(str(path), real): role for path, role in files.items()}
    for output in outputs if roles else ():
        if output != PIPE and (role := roles.get(_identity(output, real))):
            raise UsageError(f"'{output}' is {role} of this run", "choose another file")


def check_folder(target: str) -> None:
    """Raise ``WriteError`` where the folder of ``target`` is missing."""
    folder = Path(target).parent
    if not folder.is_dir():
        raise WriteError(
            f"there is no folder '{folder}'", missing_remedy(str(folder), "make it first")
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
