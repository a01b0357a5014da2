"""What machine code depends on besides the loop: the compilers, and the processor.

Every run asks, to know what its code is kept under; so nothing is imported to find out.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

COMPILERS = ("numba", "llvmlite")

# Of the processor, as Linux tells of it on x86.
_PROCESSORS = Path("/proc/cpuinfo")

_FACTS = ("vendor_id", "cpu family", "model", "stepping", "flags")

_MOST = 8192  # more than is told of one, and less than of all


def toolchain() -> tuple[object, ...]:
    """The versions of the compilers, and what the processor is and can do."""
    return *map(version, COMPILERS), processor()


def version(package: str) -> str:
    """All that ``package`` says of its version; raises ``ImportError`` if it is not installed."""
    found = find_spec(package)
    if found and found.origin:
        file = Path(found.origin).with_name("_version.py")
        if file.exists():
            return file.read_text("utf-8", "replace")
    from importlib import metadata

    return metadata.version(package)


def processor() -> tuple[str, ...]:
    """What the processor is and can do, by the system, or else by LLVM."""
    facts = _facts()
    if facts.keys() >= {*_FACTS}:
        return tuple(facts[name] for name in _FACTS)
    from imgconv.jit import object_code

    return object_code.processor()


def _facts() -> dict[str, str]:
    """What Linux tells of the first processor; nothing on other systems."""
    try:
        with _PROCESSORS.open("rb", buffering=0) as file:
            first, end, _ = file.read(_MOST).partition(b"\n\n")
    except OSError:
        return {}
    lines = [line.partition(":") for line in first.decode(errors="replace").splitlines() if end]
    return {name.strip(): value.strip() for name, _, value in lines}
