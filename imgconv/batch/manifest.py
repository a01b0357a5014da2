"""Manifests: the outputs that earlier runs made, so that a later run can skip them.

For each folder with outputs there is a file in the user's state folder, a line of JSON an output,
of which the last counts:

    {"version": 2, "output": NAME, "filter": FINGERPRINT, "input": SHA-256, "made": SHA-256,
     "bytes": N, "modified": NANOSECONDS}

A line is written when all of an output is on the disk, just before it is renamed to its place. An
output that matches its line was finished; any other is made again. So a torn line, or one of
another version, costs no more than the work.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple

from imgconv.batch.tasks import Task
from imgconv.system import atomic
from imgconv.system.places import PIPE, RealPaths
from imgconv.system.user_dirs import state_folder

VERSION = 2

# A file with more lines than this, most of them outdated, is rewritten.
_MANY_LINES = 1000

# Processors have instructions for SHA-256, with which it takes half the time of BLAKE2b. Copies of
# an empty one save asking OpenSSL for it, which takes a fifth of the time of a small picture's.
_EMPTY_DIGEST = sha256()


class Entry(NamedTuple):
    """An output: the fingerprint of its filter, the digest of its input, and the file itself."""

    filter: str
    input: str
    made: str
    bytes: int
    modified: int


def digest(data: bytes) -> str:
    """Return the SHA-256 digest of ``data``."""
    made = _EMPTY_DIGEST.copy()
    made.update(data)
    return made.hexdigest()


def digest_of_file(path: str) -> str:
    """Return the digest of a file; "" where it cannot be read, or is a pipe or a device."""
    if not os.path.isfile(path):
        return ""
    try:
        with open(path, "rb", buffering=0) as file:
            return file_digest(file, _EMPTY_DIGEST.copy).hexdigest()
    except OSError:
        return ""


class FolderManifest:
    """The manifest of one folder; raises ``OSError`` where it cannot be read or written."""

    def __init__(self, folder: str) -> None:
        name = f"{digest(os.fsencode(folder))}.jsonl"
        self._folder = os.path.join(state_folder(), "made")
        self._path = os.path.join(self._folder, name)
        self._entries: dict[str, Entry] = {}
        content = self._content()
        lines = content.splitlines()
        for line in lines:
            self._parse(line)
        is_outdated = len(lines) > _MANY_LINES and len(lines) > 2 * len(self._entries)
        if is_outdated or (content and not content.endswith(b"\n")):
            self._rewrite()

    def _content(self) -> bytes:
        try:
            with open(self._path, "rb") as file:
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return b""

    def _parse(self, line: bytes) -> None:
        with suppress(ValueError, TypeError, KeyError, AttributeError):
            fields = json.loads(line)
            if fields.pop("version") == VERSION:
                name = fields.pop("output")
                self._entries[name] = Entry(**fields)

    def _rewrite(self) -> None:
        with atomic.temporary_beside(self._path) as (temporary, file):
            file.write(b"".join(_line(name, entry) for name, entry in self._entries.items()))
            file.close()
            atomic.commit(temporary, self._path, replaces=True)

    def forget(self, outputs: Sequence[str]) -> None:
        """Remove the entries of these outputs."""
        forgotten = [self._entries.pop(name, None) for name in outputs]
        if any(forgotten):
            self._rewrite()

    def entry(self, output: str) -> Entry | None:
        """Return the entry of an output, if there is one."""
        return self._entries.get(output)

    def add(self, output: str, entry: Entry, synced: bool) -> None:
        """Append a line; ``synced`` waits until it is on the disk."""
        if not os.path.isdir(self._folder):
            Path(self._folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        # Opened each time, as another run may rewrite the file meanwhile.
        with open(self._path, "ab", buffering=0) as file:
            file.write(_line(output, entry))
            if synced:
                os.fsync(file.fileno())


def _line(output: str, entry: Entry) -> bytes:
    fields = {"version": VERSION, "output": output, **entry._asdict()}
    return json.dumps(fields).encode() + b"\n"


class Manifest:
    """The manifests of all folders that ``tasks`` write to.

    ``filter`` is the fingerprint of the run's request. Raises ``OSError`` where a
    manifest cannot be read or written.
    """

    def __init__(self, filter: str, tasks: Sequence[Task]) -> None:
        self._filter = filter
        real = RealPaths()
        self._places = {
            task: os.path.split(real.of(task.target)) for task in tasks if task.target != PIPE
        }
        folders = {folder for folder, _ in self._places.values()}
        self._folders = {folder: FolderManifest(folder) for folder in folders}

    def forget(self) -> None:
        """Remove the entries of all outputs of the run."""
        outputs: dict[str, list[str]] = {}
        for folder, name in self._places.values():
            outputs.setdefault(folder, []).append(name)
        for folder, names in outputs.items():
            self._folders[folder].forget(names)

    def _entry(self, task: Task) -> Entry | None:
        """Return the entry of a task's output, if the same filter made it."""
        folder, name = self._places[task]
        entry = self._folders[folder].entry(name)
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
        if entry is None or entry.made != digest_of_file(task.target):
            return False
        return task.in_place or entry.input == digest_of_file(task.source) != ""

    def input_digest(self, task: Task, content: bytes | None = None) -> str:
        """Return the digest of the input, or of its ``content`` where that was read already.

        It is "" for a pipe and for an input that will be overwritten.
        """
        if task.in_place or task.source == PIPE:
            return ""
        return digest_of_file(task.source) if content is None else digest(content)

    def add(self, task: Task, input: str, data: bytes, status: os.stat_result) -> None:
        """Add the entry of an output that is about to be renamed to its place."""
        if task not in self._places:
            return
        folder, name = self._places[task]
        entry = Entry(self._filter, input, digest(data), status.st_size, status.st_mtime_ns)
        self._folders[folder].add(name, entry, synced=task.in_place)
