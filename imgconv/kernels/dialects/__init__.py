"""Kernel texts: the forms in which people already have kernels, read as a ``Kernel``.

``DIALECTS`` lists the forms; the first one that matches reads a text. A new form is one row of this
table and one file, with ``matches(text)`` and ``read(text)``. The files are imported when a text is
read: they need NumPy, and most filters are named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel

_BLANKS_AND_ENDS = "; \t\r\n\f\v"


class Dialect:
    """A form of kernel text, which ``dialects/<module>.py`` matches and reads.

    ``example`` writes the same sharpening kernel in every form. ``opening`` is a pattern for the
    beginning of a text on the command line, where it tells kernels from names of filters; none is
    needed where that of another form fits. A file whose name ends in ``suffix`` has this form,
    whatever it looks like. With ``bracketed`` the form is also read inside round brackets.
    """

    def __init__(
        self,
        name: str,
        module: str,
        example: str,
        opening: str = "",
        suffix: str = "",
        bracketed: bool = True,
    ) -> None:
        self.name, self.module, self.example = name, module, example
        self.opening, self.suffix, self.bracketed = opening, suffix, bracketed

    def matches(self, text: str) -> bool:
        """Return whether a text without comments has this form."""
        return bool(self._reader().matches(text))

    def read(self, text: str) -> Kernel:
        """Return the kernel that a text of this form writes; raises ``KernelError``."""
        kernel: Kernel = self._reader().read(text)
        return kernel

    def _reader(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


PLAIN_ROWS = Dialect("plain rows", "grid", "0 -1 0; -1 5 -1; 0 -1 0", r"""[\d+.'"-]""")

DIALECTS = (
    Dialect("JSON", "json", "[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]", r"[\[{]", ".json"),
    Dialect(
        "SVG",
        "svg",
        '<feConvolveMatrix order="3" kernelMatrix="0 -1 0 -1 5 -1 0 -1 0"/>',
        "<",
        ".svg",
    ),
    Dialect("G'MIC", "gmic", "(0,-1,0;-1,5,-1;0,-1,0)", r"\(", bracketed=False),
    Dialect("ImageMagick", "imagemagick", "3x3: 0,-1,0 -1,5,-1 0,-1,0"),
    Dialect("ffmpeg", "ffmpeg", "0m=0 -1 0 -1 5 -1 0 -1 0:0rdiv=1:0bias=0", r"[0-3]?m="),
    Dialect("GIMP", "gimp", "0 -1 0; -1 5 -1; 0 -1 0; divisor = 1; offset = 0", r"divisor\b"),
    Dialect("vips", "vips", "3 3 1 0; 0 -1 0; -1 5 -1; 0 -1 0", suffix=".mat"),
    # In brackets a flat list is one row, as in G'MIC.
    Dialect("square list", "square_list", "0 -1 0 -1 5 -1 0 -1 0", bracketed=False),
    PLAIN_ROWS,
)


def parse(text: str) -> Kernel:
    """Return the kernel that ``text`` writes in any of the forms; raises ``KernelError``."""
    return read_first(text, DIALECTS)


def parse_file(text: str, suffix: str) -> Kernel:
    """Return the kernel in the text of a file whose name ends in ``suffix``, such as ".mat".

    Raises ``KernelError``, also where the text has not the form of that suffix.
    """
    for dialect in DIALECTS:
        if dialect.suffix and dialect.suffix == suffix.lower():
            return dialect.read(_cleaned(text))
    return parse(text)


def parse_grid(text: str) -> Kernel:
    """Return the kernel that ``text`` writes as plain rows; raises ``KernelError``.

    Blanks or commas part the numbers, newlines or ``;`` the rows; ``#`` begins a comment.
    """
    return PLAIN_ROWS.read(_cleaned(text))


def read_first(text: str, dialects: Iterable[Dialect]) -> Kernel:
    """Return the kernel that the first form that matches reads; raises ``KernelError``."""
    text = _cleaned(text)
    return next(dialect for dialect in dialects if dialect.matches(text)).read(text)


def _cleaned(text: str) -> str:
    """Strip comments, but for markup, where ``#`` begins a colour or a name."""
    is_markup = text.lstrip().startswith("<")
    return (text if is_markup else re.sub(r"#[^\n]*", "", text)).strip(_BLANKS_AND_ENDS)
