"""The results of tasks, for the messages of a run and for its report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from imgconv.errors import ImgconvError
from imgconv.formats import Format
from imgconv.planning.settings import Ran

STATUSES = ("done", "skipped", "failed")

# Clipping is reported if it hits more than this share of the values.
MUCH_CLIPPED = 0.01


class Size(NamedTuple):
    """The size of a picture in pixels, and of its file in bytes."""

    width: int
    height: int
    frames: int
    bytes: int


class Result:
    """The result of one task.

    ``skipped`` is set if the output was left as it was. ``notes`` are warnings; ``read`` and
    ``written`` the sizes of input and output, as far as they are known; ``plan`` the engines that
    ran; ``seconds`` the time that the task took.
    """

    def __init__(self, source: str, target: str, skipped: bool = False) -> None:
        self.source, self.target, self.skipped = source, target, skipped
        self.notes: list[str] = []
        self.error: ImgconvError | None = None
        self.read: Size | None = None
        self.written: Size | None = None
        self.plan: list[Ran] = []
        self.seconds = 0.0

    @property
    def status(self) -> str:
        """One of ``STATUSES``."""
        return "failed" if self.error else "skipped" if self.skipped else "done"

    def note_clipping(self, share: float) -> None:
        """Add a warning if a large share of the values was clipped."""
        if share > MUCH_CLIPPED:
            self.notes.append(
                f"{share:.0%} of the values lay outside the range and were clipped; "
                "--range abs, offset or stretch would show them"
            )

    def note_dropped_frames(self, count: int, target: Format) -> None:
        """Add a warning that ``target`` holds but one of ``count`` frames."""
        self.notes.append(f"{target.name} holds one frame; {count - 1} more were left out")


def summary(results: Sequence[Result]) -> str:
    """Return the number of files, in all and of each status, as one line."""
    found = [result.status for result in results]
    counts = [f"{found.count(status)} {status}" for status in STATUSES if status in found]
    return f"{len(found)} pictures: " + ", ".join(counts)
