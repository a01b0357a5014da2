"""The interface of the Python package: names, types, help and examples."""

from __future__ import annotations

import doctest
import inspect
import pydoc
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest

import imgconv
from imgconv.api import apply
from imgconv.api.keywords import FilterParameters, NormalizationName
from imgconv.engines import ENGINES
from imgconv.kernels import library
from imgconv.kernels.border import BORDERS, EXTENTS
from imgconv.kernels.filter import NORMALIZATIONS, RANGES
from imgconv.kernels.toml import read_declaration
from imgconv.planning import settings


def test_filters_are_listed_with_their_parameters() -> None:
    found = imgconv.filters()
    assert {"blur", "gaussian", "sobel"} <= {*found}
    (sigma,) = (each for each in found["gaussian"].parameters if each.name == "sigma")
    assert sigma.default == 1
    assert repr(found["blur"]).startswith("<filter blur:radius=1")


@pytest.mark.parametrize(
    ("annotation", "names"),
    [
        (settings.BorderText, BORDERS),
        (settings.ExtentName, EXTENTS),
        (settings.RangeName, RANGES),
        (settings.EngineName, ENGINES),
        (NormalizationName, NORMALIZATIONS),
    ],
    ids=lambda value: "" if not isinstance(value, tuple) else str(len(value)),
)
def test_types_name_what_the_tables_hold(annotation: Any, names: Iterable[str]) -> None:
    literals = [part for part in get_args(annotation) if get_origin(part) is Literal]
    assert [*get_args(literals[0] if literals else annotation)] == [*names]


def test_types_name_the_parameters_of_all_included_filters() -> None:
    found = map(read_declaration, library.shipped_folder().glob("*.toml"))
    parameters = {each.name: each.is_whole for filter in found for each in filter.parameters}
    hints = get_type_hints(FilterParameters).items()
    types = {name.replace("_", "-"): kind is int for name, kind in hints}
    assert types == parameters


def test_help_shows_the_interface() -> None:
    shown = " ".join(pydoc.plain(pydoc.render_doc(imgconv)).split()).replace("( ", "(")
    for name in ("apply(picture, filter, *, border", "filters()", "class Kernel", "sigma=2"):
        assert name in shown
    assert dir(imgconv) == sorted(imgconv.__all__)
    assert {"gray", "sigma", "radius_y"} <= {*inspect.signature(imgconv.apply).parameters}


def test_examples_of_the_library_run() -> None:
    for module in (imgconv, imgconv.api):
        found = doctest.testmod(module, extraglobs={"picture": np.eye(9)})
        assert found.attempted >= 4 and not found.failed
    guide = Path(imgconv.__file__).parents[1] / "docs/howto/python.md"
    failed, attempted = doctest.testfile(str(guide), module_relative=False)
    assert attempted > 9 and not failed


def test_the_package_exports_the_function_each_time() -> None:
    assert [imgconv.apply for _ in range(2)] == [apply, apply]


def test_the_package_exports_only_the_names_in_all() -> None:
    assert all(hasattr(imgconv, name) for name in imgconv.__all__)
    with pytest.raises(AttributeError, match="no attribute 'blur'"):
        imgconv.blur  # type: ignore[attr-defined]  # noqa: B018


def test_importing_the_package_imports_the_errors_and_neither_numpy_nor_pillow() -> None:
    source = "import imgconv, sys; imgconv.errors.KernelError\n"
    source += "print({'numpy', 'PIL', 'numba'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
