"""Filters as the text of a TOML file, which gives the same filter when it is read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from imgconv.system.diagnostics import printable

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter
    from imgconv.kernels.kernel import Kernel


def toml_text(filter: Filter, summary: str) -> str:
    """Return the text of a file for ``filter``: its rules, and the weights with all digits."""
    lines = [f"summary = {_quoted(summary)}"]
    if filter.combine != "none":
        lines.append(f"combine = {_quoted(filter.combine)}")
    if filter.range != "clamp":
        lines.append(f"range = {_quoted(filter.range)}")
    if filter.threshold:
        lines += ['threshold = "threshold"', "", "[parameters.threshold]"]
        lines += ['summary = "difference from which it is added, in levels of 255"']
        lines.append(f"default = {filter.threshold!r}")
    for kernel in filter.kernels:
        lines += ["", "[[kernel]]", *_kernel_lines(kernel)]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return json.dumps(printable(text), ensure_ascii=False)


def _kernel_lines(kernel: Kernel) -> list[str]:
    cells = [[_digits(weight) for weight in row] for row in kernel.weights.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    if kernel.is_integer:
        rows = [" ".join(f"{cell:>{width}}" for cell in row) for row in cells]
        lines = ['grid = """', *rows, '"""']
    else:
        rows = [f"  [{', '.join(f'{cell:>{width}}' for cell in row)}]," for row in cells]
        lines = ["weights = [", *rows, "]"]
    if kernel.scale != 1:
        lines.append(f"scale = {_digits(kernel.scale)}")
    if kernel.offset:
        lines.append(f"offset = {_digits(kernel.offset)}")
    if not kernel.is_centred:
        lines.append(f"origin = [{kernel.origin[0]}, {kernel.origin[1]}]")
    return lines


def _digits(value: float) -> str:
    """Return a number that is read as the same float."""
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
