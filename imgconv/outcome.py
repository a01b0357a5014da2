"""What happened to one file."""

from __future__ import annotations

from collections.abc import Sequence

from imgconv.errors import ImgconvError
from imgconv.named_tuple import NamedTuple


class Size(NamedTuple):
    """How large a picture is in pixels, and its file in bytes."""

    width: int
    height: int
    frames: int
    bytes: int


class Ran(NamedTuple):
    """A filter that ran, and the engine of each of its kernels."""

    filter: str
    engines: tuple[str, ...]


class Outcome:
    """The file read, the file written, what a person should know, and what went wrong if it did.

    ``left`` says that the output was to stay as it is. The sizes are those of what was read and
    written, as far as it came to that, ``plan`` is what ran, and ``seconds`` how long all took.
    """

    def __init__(self, source: str, target: str, left: bool = False) -> None:
        self.source, self.target, self.left = source, target, left
        self.notes: list[str] = []
        self.error: ImgconvError | None = None
        self.read: Size | None = None
        self.written: Size | None = None
        self.plan: list[Ran] = []
        self.seconds = 0.0

    @property
    def status(self) -> str:
        """One of ``STATUSES``."""
        return "failed" if self.error else "skipped" if self.left else "done"


STATUSES = ("done", "skipped", "failed")


def summary(outcomes: Sequence[Outcome]) -> str:
    """How many files there were, and what became of them."""
    found = [outcome.status for outcome in outcomes]
    counts = [f"{found.count(status)} {status}" for status in STATUSES if status in found]
    return f"{len(found)} pictures: " + ", ".join(counts)
