"""Kernel texts: the forms in which people already have their kernels, to a Kernel.

``DIALECTS`` lists the forms; a text is read by the first one that knows it. A new form is one row
of that table and one short file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from imgconv.errors import KernelError
from imgconv.kernels.dialects import ffmpeg, gimp, grid, imagemagick, json, svg, vips
from imgconv.kernels.dialects.tokens import without_comments
from imgconv.kernels.kernel import Kernel

_BLANKS_AND_ENDS = "; \t\r\n\f\v"


@dataclass(frozen=True)
class Dialect:
    """One form of kernel text.

    ``matches`` tells whether a text has this form and ``read`` reads one that has; both are given
    the text without comments and without blanks at its ends. ``example`` writes the same
    sharpening kernel in every form. A file whose suffix is ``suffix`` has this form, whatever it
    looks like. Where ``bracketed`` is false, the form is not looked for inside brackets.
    """

    name: str
    example: str
    matches: Callable[[str], bool]
    read: Callable[[str], Kernel]
    suffix: str = ""
    bracketed: bool = True


def parse(text: str) -> Kernel:
    """The kernel that ``text`` writes in any of the ``DIALECTS``; raises ``KernelError``."""
    return _read(_cleaned(text), DIALECTS)


def parse_file(text: str, suffix: str) -> Kernel:
    """The kernel in the text of a file whose name ends in ``suffix``, such as ".mat".

    Raises ``KernelError``, also where the text lacks the form that the suffix promises.
    """
    promised = [
        dialect for dialect in DIALECTS if dialect.suffix and dialect.suffix == suffix.lower()
    ]
    return promised[0].read(_cleaned(text)) if promised else parse(text)


def parse_grid(text: str) -> Kernel:
    """The kernel that ``text`` writes as plain rows and in no other form; raises ``KernelError``.

    Blanks or commas part the numbers, newlines or ``;`` the rows; ``#`` begins a comment.
    """
    return grid.read(_cleaned(text))


def _cleaned(text: str) -> str:
    return without_comments(text).strip(_BLANKS_AND_ENDS)


def _read(text: str, dialects: Iterable[Dialect]) -> Kernel:
    return next(dialect for dialect in dialects if dialect.matches(text)).read(text)


def _read_bracketed(text: str) -> Kernel:
    if not text.endswith(")"):
        raise KernelError("the bracket '(' is not closed", "end the kernel with ')'")
    return _read(_cleaned(text[1:-1]), (dialect for dialect in DIALECTS if dialect.bracketed))


DIALECTS = (
    Dialect(
        name="JSON",
        example="[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]",
        matches=json.matches,
        read=json.read,
        suffix=".json",
    ),
    Dialect(
        name="SVG",
        example='<feConvolveMatrix order="3" kernelMatrix="0 -1 0 -1 5 -1 0 -1 0"/>',
        matches=svg.matches,
        read=svg.read,
        suffix=".svg",
    ),
    Dialect(
        name="G'MIC",
        example="(0,-1,0;-1,5,-1;0,-1,0)",
        matches=lambda text: text.startswith("("),
        read=_read_bracketed,
        bracketed=False,
    ),
    Dialect(
        name="ImageMagick",
        example="3x3: 0,-1,0 -1,5,-1 0,-1,0",
        matches=imagemagick.matches,
        read=imagemagick.read,
    ),
    Dialect(
        name="ffmpeg",
        example="0m=0 -1 0 -1 5 -1 0 -1 0:0rdiv=1:0bias=0",
        matches=ffmpeg.matches,
        read=ffmpeg.read,
    ),
    Dialect(
        name="GIMP",
        example="0 -1 0; -1 5 -1; 0 -1 0; divisor = 1; offset = 0",
        matches=gimp.matches,
        read=gimp.read,
    ),
    Dialect(
        name="vips",
        example="3 3 1 0; 0 -1 0; -1 5 -1; 0 -1 0",
        matches=vips.matches,
        read=vips.read,
        suffix=".mat",
    ),
    # In brackets a flat list is one row, as in G'MIC.
    Dialect(
        name="square list",
        example="0 -1 0 -1 5 -1 0 -1 0",
        matches=ffmpeg.is_square_list,
        read=ffmpeg.read_square_list,
        bracketed=False,
    ),
    Dialect(
        name="plain rows",
        example="0 -1 0; -1 5 -1; 0 -1 0",
        matches=lambda text: True,
        read=grid.read,
    ),
)
