"""The family of errors: each says what is wrong and what to do.

    ImgconvError              what is wrong; what to do
    ├── UsageError            what was asked for cannot be done (exit code 2)
    │   ├── UnknownFilterError  no filter of that name
    │   ├── ParameterError      no such parameter, or a value out of its range
    │   ├── KernelError         a text or an array that is no kernel
    │   └── LimitError           the work would take too long, or too much memory
    └── FileError             a file failed (exit code 1)
        ├── ReadError           it could not be read as a picture
        ├── WriteError          it could not be written
        └── InternalError          imgconv itself failed at it

``cli/run.py`` is the one place that prints them.

The known words nearest to one that is not known.
"""

from __future__ import annotations

from collections.abc import Iterable

# Where this is set, a fault of imgconv is raised as it is.
TRACEBACK_VARIABLE = "IMGCONV_TRACEBACK"

REPORT_IT = f"please report it, with {TRACEBACK_VARIABLE}=1 set"


class ImgconvError(Exception):
    """The root of the family.

    ``problem`` says what is wrong, ``remedy`` what to do about it; both are fragments of one line.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy


class UsageError(ImgconvError, ValueError):
    """What was asked for cannot be done, whatever the file."""

    exit_code = 2


class UnknownFilterError(UsageError):
    """No filter of that name is known."""


class ParameterError(UsageError):
    """A filter has no such parameter, or the value lies outside the parameter's range."""


class KernelError(UsageError):
    """A text or an array that cannot be used as a kernel."""


class LimitError(UsageError):
    """The work would take longer than anyone would wait, or more memory than is free."""


class FileError(ImgconvError):
    """One file failed; the others may still succeed."""


class ReadError(FileError):
    """A file that cannot be read as a picture."""


class WriteError(FileError):
    """A picture that cannot be written to a file."""


class InternalError(FileError):
    """A file at which imgconv failed in a way that nobody foresaw."""


def nearest(word: str, known: Iterable[str], most: int = 1) -> list[str]:
    """Up to ``most`` of ``known``, the nearest first; none where none is near."""
    # Imported here, since only who mistypes has to wait for it.
    from difflib import get_close_matches

    return get_close_matches(word, list(known), most, 0.5)
