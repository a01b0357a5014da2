"""The environment of a run: whatever changes, they are others."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from imgconv.execution import environment as module
from imgconv.execution.environment import _files, _stamp, environment
from imgconv.planning import costs

ROOT = Path(module.__file__).parent.parent


def test_they_stay_the_same() -> None:
    assert environment() == environment()


def test_all_modules_of_the_tool_are_among_them() -> None:
    said = repr(environment())
    assert all(str(path) in said for path in ROOT.rglob("*.py"))


def test_a_file_that_was_changed_is_another_though_it_is_as_long_and_as_old(
    tmp_path: Path,
) -> None:
    (tmp_path / "deep").mkdir()
    file = tmp_path / "deep" / "module.py"
    file.write_text("one")
    os.utime(file, (1, 1))
    (before,) = map(_stamp, _files(tmp_path))
    file.write_text("two")
    os.utime(file, (1, 1))
    (after,) = map(_stamp, _files(tmp_path))
    assert before != after


@pytest.mark.parametrize("what", ["__version__", "toolchain"])
def test_another_version_is_another_circumstance(
    what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = environment()
    monkeypatch.setattr(module, what, "9.9" if what == "__version__" else lambda: ("other",))
    assert environment() != before


def test_so_are_other_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    before = environment()
    monkeypatch.setattr(costs, "measured", lambda: costs.Costs({}, 9.0))
    assert environment() != before
