"""The family of errors: each says what is wrong and what to do.

    ImgconvError                what is wrong; what to do
    ├── UsageError              the request is wrong, whatever the file (exit code 2)
    │   ├── UnknownFilterError  no filter has this name
    │   ├── ParameterError      no such parameter, or a value out of its range
    │   ├── KernelError         a text or an array that is no kernel
    │   └── LimitError          the work would take too long, or too much memory
    └── FileError               one file failed (exit code 1)
        ├── ReadError           it cannot be read as a picture
        │   └── DamagedError    a part of it is missing or broken
        ├── WriteError          it cannot be written
        └── InternalError       imgconv failed at it: a bug

The command prints an error as one line, in ``cli/run.py``, and ends with the exit code.
"""

from collections.abc import Collection
from typing import Self

# Where this is set, an unexpected exception is raised as it is, with its traceback.
TRACEBACK_VARIABLE = "IMGCONV_TRACEBACK"

RESTORE_IT = "restore the file, or give --allow-damaged to take what is left"
REPORT_IT = f"please report it, with {TRACEBACK_VARIABLE}=1 set"


class ImgconvError(Exception):
    """An error that people can do something about.

    ``problem`` says what is wrong and ``remedy`` what to do; both are fragments of one line. The
    module ``imgconv.errors`` has its kinds. An argument that is at fault raises a ``UsageError``,
    which is a ``ValueError`` as well.
    """

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}; {remedy}" if remedy else problem)
        self.problem = problem
        self.remedy = remedy

    def named(self, name: str) -> Self:
        """Return the same error, which begins with the name of a file."""
        return type(self)(f"{name}: {self.problem}", self.remedy)


class UsageError(ImgconvError, ValueError):
    """The request cannot be fulfilled for any file."""

    exit_code = 2


class UnknownFilterError(UsageError):
    """No filter has this name."""


class ParameterError(UsageError):
    """A filter has no such parameter, or the value lies outside the parameter's range."""


class KernelError(UsageError):
    """A text or an array cannot be used as a kernel."""


class LimitError(UsageError):
    """The work would take longer than anyone would wait, or more memory than is free."""


class FileError(ImgconvError):
    """One file failed; the others may still succeed."""


class ReadError(FileError):
    """A file cannot be read as a picture."""


class DamagedError(ReadError):
    """A part of a picture's file is missing or broken."""


class WriteError(FileError):
    """A picture cannot be written to a file."""


class InternalError(FileError):
    """An unexpected exception while imgconv processed a file."""


def nearest(word: str, known: Collection[str], most: int = 1) -> list[str]:
    """Return up to ``most`` of the ``known`` words that ``word`` begins or resembles, in order.

    A word resembles another where two thirds of their letters agree, as in one slip of three.
    """
    from difflib import get_close_matches  # 1 ms, for mistyped words only

    begun = [each for each in known if len(word) > 2 and each.startswith(word)]
    return list(dict.fromkeys([*begun, *get_close_matches(word, list(known), most, 0.66)]))[:most]


def suggestion(word: str, known: Collection[str]) -> str:
    """Return the remedy for an unknown ``word``: the nearest of the ``known`` ones, or all."""
    near = nearest(word, known)
    return f"did you mean '{near[0]}'?" if near else f"known are {', '.join(known) or 'none'}"
