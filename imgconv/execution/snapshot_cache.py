"""The snapshots of earlier runs with the same options, found in the cache and kept there.

A run saves the layout of its first picture (``execution/recorder.py``). Later runs with the same
options and environment replay it for pictures of the same mode and size. They import neither NumPy
nor the planner, which take longer than to filter a small picture: importing NumPy alone takes
90 ms, a whole replayed run 62. Other pictures are planned.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from PIL import Image

from imgconv.errors import ReadError
from imgconv.execution.snapshot import LABEL, Replay, Snapshot, pack, unpack
from imgconv.images.frames import filterable
from imgconv.images.modes import MODES, filtered_mode
from imgconv.images.pillow_buffers import memory_of
from imgconv.images.pixels import Frame, Header, Pixels
from imgconv.jit import code_cache, loader
from imgconv.jit.toolchain import toolchain
from imgconv.planning import costs
from imgconv.planning.settings import Ran
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory
from imgconv.system.hashing import fingerprint
from imgconv.system.threads import Progress
from imgconv.system.version import __version__

if TYPE_CHECKING:
    from imgconv.execution.frequencies import Kept
    from imgconv.execution.layout import Layout

# The mode and the size of a picture.
Kind = tuple[str, tuple[int, int]]

# The cache keeps this many snapshots, those made last.
MOST = 64

# The bytes of a pixel in Pillow's memory, at most.
_STORED = 4

Item = TypeVar("Item")


class FreeList(Generic[Item]):
    """A free list for one kind of object; asking for another kind empties it.

    So it holds as many as threads use at the same time, and nothing of earlier kinds.
    """

    def __init__(self) -> None:
        self._free: deque[tuple[object, Item]] = deque()

    def take(self, kind: object) -> Item | None:
        with suppress(IndexError):  # another thread may have taken the last one
            while True:
                found, item = self._free.pop()
                if found == kind:
                    return item
        return None

    def give(self, kind: object, item: Item) -> None:
        self._free.append((kind, item))


class FilteredFrame(NamedTuple):
    """A filtered frame, the share of its values that were clipped, and the filters that ran.

    ``range`` and ``brightens`` are as in ``Plan``, ``kept`` as in ``Filtered``; ``notes`` are
    diagnostics. States that come before the frame in an animation are ``earlier``.
    """

    frame: Frame
    clipped: float
    ran: Sequence[Ran]
    range: str
    brightens: bool
    earlier: tuple[Frame, ...] = ()
    notes: tuple[str, ...] = ()
    kept: Sequence[Kept] = ()


# The packages whose code determines a layout. To look at the files of all takes 2 ms longer.
LAYING_OUT = ("batch", "engines", "execution", "images", "jit", "kernels", "planning")


def environment() -> tuple[object, ...]:
    """Return everything but a run's options and picture that determines a layout.

    Nothing is imported to find it out. Raises ``ImportError`` if a compiler is not supported.
    """
    numpy = find_spec("numpy")
    origin = Path(numpy.origin) if numpy and numpy.origin else None
    arithmetic = _stamp(origin) if origin else None
    root = Path(__file__).parent.parent
    own = [_stamp(path) for package in LAYING_OUT for path in _modules(root / package)]
    return __version__, sys.version_info[:2], *toolchain(), arithmetic, own, costs.measured()


def _modules(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _modules(Path(entry))


def _stamp(path: Path | os.DirEntry[str]) -> object:
    """Return facts that differ after a file has changed, even if size and mtime are restored."""
    status = path.stat()
    times = status.st_mtime_ns, status.st_ctime_ns
    return os.fspath(path), status.st_size, *times, status.st_dev, status.st_ino


def kind_of(frame: Frame | Header, gray: bool) -> Kind | None:
    """Return the kind of a picture after conversion; None where snapshots do not serve it."""
    if isinstance(frame, Pixels):
        return None
    try:
        mode = filtered_mode(frame, gray)
    except ReadError:
        return None
    return (mode, frame.size) if MODES[mode].in_place else None


class _Store:
    """The snapshots in the cache for one ``key``, and the machine code that they need."""

    def __init__(self, key: Callable[[], object]) -> None:
        self._key_now, self._key = key, key()
        self._loaded: dict[Kind, Snapshot | None] = {}
        self._codes: dict[str, int | None] = {}

    @property
    def is_enabled(self) -> bool:
        return self._key is not None

    def snapshot(self, kind: Kind) -> Snapshot | None:
        """Return the snapshot for pictures of a kind, if it is in the cache with its code."""
        if kind not in self._loaded:
            self._loaded[kind] = self._load(kind) if self.is_enabled else None
        return self._loaded[kind]

    def _load(self, kind: Kind) -> Snapshot | None:
        data = code_cache.load(self._name(kind))
        if data is None:
            return None
        snapshot = unpack(data)
        for name in snapshot.codes - self._codes.keys():
            self._codes[name] = loader.load_cached(name)
        return snapshot if all(self._codes[name] for name in snapshot.codes) else None

    def save(self, kind: Kind, snapshot: Snapshot) -> None:
        """Save a snapshot, unless a file that the key depends on has changed meanwhile."""
        if self._key_now() == self._key:
            with suppress(OSError):  # machine code could not be cached either, which is reported
                code_cache.store(self._name(kind), pack(snapshot))
                code_cache.keep_newest(LABEL, MOST)

    def replay(self, snapshot: Snapshot) -> Replay | None:
        """Load a snapshot into memory; None where that is short, which a planned run reports."""
        width, height = snapshot.size
        needed = snapshot.memory + (0 if snapshot.overwrites else _STORED * width * height)
        if needed > NOT_WORTH_ASKING and needed > free_memory():
            return None
        with suppress(OSError, MemoryError):
            return Replay(snapshot, {name: self._codes[name] or 0 for name in snapshot.codes})
        return None

    def _name(self, kind: Kind) -> str:
        return f"{LABEL}-{fingerprint((self._key, kind))}"


class SnapshotCache:
    """The snapshots that a run may use, and the layouts of its own pictures.

    ``key()`` returns everything but mode and size that determines a layout, or None to disable
    snapshots. ``fingerprint()`` returns that of the request in the manifest. Pictures are made grey
    first if ``gray``, and each is filtered by ``threads`` threads.
    """

    def __init__(
        self,
        key: Callable[[], object] = lambda: None,
        fingerprint: Callable[[], str] = str,
        gray: bool = False,
        threads: int = 1,
    ) -> None:
        self.layouts: FreeList[Layout] = FreeList()
        self._fingerprint, self._gray, self._threads = fingerprint, gray, threads
        self._store, self._replays = _Store(key), FreeList[Replay]()
        self._recording = Lock()
        self._first: Kind | None = None

    def begin(self, header: Header | None) -> Snapshot | None:
        """Return the snapshot for the first picture, whose kind is the one to be recorded."""
        self._first = kind_of(header, self._gray) if header else None
        return self._store.snapshot(self._first) if self._first else None

    def replay(self, frame: Frame, orientation: int, progress: Progress) -> FilteredFrame | None:
        """Filter a frame by a snapshot, if there is one; the result may take its place."""
        kind = kind_of(frame, self._gray)
        snapshot = self._store.snapshot(kind) if kind else None
        if snapshot is None or isinstance(frame, Pixels) or snapshot.orientation != orientation:
            return None
        image = filterable(frame, self._gray)
        replay = self._replays.take(kind) or self._store.replay(snapshot)
        result = _filtered(replay, image, self._threads, progress) if replay else None
        if replay and result:
            self._replays.give(kind, replay)
        if not result:
            return None
        return FilteredFrame(*result, snapshot.ran, snapshot.range, snapshot.brightens)

    def recorder(self, frame: Frame, orientation: int) -> Callable[[Snapshot], None] | None:
        """Return the function that saves the snapshot of a frame, if it is to be recorded."""
        kind = kind_of(frame, self._gray)
        if not self._store.is_enabled or kind is None or kind != self._first:
            return None

        def save(snapshot: Snapshot) -> None:
            with self._recording:
                is_first, self._first = self._first == kind, None
            if is_first:
                fingerprint = self._fingerprint()
                whole = snapshot._replace(orientation=orientation, fingerprint=fingerprint)
                self._store.save(kind, whole)

        return save


def _filtered(
    replay: Replay, image: Image.Image, threads: int, progress: Progress
) -> tuple[Image.Image, float] | None:
    """Return the result and the share that was clipped; None for a picture in several blocks."""
    picture, snapshot = memory_of(image), replay.snapshot
    if picture is None:
        return None
    result = image if snapshot.overwrites else Image.new(image.mode, snapshot.size)
    into = picture if result is image else memory_of(result)
    if into is None:
        return None
    return result, replay.run(picture.address, into.address, threads, progress)
