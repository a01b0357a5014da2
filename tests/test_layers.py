"""Imports go down only: each package imports from those below it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import imgconv

# From top to bottom; packages of one layer do not import each other.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("figures",),
    ("__init__",),
    ("api", "batch"),
    ("execution", "study"),
    ("planning",),
    ("engines",),
    ("jit",),
    ("formats",),
    ("images",),
    ("kernels",),
    ("system",),
    ("errors",),
)

ROOT = Path(imgconv.__file__).parent
PATHS = sorted(ROOT.rglob("*.py"))


def package(path: Path) -> str:
    """Return the module or package, straight below the root, that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


PACKAGES = {package(path) for path in PATHS}


def layer(name: str) -> int:
    return next(level for level, names in enumerate(LAYERS) if name in names)


@cache
def imports(path: Path) -> list[str]:
    """Return every module that a file imports: at the top, in functions, and for types only.

    That includes the text that ``import_module`` is called with.
    """
    return [*_imports(ast.parse(path.read_text(encoding="utf-8")), path)]


def _imports(tree: ast.Module, path: Path) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def own_imports(path: Path) -> set[str]:
    """Return the packages and modules of imgconv that a file imports, but its own package.

    Names of ``imgconv`` itself, such as the version, do not count: whoever imports one of its
    modules has imported it already.
    """
    parts = [name.split(".") for name in imports(path)]
    found = {rest[0] for root, *rest in parts if root == "imgconv" and rest}
    return found & PACKAGES - {package(path)}


def test_every_package_is_in_a_layer() -> None:
    named = [name for names in LAYERS for name in names]
    assert sorted(named) == sorted(PACKAGES)


def test_modules_import_only_from_lower_layers() -> None:
    upward = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in PATHS
        for name in own_imports(path)
        if layer(name) <= layer(package(path))
    }
    assert upward == set()


@pytest.mark.parametrize("compiler", ["numba", "llvmlite"])
def test_only_the_jit_imports_a_compiler(compiler: str) -> None:
    users = {
        package(path) for path in PATHS for name in imports(path) if name.split(".")[0] == compiler
    }
    assert users == {"jit"}


def test_only_figures_import_matplotlib() -> None:
    users = {
        package(path)
        for path in PATHS
        for name in imports(path)
        if name.split(".")[0] == "matplotlib"
    }
    assert users <= {"figures"}


def test_imports_are_found_wherever_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text(
        "import a.b\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from c import d\n"
        "def f():\n    from e.f import g\n"
        "    import_module('h')\n    importlib.import_module('i.j')\n"
    )
    assert {*imports(path)} == {"a.b", "typing.TYPE_CHECKING", "c.d", "e.f.g", "h", "i.j"}
