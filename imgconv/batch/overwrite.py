"""Overwrite rules: whether an output that exists is replaced, left or an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from imgconv import batch
from imgconv.batch.tasks import Task
from imgconv.errors import WriteError
from imgconv.system.places import PIPE
from imgconv.system.user_dirs import STATE_VARIABLE

if TYPE_CHECKING:
    from imgconv.batch.manifest import Manifest


# Adds an output to the manifest, given its bytes and the status of its file.
AddEntry: TypeAlias = Callable[[bytes, os.stat_result], None]

# The rule where no other is given.
REPLACE = "replace"

# The other rules, and their help texts.
RULES = {
    "no-clobber": "Fail where an output exists.",
    "skip-existing": "Skip outputs that exist.",
    "update": "Skip outputs made by the same filter and not older than their input.",
    "resume": "Skip outputs that the same filter finished, by their content.",
}

_BY_MANIFEST = ("update", "resume")


class OverwriteRule:
    """A rule for outputs that exist: ``REPLACE``, or one of ``RULES``.

    ``fingerprint`` returns that of the request. A manifest is kept if the rule needs one, or for
    several pictures, whose run may be interrupted. Raises ``WriteError`` where the rule needs a
    manifest and none can be written.
    """

    def __init__(self, name: str, fingerprint: Callable[[], str], tasks: Sequence[Task]) -> None:
        self.name = name
        self.replaces = name != "no-clobber"
        self._manifest: Manifest | None = None
        if name in _BY_MANIFEST or len(tasks) > 1:
            with self._manifest_errors():
                self._manifest = batch.manifest.Manifest(fingerprint(), tasks)

    def begin(self) -> None:
        """Remove outputs that will be replaced from the manifest: an interrupted run has not."""
        if self._manifest and self.name == REPLACE:
            with self._manifest_errors():
                self._manifest.forget()

    def skips(self, task: Task) -> bool:
        """Whether an output is to be left as it is; raises ``WriteError`` if it must not exist."""
        if self.name == REPLACE or task.target == PIPE or not Path(task.target).exists():
            return False
        if self.name == "no-clobber":
            raise WriteError(
                f"{task.target}: exists already", "remove it, or leave out --no-clobber"
            )
        if self.name == "skip-existing" or self._manifest is None:
            return True
        by_manifest = {"update": self._manifest.is_current, "resume": self._manifest.is_finished}
        return by_manifest[self.name](task)

    def track(self, task: Task, is_read_at_once: bool) -> Callable[[bytes | None], AddEntry]:
        """Prepare the manifest entry of a task, before its input is read.

        The function returned takes the content of the input, or None where it was not read at once.
        The digest of an input that will not be is taken now, as it may be changed later.
        """
        manifest = self._manifest
        if manifest is None:
            return lambda content: lambda data, status: None
        digest_now = "" if is_read_at_once else manifest.input_digest(task)

        def with_content(content: bytes | None) -> AddEntry:
            digest = digest_now if content is None else manifest.input_digest(task, content)

            def add_entry(data: bytes, status: os.stat_result) -> None:
                with self._manifest_errors(f"{task.target}: "):
                    manifest.add(task, digest, data, status)

            return add_entry

        return with_content

    @contextmanager
    def _manifest_errors(self, prefix: str = "") -> Iterator[None]:
        """Raise ``OSError`` as ``WriteError`` if the rule needs the manifest; else ignore it."""
        try:
            yield
        except OSError as error:
            if self.name in _BY_MANIFEST:
                raise WriteError(
                    f"{prefix}the manifest of outputs cannot be written ({error.strerror})",
                    f"let {STATE_VARIABLE} name a folder for it",
                ) from error


REPLACE_ALL = OverwriteRule(REPLACE, str, ())
