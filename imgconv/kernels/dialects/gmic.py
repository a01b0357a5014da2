"""G'MIC's kernels: ``(0,-1,0;-1,5,-1;0,-1,0)``, and brackets around most other forms."""

from __future__ import annotations

from imgconv.errors import KernelError
from imgconv.kernels.dialects import DIALECTS, read_first
from imgconv.kernels.kernel import Kernel


def matches(text: str) -> bool:
    """Return whether ``text`` begins with a bracket."""
    return text.startswith("(")


def read(text: str) -> Kernel:
    """Return the kernel in the brackets; raises ``KernelError``."""
    if not text.endswith(")"):
        raise KernelError("the bracket '(' is not closed", "end the kernel with ')'")
    return read_first(text[1:-1], (dialect for dialect in DIALECTS if dialect.bracketed))
