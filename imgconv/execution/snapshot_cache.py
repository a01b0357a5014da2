"""What was laid out for pictures, in this run and in earlier ones of the same words.

A run writes down what it laid out for its first picture (``execution/recorder.py``). Later runs
that are told the same, on a machine and by a tool that are the same, play that for pictures of the
same mode and size (``execution/replay.py``), and import neither NumPy nor the planner, which take
longer than to filter a small picture. A picture of another kind is planned as ever.

What was laid out for one picture, kept for others that are like it.

Sequences that are made when somebody first looks at them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar, overload

from imgconv.errors import ReadError
from imgconv.execution.bands import Progress
from imgconv.execution.replay import Replay
from imgconv.execution.snapshot import LABEL, Snapshot, pack, unpack
from imgconv.images.frames import filterable
from imgconv.images.modes import MODES, filtered_mode
from imgconv.images.pillow_buffers import memory_of
from imgconv.images.pixels import Pixels
from imgconv.jit import code_cache, loader
from imgconv.planning.settings import Ran
from imgconv.system.available_memory import NOT_WORTH_ASKING, free_memory
from imgconv.system.hashing import blake2b

if TYPE_CHECKING:
    from PIL.Image import Image

    from imgconv.images.pixels import Frame, Header


Thing = TypeVar("Thing")


class FreeList(Generic[Thing]):
    """As many things as are in use at the same time, of the kind that was wanted last."""

    def __init__(self) -> None:
        self._kept: deque[tuple[object, Thing]] = deque()

    def take(self, kind: object) -> Thing | None:
        """A thing of this kind that nobody uses, if there is one."""
        with suppress(IndexError):
            while True:
                kept, thing = self._kept.pop()
                if kept == kind:
                    return thing
        return None

    def keep(self, kind: object, thing: Thing) -> None:
        """Have it for the next who wants one, which may be another thread."""
        self._kept.append((kind, thing))


# The mode and the size of a picture.
Kind = tuple[str, tuple[int, int]]

# So many are kept, those made last.
MOST = 64

# The bytes of a pixel in Pillow's memory, at most.
_STORED = 4


class Done(NamedTuple):
    """A frame that was filtered, the share of its values that were clipped, and what ran.

    ``range`` is the rule by which it is shown.
    """

    frame: Frame
    clipped: float
    ran: Sequence[Ran]
    range: str


def kind_of(frame: Frame | Header, gray: bool) -> Kind | None:
    """The kind of a picture once it can be filtered; None where it cannot be played for."""
    if isinstance(frame, Pixels):
        return None
    try:
        mode = filtered_mode(frame, gray)
    except ReadError:
        return None
    return (mode, frame.size) if MODES[mode].in_place else None


class SnapshotCache:
    """Those of a run that is told ``words``, whose request is remembered by ``key``.

    ``words`` gives all that decides what is laid out for a picture beside its kind; None means that
    nothing is recorded. Pictures are made grey first if they say so, and each is filtered on so
    many ``threads``. What was laid out in this run is in ``alike``.
    """

    def __init__(
        self,
        words: Callable[[], object] = lambda: None,
        key: Callable[[], str] = str,
        gray: bool = False,
        threads: int = 1,
    ) -> None:
        self.alike = FreeList[Any]()
        self._words_now, self._words = words, words()
        self._key, self._gray, self._threads = key, gray, threads
        self._keeping = Lock()
        self._first: Kind | None = None
        self._players = FreeList[Replay]()
        self._found: dict[Kind, Snapshot | None] = {}
        self._codes: dict[str, int | None] = {}

    def begin(self, header: Header | None) -> Snapshot | None:
        """Be told of the first picture, as far as it is known; gives what is recorded for it."""
        self._first = kind_of(header, self._gray) if header else None
        return self._recording(self._first) if self._first else None

    def play(self, frame: Frame, orientation: int, progress: Progress) -> Done | None:
        """Filter a frame that is held so, if that is recorded; the result may take its place."""
        kind = kind_of(frame, self._gray)
        recording = self._recording(kind) if kind else None
        if recording is None or isinstance(frame, Pixels) or recording.orientation != orientation:
            return None
        image = filterable(frame, self._gray)
        player = self._players.take(kind) or self._player(recording)
        played = _played(player, image, self._threads, progress) if player else None
        if player and played:
            self._players.keep(kind, player)
        return Done(*played, recording.ran, recording.range) if played else None

    def recorder(self, frame: Frame, orientation: int) -> Callable[[Snapshot], None] | None:
        """What keeps a recording made for such a frame, if one is wanted."""
        kind = kind_of(frame, self._gray)
        if self._words is None or kind is None or kind != self._first:
            return None

        def keep(recording: Snapshot) -> None:
            with self._keeping:
                is_wanted, self._first = self._first == kind, None
            # Not where a file was changed since it was asked for what its words are.
            if is_wanted and self._words_now() == self._words:
                whole = recording._replace(orientation=orientation, key=self._key())
                with suppress(OSError):  # machine code was not kept either, which was said
                    code_cache.store(self._name(kind), pack(whole))
                    code_cache.keep_only(LABEL, MOST)

        return keep

    def _recording(self, kind: Kind) -> Snapshot | None:
        if kind not in self._found:
            self._found[kind] = self._loaded(kind) if self._words is not None else None
        return self._found[kind]

    def _loaded(self, kind: Kind) -> Snapshot | None:
        """What is kept for a kind, where all of its machine code is as well."""
        data = code_cache.load(self._name(kind))
        if data is None:
            return None
        recording = unpack(data)
        for name in recording.codes - self._codes.keys():
            self._codes[name] = loader.kept(name)
        return recording if all(self._codes[name] for name in recording.codes) else None

    def _player(self, recording: Snapshot) -> Replay | None:
        """None where there is no memory for it; to plan tells more of that."""
        width, height = recording.size
        needed = recording.memory + (0 if recording.overwrites else _STORED * width * height)
        if needed > NOT_WORTH_ASKING and needed > free_memory():
            return None
        with suppress(OSError, MemoryError):
            return Replay(recording, {name: self._codes[name] or 0 for name in recording.codes})
        return None

    def _name(self, kind: Kind) -> str:
        digest = blake2b(repr((self._words, kind)).encode(), digest_size=12).hexdigest()
        return f"{LABEL}-{digest}"


def _played(
    player: Replay, image: Image, threads: int, progress: Progress
) -> tuple[Image, float] | None:
    """The result and the share that was clipped; None where the picture is not in one block."""
    picture, recording = memory_of(image), player.recording
    if picture is None:
        return None
    result = image if recording.overwrites else _empty(image.mode, recording.size)
    into = picture if result is image else memory_of(result)
    if into is None:
        return None
    return result, player.play(picture.address, into.address, threads, progress)


def _empty(mode: str, size: tuple[int, int]) -> Image:
    from PIL import Image

    return Image.new(mode, size)


class LazySequence(Sequence[Thing]):
    """The sequence that ``make`` gives, once."""

    def __init__(self, make: Callable[[], Sequence[Thing]]) -> None:
        self._make = make

    @cached_property
    def _made(self) -> Sequence[Thing]:
        return self._make()

    @overload
    def __getitem__(self, at: int) -> Thing: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Thing]: ...
    def __getitem__(self, at: int | slice) -> Thing | Sequence[Thing]:
        """One of them, or several."""
        return self._made[at]

    def __len__(self) -> int:
        """How many there are."""
        return len(self._made)
