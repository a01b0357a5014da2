"""The sizes of functions, classes and files that keep the packages easy to read.

A limit that a change breaks asks for a split or a merge. What may break one is named here.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from statistics import median

import imgconv

ROOT = Path(imgconv.__file__).parent
PATHS = sorted(ROOT.rglob("*.py"))

SHORT = ("__init__.py", "version.py")


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@cache
def functions() -> list[tuple[str, ast.FunctionDef]]:
    """Return all functions, each with the path of its file in the package."""
    return [
        (str(path.relative_to(ROOT)), node)
        for path in PATHS
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]


def length(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_the_root_has_the_packages_and_few_files() -> None:
    entries = {path.name for path in ROOT.iterdir()} - {"__pycache__", "filters", "py.typed"}
    assert len(entries) <= 14 + 2  # with study/ and figures/


def test_a_package_is_seen_at_a_glance() -> None:
    counts = Counter(str(path.parent.relative_to(ROOT)) for path in PATHS)
    assert {folder: count for folder, count in counts.items() if count > 30} == {}


def test_files_are_neither_tiny_nor_long() -> None:
    found = {str(path): lines(path) for path in PATHS}
    assert {path: count for path, count in found.items() if count > 400} == {}
    tiny = {path for path, count in found.items() if count < 15 and not path.endswith(SHORT)}
    assert tiny == set()


def parameters(function: ast.FunctionDef) -> list[str]:
    """Return the names of its parameters, ``*args`` and ``**kwargs`` included, but not self."""
    declared = function.args
    several = [arg for arg in (declared.vararg, declared.kwarg) if arg]
    every = [*declared.posonlyargs, *declared.args, *declared.kwonlyargs, *several]
    return [arg.arg for arg in every if arg.arg not in ("self", "cls")]


def test_functions_take_at_most_seven_parameters() -> None:
    taken = {f"{path}:{function.name}": parameters(function) for path, function in functions()}
    assert {name: found for name, found in taken.items() if len(found) > 7} == {}


def test_functions_fit_a_screen() -> None:
    found = [(length(function), f"{path}:{function.name}") for path, function in functions()]
    assert [name for count, name in found if count > 45] == []
    assert median(count for count, _ in found) <= 8


def test_constructors_set_at_most_nine_attributes() -> None:
    for path, function in functions():
        if function.name == "__init__":
            attributes = {
                node.attr
                for node in ast.walk(function)
                if isinstance(node, ast.Attribute)
                and isinstance(node.ctx, ast.Store)
                and isinstance(node.value, ast.Name)
                and node.value.id == "self"
            }
            assert len(attributes) <= 9, path


def test_few_functions_import() -> None:
    inside = [
        path
        for path, function in functions()
        for node in ast.walk(function)
        if isinstance(node, (ast.Import, ast.ImportFrom))
    ]
    assert len(inside) < 40
