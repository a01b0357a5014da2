"""The report of a run: a line of JSON for each file, written as soon as the file is done.

    {"input": NAME, "output": NAME, "filter": TEXT, "status": "done", "skipped" or "failed",
     "sizes": {"input": SIZE, "output": SIZE}, "plan": [{"filter": NAME, "engines": [NAME, ...]}],
     "seconds": X, "warnings": [TEXT, ...], "error": TEXT or null}

SIZE is {"width": N, "height": N, "frames": N, "bytes": N}, or null where it is not known.
"""

from __future__ import annotations

import json
from pathlib import Path

from imgconv.batch.result import Result, Size
from imgconv.system import atomic


class Report:
    """A report in a file, which is emptied first; raises ``WriteError``."""

    def __init__(self, path: str, filter_text: str) -> None:
        self._path, self._filter = path, filter_text
        with atomic.write_errors(path):
            Path(path).write_bytes(b"")

    def add(self, result: Result) -> None:
        """Write the line of one file; raises ``WriteError``."""
        line = json.dumps(_fields(result, self._filter)).encode() + b"\n"
        with atomic.write_errors(self._path), Path(self._path).open("ab", 0) as file:
            file.write(line)


def _fields(result: Result, filter_text: str) -> dict[str, object]:
    return {
        "input": result.source,
        "output": result.target,
        "filter": filter_text,
        "status": result.status,
        "sizes": {"input": _size(result.read), "output": _size(result.written)},
        "plan": [ran._asdict() for ran in result.plan],
        "seconds": round(result.seconds, 6),
        "warnings": result.notes,
        "error": str(result.error) if result.error else None,
    }


def _size(size: Size | None) -> dict[str, int] | None:
    return size._asdict() if size else None
