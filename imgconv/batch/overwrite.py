"""Overwrite rules: whether an output that exists is replaced, left or an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from imgconv import batch
from imgconv.batch.tasks import Task
from imgconv.errors import WriteError
from imgconv.system.places import PIPE
from imgconv.system.user_dirs import STATE_VARIABLE

if TYPE_CHECKING:
    from imgconv.batch.manifest import Manifest

REPLACE = "replace"  # the default

# The other rules, and their help texts.
RULES = {
    "no-clobber": "Fail where an output exists.",
    "skip-existing": "Skip outputs that exist.",
    "update": "Skip outputs made by the same filter and not older than their input.",
    "resume": "Skip outputs that the same filter finished, by their content.",
}

_BY_MANIFEST = ("update", "resume")


class OverwriteRule:
    """``REPLACE`` or one of ``RULES``; ``fingerprint`` returns the fingerprint of the request.

    A manifest is kept if the rule needs one, or for several pictures, whose run may be interrupted.
    Raises ``WriteError`` where the rule needs a manifest and none can be written.
    """

    def __init__(self, name: str, fingerprint: Callable[[], str], tasks: Sequence[Task]) -> None:
        self.name = name
        self.replaces = name != "no-clobber"
        self._manifest: Manifest | None = None
        if name in _BY_MANIFEST or len(tasks) > 1:
            with self._manifest_errors():
                self._manifest = batch.manifest.Manifest(fingerprint(), tasks)

    def begin(self) -> None:
        """Remove outputs that the run will replace from the manifest, as it may be interrupted."""
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

    def input_digest(self, task: Task, content: bytes | None = None) -> str:
        """Return the digest of an input, or of its ``content``; "" if there is no manifest."""
        return self._manifest.input_digest(task, content) if self._manifest else ""

    def record(self, task: Task, digest: str, data: bytes, status: os.stat_result) -> None:
        """Add an output to the manifest: the digest of its input, its bytes and its status."""
        if self._manifest:
            with self._manifest_errors(f"{task.target}: "):
                self._manifest.add(task, digest, data, status)

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
