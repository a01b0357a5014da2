"""The cache of machine code and snapshots: one private file for each, used only if it is intact.

The folder and its files belong to the user alone, because whoever can write there can run code
here. The folder is opened once for each access, then examined, and its files are opened relative
to it without following links. A folder of another user is left alone. A file is written under a
temporary name, then renamed. It begins with a checksum of its name and content: a file that is
truncated, altered, renamed or not private is deleted and made again.
"""

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from imgconv.system.hashing import blake2b
from imgconv.system.user_dirs import user_folder

FOLDER_VARIABLE = "IMGCONV_CACHE_DIR"

_CHECKSUM_SIZE = 32  # bytes
_MAX_SIZE = 2**26  # bytes of a file; the largest loop takes 100 KB
_PATIENCE = 10.0  # seconds to wait for a lock; the longest loop compiles in 3 s
_POLL_INTERVAL = 0.02  # seconds
_LOCK = "lock"
_UNNAMED_BYTE = 2**32  # of the lock file; names lock the bytes below

# A loop's name and its digest, see jit/kernel_loop.py; other files in the folder are not ours.
_NAME = r"\w+-[0-9a-f]{24}"
_CACHED = rf"{_NAME}\.o"
_TEMPORARY = rf"{_NAME}\.\d+\.new"

# Windows has neither these flags nor files relative to an open folder, nor owners by number.
_HAS_OWNERS = hasattr(os, "getuid")
_FOLDER_FLAGS = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_FILE_FLAGS = (
    getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
)
_NOT_OURS = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.EISDIR, errno.ENXIO)


