"""Overwrite rules: whether an output that exists is replaced, left or an error."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from imgconv import batch
from imgconv.batch.task import Task
from imgconv.errors import UsageError, WriteError
from imgconv.formats import registry
from imgconv.system.hashing import blake2b
from imgconv.system.places import PIPE
from imgconv.system.user_dirs import STATE_VARIABLE, state_folder

if TYPE_CHECKING:
    from imgconv.batch.manifest import Manifest

REPLACE = "replace"  # the default

# The other rules, and their help texts.
RULES = {
    "no-clobber": "Fail where an output exists. The default replaces it.",
    "skip-existing": "Leave outputs that exist as they are (default: replace them).",
    "update": "Leave outputs that the same filter made and that are not older than their input "
    "(default: make all anew).",
    "resume": "Leave outputs that the same filter finished, as their contents show, and do the "
    "rest of an interrupted run (default: make all anew).",
}

_BY_MANIFEST = ("update", "resume")

# The bytes of a mark, and how many of them are kept: see ``check_consent``.
_MARK_SIZE, _MOST_MARKS = 16, 100_000


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
        if self.name == REPLACE or task.target == PIPE or not os.path.exists(task.target):
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

    def record(self, task: Task, digest: str, data: bytes | str, status: os.stat_result) -> None:
        """Add an output to the manifest: the digest of its input, its bytes and its status.

        In place of the bytes there may be the path of the file that is about to be renamed.
        """
        if _is_beside_input(task):
            _remember(task, status)
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


def check_consent(rule: str, task: Task) -> None:
    """Raise ``UsageError`` where the only OUTPUT may be an INPUT, as of ``*.jpg`` with two matches.

    It may be if it is a picture beside the INPUT, with the same suffix; unless it is an output of
    imgconv, or the rule leaves it as it is.
    """
    if rule in ("no-clobber", "skip-existing") or not _is_beside_input(task):
        return
    if registry.suffix_of(task.source) != registry.suffix_of(task.target):
        return
    if not os.path.lexists(task.source):  # which is the error to tell
        return
    with suppress(OSError):
        target = Path(task.target)
        if not registry.row_of_path(target) or _mark(target, target.stat()) in _marks():
            return
    raise UsageError(
        f"'{task.target}' is a picture beside the only INPUT, and would be replaced as OUTPUT",
        "give --overwrite if it is meant to be, or --in-place if both are INPUT",
    )


def _is_beside_input(task: Task) -> bool:
    if task.within or task.in_place or PIPE in task:
        return False
    return len({Path(os.path.realpath(path)).parent for path in task[:2]}) == 1


def _remember(task: Task, status: os.stat_result) -> None:
    """Mark an output beside its input, so that the same command may replace it again."""
    with suppress(OSError):
        path = _marks_path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        is_long = path.exists() and path.stat().st_size > _MOST_MARKS * _MARK_SIZE
        with path.open("wb" if is_long else "ab", 0) as file:
            file.write(_mark(Path(task.target), status))


def _marks() -> set[bytes]:
    content = _marks_path().read_bytes()
    return {content[at : at + _MARK_SIZE] for at in range(0, len(content), _MARK_SIZE)}


def _marks_path() -> Path:
    return state_folder() / "outputs"


def _mark(path: Path, status: os.stat_result) -> bytes:
    """Return a digest of the path, size and time of a file, of which each writing changes one."""
    facts = os.path.realpath(path), status.st_size, status.st_mtime_ns
    return blake2b(repr(facts).encode(), digest_size=_MARK_SIZE).digest()
