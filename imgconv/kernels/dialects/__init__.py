"""Kernel texts: the forms in which people already have kernels, read as a ``Kernel``.

``DIALECTS`` lists the forms; the first one that matches reads a text. A form is one row of this
table and one file, with ``matches(text)`` and ``read(text)``, which raises ``KernelError``. The
files are imported when a text is read: they need NumPy, and most filters are named.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from imgconv.errors import KernelError

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel

_BLANKS_AND_ENDS = "; \t\r\n\f\v"


class Dialect(NamedTuple):
    """A form of kernel text, which ``dialects/<module>.py`` matches and reads.

    ``opening`` is a pattern for the beginning of a text on the command line, where it tells kernels
    from names of filters; none is needed where the pattern of another form fits. A file whose name
    ends in ``suffix`` has this form, whatever it looks like.
    """

    module: str
    opening: str = ""
    suffix: str = ""

    def matches(self, text: str) -> bool:
        """Return whether a text without comments has this form."""
        return bool(self._imported().matches(text))

    def read(self, text: str) -> Kernel:
        kernel: Kernel = self._imported().read(text)
        return kernel

    def _imported(self) -> Any:
        return import_module(f"{__name__}.{self.module}")


PLAIN_ROWS = Dialect("grid", r"""[\d+.'"-]""")
SQUARE_LIST = Dialect("flat")

DIALECTS = (
    Dialect("json", r"[\[{]", ".json"),
    Dialect("svg", "<", ".svg"),
    Dialect("imagemagick"),
    Dialect("ffmpeg", r"[0-3]?m="),
    Dialect("gimp", r"divisor\b"),
    Dialect("vips", suffix=".mat"),
    SQUARE_LIST,
    PLAIN_ROWS,
)

# A text in brackets has any of the forms. A flat list in them is one row, as in G'MIC, where
# ``(0,-1,0;-1,5,-1;0,-1,0)`` is a kernel.
OPENING_BRACKET = r"\("


def parse(text: str) -> Kernel:
    """Return the kernel that ``text`` writes in any of the forms; raises ``KernelError``."""
    text = _cleaned(text)
    in_brackets = text.startswith("(")
    if in_brackets:
        if not text.endswith(")"):
            raise KernelError("the bracket '(' is not closed", "end the kernel with ')'")
        text = _cleaned(text[1:-1])
    forms = [form for form in DIALECTS if not (in_brackets and form is SQUARE_LIST)]
    return next(form for form in forms if form.matches(text)).read(text)


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


def _cleaned(text: str) -> str:
    """Strip comments, but for markup, where ``#`` begins a colour or a name."""
    is_markup = text.lstrip().startswith("<")
    return (text if is_markup else re.sub(r"#[^\n]*", "", text)).strip(_BLANKS_AND_ENDS)
