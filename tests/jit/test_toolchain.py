"""What machine code depends on: found without importing a compiler, and all of it."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from imgconv.jit import object_code, toolchain

ONE = """\
processor\t: 0
vendor_id\t: GenuineMachine
cpu family\t: 6
model\t\t: 85
model name\t: Machine
stepping\t: 7
cpu MHz\t\t: 2596.146
flags\t\t: fpu sse2 avx2 fma

"""


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the system tells of its processors."""
    monkeypatch.setattr(toolchain, "_PROCESSORS", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


def processor(told: Path, text: str) -> tuple[str, ...]:
    told.write_text(text)
    return toolchain.processor()


def test_no_compiler_is_imported_to_know_its_version() -> None:
    script = (
        "import sys; from imgconv.jit import toolchain;"
        "found = [toolchain.version(name) for name in toolchain.COMPILERS];"
        "print({*toolchain.COMPILERS} & {*sys.modules})"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("package", toolchain.COMPILERS)
def test_versions_are_those_that_are_installed(package: str) -> None:
    assert metadata.version(package) in toolchain.version(package)


def test_a_package_without_a_file_of_its_version_is_asked_for_by_its_metadata() -> None:
    assert toolchain.version("pytest") == metadata.version("pytest")


def test_a_compiler_that_is_not_installed_is_missing() -> None:
    with pytest.raises(ImportError):
        toolchain.version("no_such_compiler")


def test_a_processor_is_known_by_its_make_and_what_it_can_do(told: Path) -> None:
    assert processor(told, ONE) == ("GenuineMachine", "6", "85", "7", "fpu sse2 avx2 fma")


def test_what_changes_from_moment_to_moment_or_comes_after_the_first_is_no_matter(
    told: Path,
) -> None:
    known = processor(told, ONE)
    assert processor(told, ONE.replace("2596", "800") + ONE.replace("avx2", "")) == known


@pytest.mark.parametrize("old", ["GenuineMachine", ": 6", ": 85", ": 7", " avx2"])
def test_another_processor_is_told_apart(old: str, told: Path) -> None:
    assert processor(told, ONE.replace(old, ": other")) != processor(told, ONE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ONE.rstrip(),
        ONE.replace("flags", "Features"),
        ONE.replace("fpu", "fpu " * 5000),
    ],
    ids=["nothing", "half", "of another make", "too much"],
)
def test_where_the_system_does_not_tell_llvm_does(text: str, told: Path) -> None:
    assert processor(told, text) == object_code.processor()


def test_where_there_is_no_such_file_llvm_tells(told: Path) -> None:
    assert toolchain.processor() == object_code.processor()
