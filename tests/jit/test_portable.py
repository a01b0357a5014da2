"""Portable code: compiled on one processor, taken by another one that misses code of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from imgconv.cli.run import run
from imgconv.jit import code_cache, kernel_loop, toolchain
from imgconv.jit.kernel_loop import JitLoop
from tests.jit.test_toolchain import ONE

FEATURES = " ".join(sorted(toolchain._V3))

needs_baseline = pytest.mark.skipif(
    toolchain.baseline() is None or not Path("/proc/cpuinfo").exists(),
    reason="this processor runs no portable code, or the system does not name it",
)

# Runs a command on a processor that the first argument describes, and tells what compiled.
SCRIPT = """\
import sys
from pathlib import Path
from imgconv.cli import run
from imgconv.execution import warm
from imgconv.jit import toolchain
described, *words = sys.argv[1:]
if described:
    toolchain._CPUINFO = Path(described)
else:
    warm._aim_at_baseline()
code = run.run(words)
print("compiled" if "numba" in sys.modules else "loaded")
sys.exit(code)
"""


def run_on(processor: Path | None, folder: Path, *words: object) -> str:
    environment = os.environ | {code_cache.FOLDER_VARIABLE: str(folder)}
    command = [sys.executable, "-c", SCRIPT, str(processor or ""), *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def loops(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("*.o") if not path.name.startswith("snapshot-")}


@needs_baseline
@pytest.mark.slow
def test_portable_code_is_taken_on_another_processor(tmp_path: Path) -> None:
    """The folder is read-only, so that nothing else could be kept there."""
    source, first, second = (tmp_path / name for name in ("in.png", "1.png", "2.png"))
    Image.radial_gradient("L").resize((40, 30)).save(source)
    folder, other = tmp_path / "loops", tmp_path / "cpuinfo"
    folder.mkdir(mode=0o700)
    other.write_text(ONE.replace("fpu sse2 avx2 fma", f"fpu sse2 {FEATURES}"))
    assert run_on(None, folder, "apply", "identity", source, first) == "compiled"
    compiled = loops(folder)
    folder.chmod(0o500)
    assert run_on(other, folder, "apply", "identity", source, second) == "loaded"
    assert loops(folder) == compiled
    assert first.read_bytes() == second.read_bytes()
    folder.chmod(0o700)


@pytest.fixture
def cpuinfo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(toolchain, "_CPUINFO", tmp_path / "cpuinfo")
    monkeypatch.setattr(os, "uname", lambda: Uname("x86_64"), raising=False)
    return tmp_path / "cpuinfo"


class Uname:
    def __init__(self, machine: str) -> None:
        self.machine = machine


@pytest.mark.parametrize("missing", sorted(toolchain._V3))
def test_a_processor_without_one_of_the_features_takes_no_portable_code(
    missing: str, cpuinfo: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cpuinfo.write_text(ONE.replace("fpu sse2 avx2 fma", FEATURES))
    assert toolchain.baseline() == ("x86-64-v3", "")
    cpuinfo.write_text(ONE.replace("fpu sse2 avx2 fma", FEATURES.replace(missing, "other")))
    assert toolchain.baseline() is None
    assert run(["warm", "--portable"]) == 2
    assert "takes AVX2 and FMA; run it on a newer machine" in capsys.readouterr().err


def test_machines_of_other_kinds_have_a_baseline_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for machine, expected in (("aarch64", ("generic", "")), ("riscv64", None)):
        found = Uname(machine)
        monkeypatch.setattr(os, "uname", lambda found=found: found, raising=False)
        assert toolchain.baseline() == expected


def test_code_of_this_processor_comes_first_and_warm_takes_no_other(
    cpuinfo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpuinfo.write_text(ONE.replace("fpu sse2 avx2 fma", FEATURES))
    monkeypatch.setattr(kernel_loop, "portable_will_do", True)  # a test of warm may have ended it
    loop = JitLoop(lambda: None)
    own, portable = loop._keys(())
    assert own == loop.cache_key(()) != portable
    monkeypatch.setattr(kernel_loop, "portable_will_do", False)
    assert [*loop._keys(())] == [own]


def test_the_key_follows_what_numba_compiles_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(toolchain.CPU_VARIABLE, "x86-64-v3")
    monkeypatch.delenv(toolchain.FEATURES_VARIABLE, raising=False)
    assert toolchain.target() == ("x86-64-v3", "")
    monkeypatch.delenv(toolchain.CPU_VARIABLE)
    assert toolchain.target() == toolchain.processor()
