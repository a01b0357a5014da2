"""The toolchain: everything that machine code depends on besides the loop.

Every run needs it for cache keys, so nothing is imported to find the versions and the processor.
"""

from importlib.util import find_spec
from pathlib import Path

from imgconv import jit

# Contraction allows fused multiply-add but keeps the order of sums, so results do not depend on how
# a picture is cut into bands. Full fastmath does not promise that.
FLAGS = {"fastmath": {"contract"}, "error_model": "numpy", "boundscheck": False}

COMPILERS = ("numba", "llvmlite")

_CPUINFO = Path("/proc/cpuinfo")
_FIELDS = ("vendor_id", "cpu family", "model", "stepping", "flags")  # of x86
_ENTRY_SIZE = 8192  # bytes: more than one processor has, and less than all


def toolchain() -> tuple[object, ...]:
    """Return the versions of the compilers, and the model and features of the processor."""
    return *map(version, COMPILERS), processor()


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
