"""``imgconv doctor``: what is installed, where files are kept, and what works here."""

from __future__ import annotations

import math
import os
import platform
import sys
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from imgconv import formats
from imgconv.cli.console import counted, print_json, show_line
from imgconv.cli.machine import cache_counts
from imgconv.cli.option_groups import json_option
from imgconv.cli.sections import SectionedCommand
from imgconv.formats.registry import FORMATS
from imgconv.jit import code_cache, loader
from imgconv.kernels import library
from imgconv.planning import costs
from imgconv.system.available_memory import free_memory
from imgconv.system.threads import available_cores
from imgconv.system.user_dirs import STATE_VARIABLE, state_folder
from imgconv.system.version import __version__

Facts = dict[str, Any]

# Libraries that are always needed, and optional ones, each with its purpose.
_NEEDED = ("click", "llvmlite", "numba", "numpy", "pillow", "platformdirs")
_OPTIONAL = {
    "imagecodecs": "16 bits and floats",
    "tifffile": "16 bits and floats",
    "matplotlib": "figures",
}

_REMEDIES = {
    "cache": f"set {code_cache.FOLDER_VARIABLE} to another folder",
    "state": f"set {STATE_VARIABLE} to another folder",
}

# Variables that change what imgconv does, or how fast.
_VARIABLES = ("IMGCONV_", "NUMBA_", "XDG_", "OMP_", "PYTHON")


@click.command(
    cls=SectionedCommand,
    examples=[
        ("Show what works on this machine", "imgconv doctor"),
        ("Attach it to a bug report", "imgconv doctor --json > doctor.json"),
    ],
)
@json_option
def doctor(as_json: bool) -> int:
    """Check versions, folders, formats and the machine, as for a bug report.

    A small picture is written and read in each format. The exit code is 1 if something is broken;
    a library that is not needed may be missing.
    """
    facts: Facts = {
        "versions": _versions(),
        "libraries": [*_libraries()],
        "folders": [*_folders()],
        "formats": [*_formats()],
        "machine": _machine(),
        "compiled_code": _compiled_code(),
        "environment": _environment(),
    }
    facts["problems"] = [*_problems(facts)]
    if as_json:
        print_json(facts)
    else:
        _print(facts)
    return 1 if facts["problems"] else 0


def _versions() -> Facts:
    return {
        "imgconv": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        "program": sys.executable,
    }


def _libraries() -> Iterator[Facts]:
    for name in (*_NEEDED, *_OPTIONAL):
        try:
            version, remedy = metadata.version(name), ""
        except metadata.PackageNotFoundError:
            version, remedy = None, f"pip install {name}"
        is_needed = name in _NEEDED
        purpose = _OPTIONAL.get(name, "")
        yield {"name": name, "version": version, "for": purpose, "is_needed": is_needed} | (
            {"remedy": remedy} if remedy else {}
        )


def _folders() -> Iterator[Facts]:
    cache = {"name": "cache", "path": str(code_cache.folder()), "holds": cache_counts()}
    yield cache | _attempt(code_cache.check_writable)
    try:
        state = state_folder()
        problem = "" if _is_writable(state) else "it cannot be written to"
        yield {"name": "state", "path": str(state), "problem": problem}
    except OSError as error:
        yield {"name": "state", "path": "", "problem": error.strerror}
    broken: list[str] = []
    listed = [*library.listed(on_error=lambda error: broken.append(str(error)))]
    for folder in library.folders():
        own = [each for each in listed if each.path.parent == folder]
        faults = [text for text in broken if text.startswith(f"{folder}{os.sep}")]
        holds = (
            counted(len(own), "filter")
            if os.access(folder, os.R_OK | os.X_OK)
            else "not there, or not readable"
        )
        yield {"name": "filters", "path": str(folder), "holds": holds, "problem": " ".join(faults)}


