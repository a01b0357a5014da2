"""Claims: the pictures that runs in place are at, so that no other run filters them meanwhile.

A run has a file in the user's state folder, named by its process, with digests of its pictures. The
file is locked while the run or one of its workers lives; one without a lock is stale.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from imgconv.batch.task import Task
from imgconv.errors import UsageError
from imgconv.system import atomic
from imgconv.system.hashing import blake2b
from imgconv.system.places import RealPaths
from imgconv.system.shutdown import on_shutdown
from imgconv.system.user_dirs import state_folder

_DIGEST_SIZE = 16  # bytes


@contextmanager
def claimed(tasks: Sequence[Task]) -> Iterator[None]:
    """Claim the pictures of a run in place until it ends.

    Raises ``UsageError`` where another run has claimed one. Nothing is claimed where the state
    folder cannot be written, or where the system has no locks.
    """
    real = RealPaths()
    mine = {_digest(real.of(task.target)): task.target for task in tasks}
    with ExitStack() as stack:
        with suppress(OSError, ImportError):
            _claim(mine, stack)
        yield


def _claim(mine: Mapping[bytes, str], stack: ExitStack) -> None:
    folder = state_folder() / "running"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("ab") as entrance:
        atomic.lock(entrance, waits=True)
        for path in folder.iterdir():
            if path.name.isdigit():
                _check_other_run(path, mine)
        path = folder / str(os.getpid())
        file = stack.enter_context(path.open("wb"))
        atomic.lock(file)
        file.write(b"".join(mine))
        file.flush()
    remove = partial(path.unlink, missing_ok=True)
    stack.callback(remove)
    stack.enter_context(on_shutdown(remove))


def _check_other_run(path: Path, mine: Mapping[bytes, str]) -> None:
    with path.open("rb") as file:
        with suppress(BlockingIOError):
            atomic.lock(file)
            path.unlink()
            return
        for digest in iter(partial(file.read, _DIGEST_SIZE), b""):
            if digest in mine:
                raise UsageError(
                    f"{mine[digest]} is being filtered in place by process {path.name}",
                    "let it end first",
                )


def _digest(path: str) -> bytes:
    return blake2b(os.fsencode(path), digest_size=_DIGEST_SIZE).digest()
