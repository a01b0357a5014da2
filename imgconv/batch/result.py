"""What happened to one file.

What is noted of how a picture came out: for people, and for the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgconv.errors import ImgconvError
from imgconv.formats import Format
from imgconv.planning.settings import Ran


class Size(NamedTuple):
    """How large a picture is in pixels, and its file in bytes."""

    width: int
    height: int
    frames: int
    bytes: int


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


# When more of the values than this were clipped, a person is told.
MUCH_CLIPPED = 0.01


def note_clipping(outcome: Outcome, share: float) -> None:
    """Tell that much was clipped, as another range rule would have shown it."""
    if share > MUCH_CLIPPED:
        outcome.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped; "
            "--range abs, offset or stretch would show them"
        )


def note_lost_frames(outcome: Outcome, count: int, target: Format) -> None:
    """Tell that a format holds but one of ``count`` frames."""
    outcome.notes.append(f"{target.name} holds one frame; {count - 1} more were left out")
