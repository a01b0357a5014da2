"""What a run is spared."""

from __future__ import annotations

import gettext
import inspect
import os
import platform
import subprocess
import sys
import urllib.parse
from pathlib import Path

import pytest
from PIL import Image

from imgconv.jit import code_cache
from imgconv.system import lazy_imports


def shown(code: str) -> str:
    """What a process of its own prints, in which nothing was imported to measure coverage."""
    alone = {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=alone)
    assert not done.returncode, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    "text", ["", " ", "one line", "  indented", "a\ttab\there", "at the end  "]
)
def test_help_of_one_line_is_cleaned_as_ever(text: str) -> None:
    assert lazy_imports._cleandoc(text) == inspect.cleandoc(text)


def test_help_of_several_lines_is_cleaned_by_the_module_itself() -> None:
    code = """
from imgconv.system import lazy_imports as spared
spared.spare()
import inspect
before = inspect.cleandoc is spared._cleandoc
print(before, repr(inspect.cleandoc("one\\n    two\\n      three")), inspect.__file__[-10:])
"""
    assert shown(code) == r"True 'one\ntwo\n  three' inspect.py"


@pytest.mark.skipif(sys.platform == "win32", reason="has no such call")
def test_the_system_is_what_it_always_is() -> None:
    assert lazy_imports._system() == platform.system()


@pytest.mark.parametrize("number", range(4))
def test_words_are_those_for_one_or_for_many(number: int) -> None:
    assert lazy_imports._one_or_many("one", "many", number) == gettext.ngettext(
        "one", "many", number
    )


@pytest.mark.parametrize("path", [b"/plain/path", b"/a b/\xff%", b""])
def test_paths_are_quoted_by_the_module_itself(path: bytes) -> None:
    code = f"""
from imgconv.system import lazy_imports as spared
spared.spare()
from urllib.parse import quote_from_bytes as quote
print(quote is spared._quote_from_bytes, [quote({path!r}), quote({path!r}, safe="")])
"""
    expected = [urllib.parse.quote_from_bytes(path, safe) for safe in ("/", "")]
    assert shown(code) == f"True {expected}"


def test_a_module_of_a_package_is_found_there() -> None:
    quoted = "import urllib.parse; print(urllib.parse.quote('a b'))"
    assert shown(f"from imgconv.system.lazy_imports import spare; spare(); {quoted}") == "a%20b"


@pytest.mark.parametrize("name", lazy_imports.LATER)
def test_each_is_there_when_it_is_wanted(name: str) -> None:
    names = f"import {name} as it; it.__file__; print(sorted(n for n in vars(it) if n[0] != '_'))"
    assert shown(f"from imgconv.system.lazy_imports import spare; spare(); {names}") == shown(names)


def test_a_run_imports_none_of_them(tmp_path: Path) -> None:
    Image.new("RGB", (20, 20)).save(tmp_path / "in.jpg")
    code = f"""
import os, sys
from imgconv.system.lazy_imports import LATER
os._exit = lambda code: print([name for name in LATER if "__file__" in vars(sys.modules[name])])
sys.argv = ["imgconv", "apply", "blur", {str(tmp_path / "in.jpg")!r}, {str(tmp_path / "out.jpg")!r}]
from imgconv.__main__ import main
main()
"""
    shown(code)  # which lays it out, and may compile
    assert shown(code).splitlines()[-1] == "[]"


def test_what_numba_goes_without_is_not_there_unless_somebody_has_imported_it() -> None:
    code = """
import sys
sys.modules["coverage"] = sys
from imgconv.system.lazy_imports import NOT_THERE, spare
spare()
for name in NOT_THERE:
    try:
        __import__(name)
    except ImportError:
        print(name)
"""
    assert shown(code).split() == [name for name in lazy_imports.NOT_THERE if name != "coverage"]


def test_loops_are_compiled_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(code_cache.FOLDER_VARIABLE, str(tmp_path))
    code = """
import numpy as np
from imgconv.system.lazy_imports import spare
spare()
from imgconv.execution.stages.load import copy
source, target = np.arange(6.0, dtype="float32").reshape(2, 3), np.zeros((2, 3), "float32")
copy(source, target)
print(np.array_equal(source, target))
"""
    assert shown(code) == "True"
    assert [path.name[:5] for path in tmp_path.glob("*.o")] == ["copy-"]
