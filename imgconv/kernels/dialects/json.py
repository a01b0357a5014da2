"""JSON: a list of rows, or an object with ``weights``, ``scale``, ``offset`` and ``origin``."""

import json
from typing import Any

from imgconv.errors import KernelError
from imgconv.kernels.dialects.grid import rectangle
from imgconv.kernels.dialects.tokens import check_count, quoted, whole
from imgconv.kernels.kernel import Kernel

_KEYS = ("weights", "scale", "offset", "origin")


def matches(text: str) -> bool:
    return text.startswith(("[", "{"))


def read(text: str) -> Kernel:
    document = _decoded(text)
    entries = document if isinstance(document, dict) else {"weights": document}
    for key in entries:
        if key not in _KEYS:
            raise KernelError(f"{quoted(key)} is not a known key", f"known are {', '.join(_KEYS)}")
    weights = entries.get("weights")
    if not isinstance(weights, list) or not all(isinstance(row, list) for row in weights):
        raise KernelError("the weights are not a list of rows", "write them as [[1, 2], [3, 4]]")
    return Kernel(
        rectangle([_number(entry) for entry in row] for row in weights),
        _number(entries.get("scale", 1.0)),
        _number(entries.get("offset", 0.0)),
        _origin(entries["origin"]) if "origin" in entries else None,
    )


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
