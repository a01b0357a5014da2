"""The form of a filter's file: from a TOML table to what the filter says of itself."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from imgconv.errors import KernelError, WordsError
from imgconv.filter import COMBINATIONS, RANGES, Declaration, Parameter
from imgconv.nearest import nearest

if TYPE_CHECKING:
    from imgconv.kernel import Kernel

LARGEST_FILE = 64 * 2**20

_KEYS = {"summary", "combine", "range", "threshold", "parameters", "kernel"}
_KERNEL_KEYS = {"grid", "weights", "scale", "offset", "origin", "flip", "normalize", "generator"}


@cache
def read_declaration(path: Path) -> Declaration:
    """The filter that the TOML file at ``path`` declares; raises ``KernelError``."""
    text = read_kernel_text(path)
    with _blaming(path):
        return _declared(path, tomllib.loads(text))


def read_kernel_text(path: Path) -> str:
    """The text of a kernel file; raises ``KernelError`` if it is missing, too long or not text."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise KernelError(f"{path} is too large for a kernel", "give at most 64 MB")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise KernelError(f"{path} is not a text", "give a kernel file") from error
    except OSError as error:
        raise KernelError(f"{path}: {error.strerror}", "check the path of the kernel") from error


@contextmanager
def _blaming(path: Path) -> Iterator[None]:
    """Turn whatever a malformed table leads to into an error that names the file."""
    see = "see the files in filters/ for the form"
    try:
        yield
    except WordsError as error:
        raise KernelError(f"{path}: {error.problem}", error.remedy) from error
    except KeyError as error:
        raise KernelError(f"{path}: {error} is missing", see) from error
    except (TypeError, AttributeError, ValueError, RecursionError) as error:
        raise KernelError(f"{path}: {str(error).splitlines()[0]}", see) from error


def _declared(path: Path, table: Mapping[str, Any]) -> Declaration:
    _refuse_unknown(table, _KEYS)
    kernels = table["kernel"] if isinstance(table["kernel"], list) else [table["kernel"]]
    parameters = tuple(_parameter(*item) for item in table.get("parameters", {}).items())

    def build(values: Mapping[str, float]) -> tuple[Kernel, ...]:
        with _blaming(path):
            return tuple(_kernel(kernel, values) for kernel in kernels)

    return Declaration(
        path.stem,
        str(table.get("summary", "")),
        parameters,
        build,
        _combination(table.get("combine", "none"), kernels),
        _one_of(RANGES, table.get("range", "clamp"), "range"),
        _threshold(table.get("threshold", ""), parameters),
    )


def _parameter(name: str, entry: Mapping[str, Any]) -> Parameter:
    parameter = Parameter(name, **{**entry, "choices": tuple(entry.get("choices", ()))})
    parameter.check(parameter.default)
    return parameter


def _combination(name: str, kernels: list[Mapping[str, Any]]) -> str:
    for kernel in kernels:
        _refuse_unknown(kernel, _KERNEL_KEYS)
    if not kernels:
        raise KernelError("no kernel is given", "write a [[kernel]]")
    if (name == "none") != (len(kernels) == 1):
        raise KernelError(
            f"{len(kernels)} kernel(s) cannot be combined by '{name}'",
            f"one kernel needs no rule, several need one of {', '.join(COMBINATIONS)}",
        )
    if name == "add-above" and len(kernels) != 2:
        raise KernelError("'add-above' takes two kernels", "write two")
    return _one_of(COMBINATIONS, name, "combine")


def _threshold(name: str, parameters: tuple[Parameter, ...]) -> str:
    if name and name not in {parameter.name for parameter in parameters}:
        raise KernelError(f"no parameter is called '{name}'", f"declare [parameters.{name}]")
    return name


def _refuse_unknown(table: Mapping[str, Any], known: set[str]) -> None:
    for key in table:
        if key not in known:
            near = nearest(key, known)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(known))}"
            raise KernelError(f"'{key}' means nothing here", hint)


def _one_of(choices: Mapping[str, object], text: str, key: str) -> str:
    if text not in choices:
        raise KernelError(f"{key} = '{text}' is unknown", f"choose from {', '.join(choices)}")
    return text


def _kernel(entry: Mapping[str, Any], values: Mapping[str, float]) -> Kernel:
    kernel = _weights(entry, values)
    origin = _origin(entry["origin"]) if "origin" in entry else None
    kernel = kernel.replaced(entry.get("scale"), entry.get("offset"), origin)
    kernel = kernel.normalised(entry.get("normalize", "none"))
    return kernel.flip() if entry.get("flip", False) else kernel


def _weights(entry: Mapping[str, Any], values: Mapping[str, float]) -> Kernel:
    # Each source of weights is imported only where it is used: a run starts with few imports.
    if "generator" in entry:
        from imgconv import generators

        return generators.generate(entry["generator"], values)
    if "grid" in entry:
        from imgconv import dialects

        return dialects.parse_grid(entry["grid"])
    from imgconv.kernel import Kernel

    return Kernel(entry["weights"])


def _origin(given: Any) -> tuple[int, int]:
    row, column = given
    return int(row), int(column)
