"""Kernel texts: the forms in which people already have kernels, read as a ``Kernel``.

Each form is a module with ``matches(text)`` and ``read(text)``, which raises ``KernelError``; the
first module that matches reads a text. They need NumPy, so they are imported when used.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any

from imgconv.errors import KernelError

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel

FORMS: tuple[str, ...] = ("json", "svg", "imagemagick", "ffmpeg", "gimp", "vips", "flat", "grid")

# Files with these suffixes have these forms, whatever they look like.
SUFFIXES = {".json": "json", ".svg": "svg", ".mat": "vips"}

# The beginning of a kernel text, which no filter's name has: a bracket, a number, an option of
# ffmpeg or a setting of GIMP.
BEGINNING = re.compile(r"""\s*([\[{(<\d+.'"-]|[0-3]?m=|divisor\b)""")

_BLANKS_AND_ENDS = "; \t\r\n\f\v"


def parse(text: str) -> Kernel:
    """Return the kernel that ``text`` writes in any of the forms; raises ``KernelError``.

    In brackets any form is read, but a flat list is one row, as in G'MIC.
    """
    text, forms = _cleaned(text), FORMS
    if text.startswith("("):
        if not text.endswith(")"):
            raise KernelError("the bracket '(' is not closed", "end the kernel with ')'")
        text, forms = _cleaned(text[1:-1]), tuple(form for form in FORMS if form != "flat")
    return _read(text, next(form for form in forms if _module(form).matches(text)))


def parse_file(text: str, suffix: str) -> Kernel:
    """Return the kernel in the text of a file whose name ends in ``suffix``, such as ".mat".

    Raises ``KernelError``, also where the text has not the form of that suffix.
    """
    form = SUFFIXES.get(suffix.lower())
    return _read(_cleaned(text), form) if form else parse(text)


def parse_grid(text: str) -> Kernel:
    """Return the kernel that ``text`` writes as plain rows; raises ``KernelError``.

    Blanks or commas part the numbers, newlines or ``;`` the rows; ``#`` begins a comment.
    """
    return _read(_cleaned(text), "grid")


def _read(text: str, form: str) -> Kernel:
    kernel: Kernel = _module(form).read(text)
    return kernel


def _module(form: str) -> Any:
    return import_module(f"{__name__}.{form}")


def _cleaned(text: str) -> str:
    """Strip comments, but for markup, where ``#`` begins a colour or a name."""
    is_markup = text.lstrip().startswith("<")
    return (text if is_markup else re.sub(r"#[^\n]*", "", text)).strip(_BLANKS_AND_ENDS)
