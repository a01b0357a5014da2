"""What became of each file, one line of JSON a file, written as files are done.

    {"input": NAME, "output": NAME, "filter": TEXT, "status": "done", "skipped" or "failed",
     "sizes": {"input": SIZE, "output": SIZE}, "plan": [{"filter": NAME, "engines": [NAME, ...]}],
     "seconds": X, "warnings": [TEXT, ...], "error": TEXT or null}

SIZE is {"width": N, "height": N, "frames": N, "bytes": N}, or null where it did not come to that.
"""

from __future__ import annotations

import json
from pathlib import Path

from imgconv.batch.result import Outcome, Size
from imgconv.system import atomic


class Report:
    """Writes to a file, which is emptied first; raises ``WriteError``, now and later."""

    def __init__(self, path: str, filter_text: str) -> None:
        self._path, self._filter = path, filter_text
        with atomic.blaming(path):
            Path(path).write_bytes(b"")

    def add(self, outcome: Outcome) -> None:
        """Write the line of one file."""
        line = json.dumps(_described(outcome, self._filter)).encode() + b"\n"
        with atomic.blaming(self._path), Path(self._path).open("ab", 0) as file:
            file.write(line)


def _described(outcome: Outcome, filter_text: str) -> dict[str, object]:
    return {
        "input": outcome.source,
        "output": outcome.target,
        "filter": filter_text,
        "status": outcome.status,
        "sizes": {"input": _size(outcome.read), "output": _size(outcome.written)},
        "plan": [ran._asdict() for ran in outcome.plan],
        "seconds": round(outcome.seconds, 6),
        "warnings": outcome.notes,
        "error": str(outcome.error) if outcome.error else None,
    }


def _size(size: Size | None) -> dict[str, int] | None:
    return size._asdict() if size else None
