"""The reference of the Python package, made of its docstrings and signatures."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import imgconv


def page() -> str:
    """Return the Markdown of all public names."""
    parts = ["# Python", _doc(imgconv)]
    for name in sorted(imgconv.__all__, key=str.swapcase):  # functions, then classes
        value = getattr(imgconv, name)
        if not isinstance(value, str):  # the version
            parts += [f"## imgconv.{name}", *_described(name, value)]
    return "\n\n".join(parts) + "\n"


def _described(name: str, value: Any) -> Iterator[str]:
    if inspect.ismodule(value) or (inspect.isclass(value) and issubclass(value, Exception)):
        yield _doc(value)
        return
    yield _signature(name, value)
    yield _doc(value)
    if inspect.isclass(value):
        for member in filter(_is_public, vars(value)):
            described = getattr(value, member)
            yield f"### {name}.{member}"
            if callable(described):
                yield _signature(member, described)
            yield _doc(described)


def _is_public(name: str) -> bool:
    return not name.startswith("_")


def _signature(name: str, value: Any) -> str:
    """Return the call with its arguments, on lines of their own where they are many."""
    arguments = [_argument(each) for each in inspect.signature(value).parameters.values()]
    arguments = [each for each in arguments if each not in ("self", "cls")]
    if len(arguments) > 4:
        inside = textwrap.fill(", ".join(arguments), 76)
        return f"    {name}(\n{textwrap.indent(inside, ' ' * 8)}\n    )"
    return f"    {name}({', '.join(arguments)})"


def _argument(argument: inspect.Parameter) -> str:
    """Return an argument with its default; its types stand in the text."""
    return str(argument.replace(annotation=inspect.Parameter.empty))


def _doc(value: object) -> str:
    """Return a docstring as Markdown: its literals are code, examples are indented."""
    text = re.sub(r"``([^`]+)``", r"`\1`", inspect.getdoc(value) or "")
    return re.sub(r"(?m)^(>>> .*(?:\n(?!>>>|\n).+)*)", _indented, text)


def _indented(found: re.Match[str]) -> str:
    return "\n".join(f"    {line}" for line in found[0].splitlines())
