"""Imports go down only, and siblings leave each other alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import imgconv

# From top to bottom: a package imports only from those below it.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("__init__",),
    ("api", "batch"),
    ("execution",),
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


def home(path: Path) -> str:
    """The module or package, straight below the root, that a file belongs to."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


MODULES = {home(path) for path in PATHS}


def layer(module: str) -> int:
    return next(level for level, names in enumerate(LAYERS) if module in names)


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in it: at the top, in functions, for types only.

    That includes what ``import_module`` is given as a plain text.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func):
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def own_imports(path: Path) -> set[str]:
    """The modules and packages of imgconv that a file imports, but for its own package.

    What stands in ``imgconv`` itself, such as the version, does not count: whoever imports one of
    its modules has imported that already.
    """
    parts = [name.split(".") for name in imports(path)]
    return {rest[0] for root, *rest in parts if root == "imgconv" and rest} & MODULES - {home(path)}


def test_every_module_has_its_place() -> None:
    named = [name for names in LAYERS for name in names]
    assert sorted(named) == sorted(MODULES)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    too_high = {name for name in own_imports(path) if layer(name) <= layer(home(path))}
    assert not too_high, f"{home(path)} imports {too_high}"


@pytest.mark.parametrize(
    ("compiler", "expected"),
    [("numba", {"jit"}), ("llvmlite", {"jit"})],
)
def test_only_these_modules_import_a_compiler(compiler: str, expected: set[str]) -> None:
    users = {
        home(path) for path in PATHS for name in imports(path) if name.split(".")[0] == compiler
    }
    assert users == expected


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
