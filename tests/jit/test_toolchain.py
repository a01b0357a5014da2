"""The toolchain: versions and processor, found without importing a compiler."""

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
def cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file in the place of /proc/cpuinfo."""
    monkeypatch.setattr(toolchain, "_CPUINFO", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


def processor(cpuinfo: Path, text: str) -> tuple[str, ...]:
    cpuinfo.write_text(text)
    return toolchain.processor()


def test_versions_are_found_without_importing_compilers() -> None:
    script = (
        "import sys; from imgconv.jit import toolchain;"
        "found = [toolchain.version(name) for name in toolchain.COMPILERS];"
        "print({*toolchain.COMPILERS} & {*sys.modules})"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"


@pytest.mark.parametrize("package", toolchain.COMPILERS)
def test_versions_contain_those_of_the_metadata(package: str) -> None:
    assert metadata.version(package) in toolchain.version(package)


def test_the_version_of_a_package_without_version_file_is_that_of_its_metadata() -> None:
    assert toolchain.version("pytest") == metadata.version("pytest")


def test_a_compiler_that_is_not_installed_is_an_error() -> None:
    with pytest.raises(ImportError):
        toolchain.version("no_such_compiler")


def test_a_processor_is_its_vendor_model_and_features(cpuinfo: Path) -> None:
    assert processor(cpuinfo, ONE) == ("GenuineMachine", "6", "85", "7", "fpu sse2 avx2 fma")


def test_clock_rates_and_further_processors_do_not_matter(
    cpuinfo: Path,
) -> None:
    known = processor(cpuinfo, ONE)
    assert processor(cpuinfo, ONE.replace("2596", "800") + ONE.replace("avx2", "")) == known


@pytest.mark.parametrize("old", ["GenuineMachine", ": 6", ": 85", ": 7", " avx2"])
def test_other_processors_differ(old: str, cpuinfo: Path) -> None:
    assert processor(cpuinfo, ONE.replace(old, ": other")) != processor(cpuinfo, ONE)


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
def test_llvm_is_asked_where_the_file_is_incomplete(text: str, cpuinfo: Path) -> None:
    assert processor(cpuinfo, text) == object_code.processor()


def test_llvm_is_asked_where_there_is_no_file(cpuinfo: Path) -> None:
    assert toolchain.processor() == object_code.processor()
