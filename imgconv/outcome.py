"""What happened to one file."""

from __future__ import annotations

from dataclasses import dataclass, field

from imgconv.errors import ImgconvError


@dataclass
class Outcome:
    """The file read, the file written, what a person should know, and what went wrong if it did."""

    source: str
    target: str
    notes: list[str] = field(default_factory=list)
    error: ImgconvError | None = None
