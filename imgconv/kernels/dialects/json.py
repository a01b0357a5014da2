"""JSON: a list of rows, or an object with ``weights``, ``scale``, ``offset`` and ``origin``.

The object that sharp's ``convolve`` takes has its weights as one list ``kernel``, with ``width``
and ``height``. Its scale is the sum of the weights, at least 1, unless it says another
(documentation of ``sharp.convolve``).
"""

import json
from collections.abc import Mapping
from typing import Any

from imgconv.errors import KernelError
from imgconv.kernels.dialects.flat import checked_size, in_rows
from imgconv.kernels.dialects.grid import rectangle, sum_or_one
from imgconv.kernels.dialects.tokens import check_count, quoted, whole
from imgconv.kernels.kernel import Kernel

_FLAT = ("width", "height", "kernel")
_KEYS = ("weights", *_FLAT, "scale", "offset", "origin")


def matches(text: str) -> bool:
    return text.startswith(("[", "{"))


def read(text: str) -> Kernel:
    document = _decoded(text)
    entries = document if isinstance(document, dict) else {"weights": document}
    for key in entries:
        if key not in _KEYS:
            raise KernelError(f"{quoted(key)} is not a known key", f"known are {', '.join(_KEYS)}")
    if "kernel" in entries:
        return _flat_kernel(entries)
    weights = entries.get("weights")
    if not isinstance(weights, list) or not all(isinstance(row, list) for row in weights):
        raise KernelError("the weights are not a list of rows", "write them as [[1, 2], [3, 4]]")
    return _with_settings(Kernel(rectangle(map(_numbers, weights))), entries)


def _flat_kernel(entries: Mapping[str, Any]) -> Kernel:
    """Return the kernel of an object whose weights are one list."""
    if missing := [key for key in _FLAT if key not in entries]:
        raise KernelError(f"the '{missing[0]}' of the kernel is missing", "give it in pixels")
    if "weights" in entries or not isinstance(entries["kernel"], list):
        raise KernelError("the kernel is not one list of weights", 'write "kernel": [1, 2, 1]')
    width, height = (whole(str(_number(entries[key]))) for key in ("width", "height"))
    weights = checked_size(_numbers(entries["kernel"]), width, height)
    kernel = Kernel(in_rows(weights, width))
    return _with_settings(kernel.replaced(max(sum_or_one(kernel), 1.0)), entries)


def _with_settings(kernel: Kernel, entries: Mapping[str, Any]) -> Kernel:
    """Return a kernel with the scale, offset and origin that are given."""
    scale, offset = (
        _number(entries[key]) if key in entries else None for key in ("scale", "offset")
    )
    origin = _origin(entries["origin"]) if "origin" in entries else None
    return kernel.replaced(scale, offset, origin)


def _numbers(entries: list[Any]) -> list[float]:
    return [_number(entry) for entry in entries]


def _decoded(text: str) -> Any:
    # Decoding makes an element for every ",", so they are counted first.
    check_count(text.count(",") - len(_KEYS))
    try:
        # All as floats: integers of thousands of digits would raise or take seconds.
        return json.loads(text, parse_int=float, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise KernelError(f"broken JSON at {place}", "write it as [[1, 2], [3, 4]]") from error
    except RecursionError as error:
        raise KernelError("the JSON is nested too deeply", "give a list of rows") from error


def _refuse(word: str) -> float:
    raise KernelError(f"'{word}' is not a finite number", "give finite numbers")


def _number(entry: Any) -> float:
    if isinstance(entry, float):
        return entry
    shown = "a list" if isinstance(entry, list | dict) else quoted(json.dumps(entry))
    raise KernelError(f"{shown} is not a number", "give a number")


def _origin(entry: Any) -> tuple[int, int]:
    match entry:
        case [float(row), float(column)]:
            return whole(str(row)), whole(str(column))
    raise KernelError("the origin is not a row and a column", "write it as [1, 1]")
