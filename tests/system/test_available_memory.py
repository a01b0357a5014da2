"""Free memory: the least that the machine, a control group and a shell's limit leave."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from imgconv.system import available_memory, control_groups


def test_free_memory_is_that_of_the_tightest_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def group(folder: Path, limit: str) -> Path:
        folder.mkdir(parents=True)
        (folder / "memory.max").write_text(f"{limit}\n")
        (folder / "memory.current").write_text("700\n")
        (folder / "memory.stat").write_text("anon 500\ninactive_file 100\n")
        return folder

    groups = [group(tmp_path / "outer", "1000"), group(tmp_path / "outer" / "inner", "max")]
    monkeypatch.setattr(control_groups, "folders", lambda controller: iter(groups))
    assert available_memory.free_memory() == 1000 - 700 + 100


def test_unknown_free_memory_is_unlimited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(available_memory, "_MEMINFO", tmp_path / "missing")
    monkeypatch.setattr(control_groups, "folders", lambda controller: iter([tmp_path]))
    assert available_memory.free_memory() > 1e18


def test_free_memory_respects_the_limit_of_a_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda which: (10**9, 10**9))
    assert 0 <= available_memory.free_memory() <= 600_000_000
