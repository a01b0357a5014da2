"""The entry: what it leaves out of a run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from imgconv.system.lazy_imports import TEXTS_OF_NUMPY

# Everything that can be named in NumPy, and what it says of one of its functions.
_NAMES = "import numpy; print(sorted({*dir(numpy), *dir(numpy.linalg), *dir(numpy.ndarray)}))"
_SAID = "print(numpy.ndarray.sum.__doc__ is not None)"


def _shown(script: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert not done.returncode, done.stderr
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", TEXTS_OF_NUMPY)
def test_the_texts_of_numpy_are_where_they_are_looked_for(name: str) -> None:
    _shown(f"import {name}")


def test_numpy_without_its_texts_has_all_its_names() -> None:
    without = f"import sys; from types import ModuleType; texts = {TEXTS_OF_NUMPY};"
    without += "sys.modules.update((name, ModuleType(name)) for name in texts);"
    names, said = _shown(f"{_NAMES}; {_SAID}")
    assert _shown(f"{without} {_NAMES}; {_SAID}") == [names, "False"]
    assert said == "True"


def test_a_run_does_without_the_texts_of_numpy() -> None:
    seen = "lambda code: print('numpy' in sys.modules, __import__('numpy').ndarray.sum.__doc__)"
    script = f"import os, sys; os._exit = {seen}; sys.argv = ['imgconv', 'show', 'gaussian'];"
    *_, last = _shown(f"{script} from imgconv.__main__ import main; main()")
    assert last == "True None"
