"""The results of tasks, for the messages of a run and for its report.

A report has a line of JSON for each file, written as soon as the file is done:

    {"input": NAME, "output": NAME, "filter": TEXT,
     "mix": PERCENT, "mask": NAME or null, "region": "X,Y,WxH" or null,
     "status": "done", "skipped" or "failed",
     "sizes": {"input": SIZE, "output": SIZE},
     "plan": [{"filter": NAME, "engines": [NAME, ...], "error": X or null}],
     "seconds": X, "warnings": [TEXT, ...], "error": TEXT or null}

SIZE is {"width": N, "height": N, "frames": N, "bytes": N}, or null where it is not known. The error
of a filter is in levels of 255 before rounding: 0 is exact, null is not known.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from imgconv.errors import ImgconvError, WriteError
from imgconv.planning.settings import Ran, Settings
from imgconv.system import atomic
from imgconv.system.places import PIPE

STATUSES = ("done", "skipped", "failed")


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
        return "failed" if self.error else "skipped" if self.skipped else "done"

    def note_clipping(self, share: float, brightens: bool) -> None:
        """Add a warning that a share of the values was clipped, and what to do about it.

        ``brightens`` says that the weights are positive and sum to more than 1.
        """
        if brightens:
            reason = ", as the weights sum to more than 1"
            remedy = "--normalize sum would keep the brightness"
        else:
            reason, remedy = "", "--range abs, offset or stretch would show them"
        self.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped{reason}; {remedy}"
        )


def summary(results: Sequence[Result]) -> str:
    """Return the number of files, in all and of each status, as one line."""
    found = [result.status for result in results]
    counts = [f"{found.count(status)} {status}" for status in STATUSES if status in found]
    return f"{len(found)} pictures: " + ", ".join(counts)


class Report:
    """A report in a file, which is emptied first, or on standard output; raises ``WriteError``."""

    def __init__(self, path: str, filter_text: str, settings: Settings) -> None:
        self._path, self._filter, self._blend = path, filter_text, settings.blend_described
        self._write(b"", "wb")

    def add(self, result: Result) -> None:
        """Append the line of one file; raises ``WriteError``."""
        import json  # takes 3 ms, and few runs write a report

        fields = {
            "input": result.source,
            "output": result.target,
            "filter": self._filter,
            **self._blend,
            "status": result.status,
            "sizes": {
                "input": result.read and result.read._asdict(),
                "output": result.written and result.written._asdict(),
            },
            "plan": [ran._asdict() for ran in result.plan],
            "seconds": round(result.seconds, 6),
            "warnings": result.notes,
            "error": str(result.error) if result.error else None,
        }
        self._write(json.dumps(fields).encode() + b"\n", "ab")

    def _write(self, line: bytes, mode: str) -> None:
        try:
            if self._path == PIPE:
                atomic.write(line, PIPE)
                return
            with atomic.write_errors(self._path), Path(self._path).open(mode) as file:
                file.write(line)
        except BrokenPipeError as error:  # it stops no picture
            raise WriteError("the report has no reader any more", "write it to a file") from error