def _is_writable(folder: Path) -> bool:
    """Return whether files can be written into a folder, or it can be made."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return existing.is_dir() and os.access(existing, os.W_OK | os.X_OK)


def _attempt(check: Callable[[], object]) -> Facts:
    """Return the problem of a check that raises ``OSError``."""
    try:
        check()
    except OSError as error:
        return {"problem": error.strerror or str(error)}
    return {"problem": ""}


def _formats() -> Iterator[Facts]:
    for name, row in FORMATS.items():
        try:
            tests = [test._asdict() for test in formats.self_test.self_tests(row)]
        except ImportError as error:  # a needed library is missing or broken
            nothing = {"depth": "8 bits", "reads": False, "writes": False, "is_optional": False}
            tests = [nothing | {"problem": str(error)}]
        yield {"name": name.lower(), "suffixes": row.suffixes, "depths": tests}


def _machine() -> Facts:
    memory = free_memory()
    return {
        "processor": platform.machine(),
        "cores": available_cores(),
        "free_memory": int(memory) if math.isfinite(memory) else None,
        "costs": "measured" if costs.measured() else "as shipped",
    }


def _compiled_code() -> Facts:
    kept, run = _attempt(code_cache.check_writable), _attempt(loader.check_executable)
    return {
        "is_interpreted": loader.is_interpreted(),
        "is_kept": not kept["problem"],
        "runs": not run["problem"],
        "problem": run["problem"],
    }


def _environment() -> dict[str, str]:
    return {name: os.environ[name] for name in sorted(os.environ) if name.startswith(_VARIABLES)}


def _problems(facts: Facts) -> Iterator[str]:
    """Yield what is broken, each with what to do."""
    for each in facts["libraries"]:
        if each["is_needed"] and each["version"] is None:
            yield f"{each['name']} is not installed; {each['remedy']}"
    for folder in facts["folders"]:
        remedy = f"; {_REMEDIES[folder['name']]}" if folder["name"] in _REMEDIES else ""
        if folder["problem"]:
            yield f"{folder['name']} {folder['path']}: {folder['problem']}{remedy}"
    for format in facts["formats"]:
        for test in format["depths"]:
            if test["problem"] and not test["is_optional"]:
                yield f"{format['name']}, {test['depth']}: {test['problem']}"
    if facts["compiled_code"]["problem"]:
        yield f"compiled code cannot run: {facts['compiled_code']['problem']}"


def _print(facts: Facts) -> None:
    versions, machine = facts["versions"], facts["machine"]
    show_line(f"imgconv {versions['imgconv']}, Python {versions['python']}, {versions['system']}")
    show_line(versions["program"])
    click.echo("\nLibraries")
    for each in facts["libraries"]:
        purpose = f" (for {each['for']})" if each["for"] else ""
        state = each["version"] or f"not installed; {each['remedy']}"
        show_line(f"  {each['name']:<13}{state}{purpose}")
    click.echo("\nFolders")
    for each in facts["folders"]:
        notes = [text for text in (each.get("holds"), each["problem"]) if text]
        show_line(f"  {each['name']:<9}{each['path']}" + (f": {'; '.join(notes)}" if notes else ""))
    click.echo("\nFormats")
    for each in facts["formats"]:
        _print_format(each)
    cores, memory = counted(machine["cores"], "core"), machine["free_memory"]
    free = f"{memory / 1e9:.1f} GB of memory free" if memory else "free memory unknown"
    click.echo(f"\nMachine\n  {machine['processor']}, {cores}, {free}")
    click.echo(f"  costs of the engines {machine['costs']}")
    show_line(f"  {_code_text(facts['compiled_code'])}")
    if facts["environment"]:
        click.echo("\nEnvironment")
    for name, value in facts["environment"].items():
        show_line(f"  {name}={value}")
    click.echo()
    for problem in facts["problems"]:
        show_line(f"broken: {problem}")
    if not facts["problems"]:
        click.echo("Nothing is broken.")


def _print_format(format: Facts) -> None:
    found: dict[str, list[str]] = {}
    for test in format["depths"]:
        verbs = " and ".join(verb for verb in ("reads", "writes") if test[verb])
        reason = f": {test['problem']}" if test["problem"] else ""
        found.setdefault(verbs or "not", []).append(f"{test['depth']}{reason}")
    texts = [f"{verbs} {', '.join(depths)}" for verbs, depths in found.items()]
    show_line(f"  {format['name']:<10}{'; '.join(texts)}")


def _code_text(code: Facts) -> str:
    if code["is_interpreted"]:
        return "loops run as plain Python, which is slow: unset NUMBA_DISABLE_JIT"
    runs = "compiled code runs" if code["runs"] else f"compiled code cannot run: {code['problem']}"
    return f"{runs}, and is {'kept' if code['is_kept'] else 'not kept: see the cache folder'}"
