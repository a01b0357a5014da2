"""Free memory: the least that the machine, a control group and a shell's limit leave."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from imgconv.system import available_memory


def test_free_memory_is_that_of_the_tightest_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def group(folder: Path, limit: str) -> None:
        folder.mkdir(parents=True)
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text("700\n")
        (folder / "memory.stat").write_text("anon 500\ninactive_file 100\n")

    group(tmp_path / "groups" / "outer", "1000")
    group(tmp_path / "groups" / "outer" / "inner", "max")
    (tmp_path / "own").write_text("1:cpu:/\n0::/outer/inner\n")
    monkeypatch.setattr(available_memory, "_CGROUP", tmp_path / "own")
    kind = available_memory._HIERARCHIES[0]._replace(folder=tmp_path / "groups")
    monkeypatch.setattr(available_memory, "_HIERARCHIES", (kind,))
    assert available_memory.free_memory() == 1000 - 700 + 100


def test_unknown_free_memory_is_unlimited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_CGROUP", "_MEMINFO"):
        monkeypatch.setattr(available_memory, name, tmp_path / "missing")
    assert available_memory.free_memory() > 1e18


def test_free_memory_respects_the_limit_of_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10**9, 10**9))
    assert 0 <= available_memory.free_memory() <= 600_000_000
