"""The manifest: the outputs that earlier runs made, so that a later run can skip them.

For each folder with outputs there is a file in the user's state folder, a line of JSON an output,
of which the last counts:

    {"version": 2, "output": NAME, "filter": FINGERPRINT, "input": SHA-256, "made": SHA-256,
     "bytes": N, "modified": NANOSECONDS}

A line is written when all of an output is on the disk, just before it is renamed to its place. So
an output that matches its line was finished. Any other is made again, as after a torn line.
"""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from typing import NamedTuple

from imgconv.batch.task import Task
from imgconv.system import atomic
from imgconv.system.places import PIPE, RealPaths
from imgconv.system.user_dirs import state_folder

VERSION = 2

# A file with more lines than this, most of them outdated, is rewritten.
_MANY_LINES = 1000


class Entry(NamedTuple):
    """An output: the fingerprint of its filter, the digest of its input, and the file itself."""

    filter: str
    input: str
    made: str
    bytes: int
    modified: int


class Manifest:
    """The entries of all folders that ``tasks`` write to, and where to append new ones.

    ``filter`` is the fingerprint of the run's request. Raises ``OSError`` where a file of the
    manifest cannot be read or written.
    """

    def __init__(self, filter: str, tasks: Sequence[Task]) -> None:
        self._filter = filter
        real = RealPaths()
        self._places = {
            task: os.path.split(real.of(task.target)) for task in tasks if task.target != PIPE
        }
        self._paths = {folder: _path(folder) for folder, _ in self._places.values()}
        self._entries = {folder: _read(path) for folder, path in self._paths.items()}

    def forget(self) -> None:
        """Remove the entries of all outputs of the run."""
        changed = set()
        for folder, name in self._places.values():
            if self._entries[folder].pop(name, None):
                changed.add(folder)
        for folder in changed:
            _rewrite(self._paths[folder], self._entries[folder])

    def _entry(self, task: Task) -> Entry | None:
        """Return the entry of a task's output, if the same filter made it."""
        folder, name = self._places[task]
        entry = self._entries[folder].get(name)
        return entry if entry and entry.filter == self._filter else None

    def is_current(self, task: Task) -> bool:
        """Whether the output is as it was made, by size and time, and not older than the input."""
        entry = self._entry(task)
        try:
            old, new = os.stat(task.source), os.stat(task.target)
        except OSError:
            return False
        is_unchanged = entry and (entry.bytes, entry.modified) == (new.st_size, new.st_mtime_ns)
        return bool(is_unchanged) and old.st_mtime_ns <= new.st_mtime_ns

    def is_finished(self, task: Task) -> bool:
        """Whether output and input have the digests of the entry."""
        entry = self._entry(task)
        if entry is None or entry.made != _digest_of_file(task.target):
            return False
        return task.in_place or entry.input == _digest_of_file(task.source) != ""

    def input_digest(self, task: Task, content: bytes | None = None) -> str:
        """Return the digest of the input, or of its ``content`` where that was read already.

        It is "" for a pipe and for an input that will be overwritten.
        """
        if task.in_place or task.source == PIPE:
            return ""
        return _digest_of_file(task.source) if content is None else _digest(content)

    def add(self, task: Task, input: str, data: bytes | str, status: os.stat_result) -> None:
        """Append the line of an output that is about to be renamed to its place.

        ``data`` are its bytes, or the path where it is now.
        For an output that replaces its input, wait until the line is on the disk.
        """
        if task not in self._places:
            return
        folder, name = self._places[task]
        path = self._paths[folder]
        made = _digest(data) if isinstance(data, bytes) else _digest_of_file(data)
        entry = Entry(self._filter, input, made, status.st_size, status.st_mtime_ns)
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        # Opened each time, as another run may rewrite the file meanwhile.
        with open(path, "ab", buffering=0) as file:
            file.write(_line(name, entry))
            if task.in_place:
                os.fsync(file.fileno())


def _path(folder: str) -> str:
    return os.path.join(state_folder(), "made", f"{_digest(os.fsencode(folder))}.jsonl")


def _read(path: str) -> dict[str, Entry]:
    """Return the entries of one folder by the names of its outputs."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    entries: dict[str, Entry] = {}
    lines = content.splitlines()
    for line in lines:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            fields = json.loads(line)
            if fields.pop("version") == VERSION:
                name = fields.pop("output")
                entries[name] = Entry(**fields)
    is_outdated = len(lines) > _MANY_LINES and len(lines) > 2 * len(entries)
    if is_outdated or (content and not content.endswith(b"\n")):
        _rewrite(path, entries)
    return entries


def _rewrite(path: str, entries: dict[str, Entry]) -> None:
    with atomic.temporary_beside(path) as (temporary, file):
        file.write(b"".join(_line(name, entry) for name, entry in entries.items()))
        file.close()
        atomic.commit(temporary, path, replaces=True)


def _line(output: str, entry: Entry) -> bytes:
    fields = {"version": VERSION, "output": output, **entry._asdict()}
    return json.dumps(fields).encode() + b"\n"


def _digest(data: bytes) -> str:
    # Processors have instructions for SHA-256, with which it takes half the time of BLAKE2b.
    return sha256(data).hexdigest()


def _digest_of_file(path: str) -> str:
    """Return the digest of a file; "" where it cannot be read, or is a pipe or a device."""
    with suppress(OSError):
        if os.path.isfile(path):
            with open(path, "rb", buffering=0) as file:
                return file_digest(file, sha256).hexdigest()
    return ""
