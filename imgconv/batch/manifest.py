"""What runs made of which pictures, remembered so that a later run can tell what it need not do.

For each folder with outputs there is a file in the user's own folder of state, one line of JSON for
each output, of which the last counts:

    {"version": 1, "output": NAME, "filter": KEY, "input": DIGEST, "made": DIGEST,
     "bytes": N, "modified": NANOSECONDS}

A line is written when all of an output is on the disk, just before it gets its place: an output
that is what the line says was finished, any other was not. So what is said is never believed, it is
compared: a line that is torn or of another version costs no more than the work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from imgconv.batch.tasks import Pair
from imgconv.system import atomic
from imgconv.system.places import PIPE, RealPaths
from imgconv.system.user_dirs import state_folder

VERSION = 2

# When there are more lines than this, and most are outdated, they are written anew.
_MANY_LINES = 1000


class Made(NamedTuple):
    """An output: by what filter, from what input, and the file itself."""

    filter: str
    input: str
    made: str
    bytes: int
    modified: int


# Processors have instructions for SHA-256: with them it takes half the time of BLAKE2b. To ask
# OpenSSL for it takes as long as a fifth of a small picture's, so all begin with a copy of this.
_NOTHING = sha256()


def digest(data: bytes) -> str:
    """What no other data have."""
    found = _NOTHING.copy()
    found.update(data)
    return found.hexdigest()


def digest_of(path: str) -> str:
    """That of a file; an empty one where it cannot be read, or is a pipe or a device."""
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb", buffering=0) as file:
            return file_digest(file, _NOTHING.copy).hexdigest()
    except OSError:
        return ""


class Record:
    """What was made in one folder, and by what filter; raises ``OSError`` for what goes wrong."""

    def __init__(self, folder: str) -> None:
        name = f"{digest(os.fsencode(folder))}.jsonl"
        self._folder = os.path.join(state_folder(), "made")
        self._path = os.path.join(self._folder, name)
        self._made: dict[str, Made] = {}
        content = self._content()
        lines = content.splitlines()
        for line in lines:
            self._learn(line)
        is_long = len(lines) > _MANY_LINES and len(lines) > 2 * len(self._made)
        if is_long or (content and not content.endswith(b"\n")):
            self._write_anew()

    def _content(self) -> bytes:
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return b""

    def _learn(self, line: bytes) -> None:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            said = json.loads(line)
            if said.pop("version") == VERSION:
                name = said.pop("output")
                self._made[name] = Made(**said)

    def _write_anew(self) -> None:
        with atomic.beside(self._path) as (new, file):
            file.write(b"".join(_line(name, made) for name, made in self._made.items()))
            file.close()
            atomic.put(new, self._path, replaces=True)

    def forget(self, outputs: Sequence[str]) -> None:
        """Know nothing any more of these outputs."""
        forgotten = [self._made.pop(name, None) for name in outputs]
        if any(forgotten):
            self._write_anew()

    def made(self, output: str) -> Made | None:
        """What is remembered of an output."""
        return self._made.get(output)

    def remember(self, output: str, made: Made, surely: bool) -> None:
        """Add a line; ``surely`` if it has to be on the disk before anything else is."""
        if not os.path.isdir(self._folder):
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        # Opened each time, so that another run may write it anew meanwhile.
        with open(self._path, "ab", buffering=0) as file:
            file.write(_line(output, made))
            if surely:
                os.fsync(file.fileno())


def _line(output: str, made: Made) -> bytes:
    said = {"version": VERSION, "output": output, **made._asdict()}
    return json.dumps(said).encode() + b"\n"


class Past:
    """What earlier runs made of the pictures of a run, and what this one makes.

    Raises ``OSError`` where nothing can be remembered.
    """

    def __init__(self, key: str, pairs: Sequence[Pair]) -> None:
        self._key = key
        real = RealPaths()
        self._places = {
            pair: os.path.split(real.of(pair.target)) for pair in pairs if pair.target != PIPE
        }
        folders = {folder for folder, _ in self._places.values()}
        self._records = {folder: Record(folder) for folder in folders}

    def forget(self) -> None:
        """Forget what the run is going to make, whatever becomes of it."""
        outputs: dict[str, list[str]] = {}
        for folder, name in self._places.values():
            outputs.setdefault(folder, []).append(name)
        for folder, names in outputs.items():
            self._records[folder].forget(names)

    def _made(self, pair: Pair) -> Made | None:
        """What is remembered of the output of a pair, if it was by the same filter."""
        folder, name = self._places[pair]
        made = self._records[folder].made(name)
        return made if made and made.filter == self._key else None

    def is_current(self, pair: Pair) -> bool:
        """Whether the output is untouched since it was made so, and not older than the input."""
        made = self._made(pair)
        try:
            old, new = os.stat(pair.source), os.stat(pair.target)
        except OSError:
            return False
        is_untouched = made and (made.bytes, made.modified) == (new.st_size, new.st_mtime_ns)
        return bool(is_untouched) and old.st_mtime_ns <= new.st_mtime_ns

    def is_finished(self, pair: Pair) -> bool:
        """Whether the output is what was made so from the very input, by their contents."""
        made = self._made(pair)
        if made is None or made.made != digest_of(pair.target):
            return False
        return pair.in_place or made.input == digest_of(pair.source) != ""

    def input_of(self, pair: Pair, content: bytes | None = None) -> str:
        """The digest of the input; an empty one where it will be overwritten or is a pipe.

        That of its ``content``, if it is given.
        """
        if pair.in_place or pair.source == PIPE:
            return ""
        return digest_of(pair.source) if content is None else digest(content)

    def remember(self, pair: Pair, input: str, data: bytes, status: os.stat_result) -> None:
        """Remember what is about to get its place."""
        if pair not in self._places:
            return
        folder, name = self._places[pair]
        made = Made(self._key, input, digest(data), status.st_size, status.st_mtime_ns)
        self._records[folder].remember(name, made, surely=pair.in_place)
