"""A task: a picture to read, and where to write it."""

from typing import NamedTuple

from imgconv.system.places import PIPE


class Task(NamedTuple):
    """A picture to read and where to write it; ``-`` stands for a pipe.

    ``within`` is the output folder, which may have to be made first and must not be left.
    """

    source: str
    target: str
    within: str | None = None

    @property
    def in_place(self) -> bool:
        return self.source == self.target != PIPE


class Found(NamedTuple):
    """A picture that was found: its path, and its path below the INPUT that it was found in.

    Of several INPUT folders the latter begins with the name of the folder.
    """

    path: str
    relative: str
