"""The entry: NumPy's docstrings are left out of a run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from imgconv.system.lazy_imports import NUMPY_DOCSTRINGS

# Print all names of NumPy, and whether a function has its docstring.
_NAMES = "import numpy; print(sorted({*dir(numpy), *dir(numpy.linalg), *dir(numpy.ndarray)}))"
_HAS_DOCSTRING = "print(numpy.ndarray.sum.__doc__ is not None)"


def _lines_of(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", NUMPY_DOCSTRINGS)
def test_numpy_has_the_modules_that_hold_its_docstrings(name: str) -> None:
    _lines_of(f"import {name}")


def test_numpy_without_docstrings_has_all_its_names() -> None:
    without = f"import sys; from types import ModuleType; modules = {NUMPY_DOCSTRINGS};"
    without += "sys.modules.update((name, ModuleType(name)) for name in modules);"
    names, has_docstring = _lines_of(f"{_NAMES}; {_HAS_DOCSTRING}")
    assert _lines_of(f"{without} {_NAMES}; {_HAS_DOCSTRING}") == [names, "False"]
    assert has_docstring == "True"


def test_a_run_leaves_out_the_docstrings_of_numpy() -> None:
    leave = "lambda code: print('numpy' in sys.modules, __import__('numpy').ndarray.sum.__doc__)"
    script = f"import os, sys; os._exit = {leave}; sys.argv = ['imgconv', 'show', 'gaussian'];"
    *_, last = _lines_of(f"{script} from imgconv.__main__ import main; main()")
    assert last == "True None"
