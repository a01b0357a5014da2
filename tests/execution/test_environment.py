"""The environment of a run changes with every file and tool that a layout depends on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from imgconv.execution import snapshot_cache as module
from imgconv.execution.snapshot_cache import LAYING_OUT, _modules, _stamp, environment
from imgconv.planning import costs

ROOT = Path(module.__file__).parent.parent


def test_the_environment_is_equal_when_nothing_changes() -> None:
    assert environment() == environment()


def test_the_environment_names_every_module_that_lays_out() -> None:
    text = repr(environment())
    assert all(str(path) in text for name in LAYING_OUT for path in (ROOT / name).rglob("*.py"))


def test_a_changed_file_has_another_stamp_despite_equal_size_and_mtime(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "module.py"
    file.write_text("one")
    os.utime(file, (1, 1))
    (before,) = map(_stamp, _modules(tmp_path))
    file.write_text("two")
    os.utime(file, (1, 1))
    (after,) = map(_stamp, _modules(tmp_path))
    assert before != after


@pytest.mark.parametrize("what", ["__version__", "toolchain"])
def test_another_version_is_another_environment(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setattr(module, what, "9.9" if what == "__version__" else lambda: ("other",))
    assert environment() != before


def test_other_costs_are_another_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setattr(costs, "measured", lambda: costs.Costs({}, 9.0))
    assert environment() != before


def test_what_is_imported_to_lay_a_picture_out_is_a_part_of_the_environment() -> None:
    code = "import imgconv.batch.filter_frame, sys; print(*{n.split('.')[1] for n in sys.modules"
    code += " if n.startswith('imgconv.')})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    others = {"errors", "system", "formats"}  # these hold no arithmetic
    assert {*done.stdout.split()} <= {*LAYING_OUT} | others
