"""The toolchain: everything that machine code depends on besides the loop.

Every run needs it for cache keys, so nothing is imported to find the versions and the processor.
"""

import os
from importlib.util import find_spec
from pathlib import Path

from imgconv import jit

# Contraction allows fused multiply-add but keeps the order of sums, so results do not depend on how
# a picture is cut into bands. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

COMPILERS = ("numba", "llvmlite")

# Variables by which Numba compiles for another processor: LLVM's name, and further features.
CPU_VARIABLE, FEATURES_VARIABLE = "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"

# LLVM's names of the processors that portable code is compiled for, and the features that Linux
# must name for it: those of https://gitlab.com/x86-psABIs/x86-64-ABI, level 3.
_V3 = frozenset(("avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"))
_BASELINES: dict[str, tuple[str, frozenset[str]]] = {
    "x86_64": ("x86-64-v3", _V3),
    "aarch64": ("generic", frozenset()),
    "arm64": ("generic", frozenset()),
}

_CPUINFO = Path("/proc/cpuinfo")
_FIELDS = ("vendor_id", "cpu family", "model", "stepping", "flags")  # of x86
_ENTRY_SIZE = 8192  # bytes: more than one processor has, and less than all


def toolchain(processor: tuple[str, ...] | None = None) -> tuple[object, ...]:
    """Return the versions of the compilers, and a processor, by default that of ``target``."""
    return *map(version, COMPILERS), processor or target()


def target() -> tuple[str, ...]:
    """Return the processor to compile for: this one, unless the environment names another."""
    return named_target() or processor()


def named_target() -> tuple[str, str] | None:
    """Return the processor that the environment names for Numba: LLVM's name, and features."""
    name = os.environ.get(CPU_VARIABLE)
    return (name, os.environ.get(FEATURES_VARIABLE, "")) if name else None


def baseline() -> tuple[str, ...] | None:
    """Return the target of portable code, or None where this processor does not run it."""
    machine = os.uname().machine if hasattr(os, "uname") else ""
    name, needed = _BASELINES.get(machine, ("", frozenset()))
    has_all = needed <= {*_cpuinfo().get("flags", "").split()}
    return (name, "") if name and has_all else None


def version(package: str) -> str:
    """Return the text of ``_version.py`` of a package, or else the version in its metadata.

    Raises ``ImportError`` if it is not installed.
    """
    found = find_spec(package)
    if found and found.origin:
        file = Path(found.origin).with_name("_version.py")
        if file.exists():
            return file.read_text("utf-8", "replace")
    from importlib import metadata

    return metadata.version(package)


def processor() -> tuple[str, ...]:
    """Return the model and features of the processor, from the system, or else from LLVM."""
    found = _cpuinfo()
    if found.keys() >= {*_FIELDS}:
        return tuple(found[name] for name in _FIELDS)
    return jit.object_code.processor()


def _cpuinfo() -> dict[str, str]:
    """Return Linux's fields of the first processor; on other systems none."""
    try:
        with _CPUINFO.open("rb", buffering=0) as file:
            first, end, _ = file.read(_ENTRY_SIZE).partition(b"\n\n")
    except OSError:
        return {}
    lines = [line.partition(":") for line in first.decode(errors="replace").splitlines() if end]
    return {name.strip(): value.strip() for name, _, value in lines}