def folder() -> Path:
    """Return the cache folder: ``IMGCONV_CACHE_DIR``, or the platform's.

    It begins with ``~`` where the home folder is unknown; then nothing is cached.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    # Python takes an empty HOME for the root of the file system.
    has_home = sys.platform == "win32" or bool(os.environ.get("HOME"))
    if not named and (has_home or os.environ.get("XDG_CACHE_HOME")):
        return user_folder("cache")
    path = named or "~/.cache/imgconv"
    # Unlike pathlib's, this leaves the name of an unknown user as it is.
    return Path(os.path.expanduser(path) if has_home else path)  # noqa: PTH111


def _is_unknown(place: Path) -> bool:
    return str(place).startswith("~")


def load(name: str) -> bytes | None:
    """Return the data stored under ``name``, or None if there is none that is intact."""
    try:
        with _OpenFolder(folder()) as place:
            return _load(place, name)
    except OSError:
        return None


def _load(place: "_OpenFolder", name: str) -> bytes | None:
    try:
        with place.open(f"{name}.o", os.O_RDONLY) as file:
            content = file.read()
    except OSError as error:
        if error.errno not in _NOT_OURS:
            raise
        content = b""
    checksum, data = content[:_CHECKSUM_SIZE], content[_CHECKSUM_SIZE:]
    if checksum == _checksum(name, data):
        return data
    place.discard(f"{name}.o")
    return None


def store(name: str, data: bytes) -> None:
    """Store ``data`` under ``name``. Raises ``OSError`` where nothing can be cached."""
    temporary = f"{name}.{os.getpid()}.new"
    with _OpenFolder(_made_folder()) as place:
        try:
            place.discard(temporary)
            with place.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL) as file:
                file.write(_checksum(name, data) + data)
            place.replace(temporary, f"{name}.o")
        except BaseException:
            place.discard(temporary)
            raise


def _made_folder() -> Path:
    """Return the folder, made if need be, but not within a home folder of another user."""
    place = folder()
    if _is_unknown(place):
        raise FileNotFoundError(2, "there is no home folder", str(place))
    if not place.exists():
        parent = next(parent for parent in place.absolute().parents if parent.exists())
        if _HAS_OWNERS and not os.environ.get(FOLDER_VARIABLE) and parent.stat().st_uid:
            _check_owner(parent, parent.stat())
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _check_owner(place: Path, status: os.stat_result) -> None:
    """Raise ``PermissionError`` where a folder belongs to another user, and say whose it is."""
    if _HAS_OWNERS and status.st_uid != os.getuid():
        try:
            owner = place.owner()
        except (KeyError, OSError):
            owner = f"the user {status.st_uid}"
        raise PermissionError(13, f"the folder belongs to {owner}", str(place))


class _OpenFolder:
    """The folder, opened and examined: it belongs to the user, and nobody else can write there.

    Raises ``OSError`` where that is not so. Where the system has no owners, paths name its files.
    """

    def __init__(self, place: Path) -> None:
        if _is_unknown(place):
            raise FileNotFoundError(2, "there is no home folder", str(place))
        self._prefix = "" if _HAS_OWNERS else f"{place}{os.sep}"
        self._handle = os.open(place, _FOLDER_FLAGS) if _HAS_OWNERS else None
        try:
            if self._handle is not None:
                status = os.fstat(self._handle)
                _check_owner(place, status)
                if status.st_mode & 0o022:
                    raise PermissionError(13, "others can write there", str(place))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> "_OpenFolder":
        return self

    def __exit__(self, *error: object) -> None:
        if self._handle is not None:
            os.close(self._handle)

    def open(self, name: str, flags: int) -> IO[bytes]:
        """Open a private file without following links; raise ``PermissionError`` if it is not."""
        path, mode = self._prefix + name, "rb" if flags == os.O_RDONLY else "wb"
        descriptor = os.open(path, flags | _FILE_FLAGS, 0o600, dir_fd=self._handle)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > _MAX_SIZE:
                raise PermissionError(13, "it is no file of the cache", name)
            if _HAS_OWNERS and (status.st_uid != os.getuid() or status.st_mode & 0o022):
                raise PermissionError(13, "others can write to it", name)
            return os.fdopen(descriptor, mode)
        except BaseException:
            os.close(descriptor)
            raise

    def replace(self, old: str, new: str) -> None:
        """Rename a file; another in its place goes."""
        old, new = self._prefix + old, self._prefix + new
        os.replace(old, new, src_dir_fd=self._handle, dst_dir_fd=self._handle)

    def discard(self, name: str) -> None:
        """Delete a file, a link or a pipe, if it is there; move a folder aside."""
        with suppress(OSError):
            status = os.stat(self._prefix + name, dir_fd=self._handle, follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode):
                self.replace(name, f"{name}.{os.getpid()}.old")
            else:
                os.unlink(self._prefix + name, dir_fd=self._handle)


def can_be_shared() -> bool:
    """Return whether processes can share the cache: write there, and lock a name."""
    try:
        with _lock_file() as file, suppress(BlockingIOError):
            _lock_byte(file, _UNNAMED_BYTE)
    except (ImportError, OSError):
        return False
    return True


def check_writable() -> None:
    """Raise ``OSError`` where nothing can be cached."""
    _lock_file().close()


def _lock_file() -> IO[bytes]:
    """Open the lock file; anything else in its place is deleted."""
    with _OpenFolder(_made_folder()) as place:
        try:
            return place.open(_LOCK, os.O_RDWR | os.O_CREAT)
        except OSError as error:
            if error.errno not in _NOT_OURS:
                raise
            place.discard(_LOCK)
            return place.open(_LOCK, os.O_RDWR | os.O_CREAT)


@contextmanager
def lock(name: str, wait: bool = True) -> Iterator[bool]:
    """Hold the lock of ``name`` among processes while its file is made.

    Yields False if another process holds it and ``wait`` is off, True where locks do not work, or
    where another holds it for 10 s: it may be suspended, and work done twice harms nothing.
    The system frees the locks of a process that dies. It also frees all locks of a process on a
    file of which it closes one handle, so a process holds one lock at a time (jit/kernel_loop.py).
    Each name locks a byte of one file. Deleted, it and its successor could both be locked.
    """
    try:
        file = _lock_file()
    except OSError:
        yield True
        return
    with file:
        yield _is_locked(file, name, wait)


def _is_locked(file: IO[bytes], name: str, wait: bool) -> bool:
    byte = int.from_bytes(blake2b(name.encode(), digest_size=4).digest(), "little")
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            _lock_byte(file, byte)
        except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, depending on the system
            if not wait or time.monotonic() > deadline:
                return wait
            time.sleep(_POLL_INTERVAL)
        except (ImportError, OSError):  # the system or the file system has no locks
            return True
        else:
            return True


def _lock_byte(file: IO[bytes], byte: int) -> None:
    import fcntl  # POSIX only

    fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)


def cached_files() -> list[Path]:
    return _files(_CACHED)


def keep_newest(label: str, count: int) -> None:
    """Delete all but the newest ``count`` files whose names begin with ``label``."""
    found = [path for path in cached_files() if path.name.startswith(f"{label}-")]
    with suppress(OSError):
        for path in sorted(found, key=lambda path: path.stat().st_mtime)[:-count]:
            path.unlink()


def clear() -> None:
    """Delete the cached files and temporary ones of processes that died, and nothing else.

    Raises ``PermissionError`` where the folder belongs to another user.
    """
    for path in cached_files() + _files(_TEMPORARY):
        _check_owner(path.parent, path.parent.stat())
        with suppress(OSError):
            path.unlink()


def _files(pattern: str) -> list[Path]:
    place = folder()
    found = () if _is_unknown(place) else place.glob("*")
    return sorted(path for path in found if re.fullmatch(pattern, path.name))


def _checksum(name: str, data: bytes) -> bytes:
    return blake2b(name.encode() + b"\0" + data, digest_size=_CHECKSUM_SIZE).digest()
