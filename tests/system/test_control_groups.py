"""The folders of control groups, as the lines of /proc/self/cgroup name them."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.system import control_groups


@pytest.mark.parametrize(
    ("lines", "folders"),
    [
        ("0::/\n", ["."]),
        ("0::/outer/inner\n", ["outer/inner", "outer", "."]),
        ("3:memory:/a\n2:cpu,cpuacct:/b\n0::/\n", ["cpu/b", "cpu", "."]),
        ("3:memory:/a\n2:cpuset:/b\n", []),
        ("1:name=systemd:/a:b\n0::/a:b\n", ["a:b", "."]),
        ("0::/../other\n", ["../other", "..", "."]),
        ("", []),
    ],
)
def test_groups_are_yielded_from_the_own_one_outwards(
    lines: str, folders: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own").write_text(lines)
    monkeypatch.setattr(control_groups, "_OWN", tmp_path / "own")
    monkeypatch.setattr(control_groups, "_ROOT", str(tmp_path))
    assert [*control_groups.folders("cpu")] == [tmp_path / folder for folder in folders]


def test_a_system_without_control_groups_has_no_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_groups, "_OWN", tmp_path / "missing")
    assert not [*control_groups.folders("memory")]
