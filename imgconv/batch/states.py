"""A filter that is applied or drawn many times: the states of a frame on the way to the last.

States on the way become frames of the output, so that an animation shows how heat spreads, or how
the mean of draws settles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from imgconv.batch.request import Request
from imgconv.errors import LimitError, UsageError
from imgconv.execution.repeat import repeated
from imgconv.execution.snapshot_cache import FilteredFrame
from imgconv.formats import Format, writer
from imgconv.formats.metadata import Picture
from imgconv.images.frames import pixels_frame
from imgconv.images.pixels import Frame, Pixels
from imgconv.kernels.filter import Filter
from imgconv.planning.settings import Ran, Settings
from imgconv.study.draws import check_probabilities as check_probabilities
from imgconv.study.draws import drawn
from imgconv.system.available_memory import free_memory
from imgconv.system.threads import Progress

# The milliseconds of a state in an animation, and how many times as long the last one is shown.
_DURATION, _HELD = 100.0, 10


class Work(NamedTuple):
    """A frame to filter state by state; ``store`` returns the pixels that are written of one."""

    pixels: Pixels
    filters: Sequence[Filter]
    settings: Settings
    request: Request
    store: Callable[[Pixels], Pixels]


def filter_states(work: Work, progress: Progress) -> FilteredFrame:
    """Return the last state, and the earlier states that are shown; raises ``UsageError``."""
    count = work.request.repetition.shown
    if count * work.pixels.array.nbytes > free_memory():
        raise LimitError(f"{count} states do not fit into memory", "give a larger --every")
    made = _drawn if work.request.repetition.draws else _repeated
    *earlier, last = made(work, progress)
    return last._replace(earlier=tuple(each.frame for each in earlier))


def _repeated(work: Work, progress: Progress) -> Iterator[FilteredFrame]:
    pixels, filters, settings, request, store = work
    repetition = request.repetition
    for state in repeated(pixels, filters, settings, repetition.repeat, repetition.every, progress):
        result = state.filtered
        clipped = result.clipped or request.conversion.clipped_share(result.pixels)
        frame, plan = pixels_frame(store(result.pixels)), result.plan
        ran = [plan.ran[-1]._replace(filter=f"{filters[-1].name}, {state.times} times")]
        yield FilteredFrame(frame, clipped, ran, plan.range, plan.brightens)


def _drawn(work: Work, progress: Progress) -> Iterator[FilteredFrame]:
    pixels, filters, settings, request, store = work
    repetition, draws = request.repetition, request.repetition.draws or 1
    filters = [*filters] * repetition.repeat
    for made in drawn(pixels, filters, settings, draws, repetition.seed or 0, repetition.every):
        progress(made.draws, draws)
        times = "1 draw" if made.draws == 1 else f"{made.draws:,} draws"
        note = (
            f"{times} with --seed {repetition.seed or 0}: rms {made.rms:.4g} levels from "
            f"the convolution, {made.expected_rms:.4g} expected"
        )
        ran = [Ran(filters[-1].name, ("draws",), None)]
        range = settings.range or filters[-1].range
        yield FilteredFrame(pixels_frame(store(made.pixels)), 0.0, ran, range, False, notes=(note,))


def check_frames(picture: Picture, target: Format, settings: Settings) -> None:
    """Raise ``UsageError`` where states cannot be the frames of the output."""
    if len(picture.frames) > 1:
        raise UsageError("it has several frames already", "choose one with --frame")
    if not (target.holds_frames or target.is_film):
        raise UsageError(
            f"{target.name} holds one picture, not the states of --every",
            "write GIF, PNG, WebP, TIFF, or PPM for a film, or leave out --every",
        )
    if settings.extent != "same":
        raise UsageError("states of several sizes are no animation", "leave out --extent")


def with_states(picture: Picture, earlier: Sequence[Frame]) -> Picture:
    """Return a picture that ``writer.adapt`` has returned with earlier states before its frame."""
    target = picture.format
    before = [writer.adapt(Picture([frame], target), target).frames[0] for frame in earlier]
    count = len(before) + 1
    picture.frames = [*before, *picture.frames]
    if target.is_film:
        durations = [_DURATION] * (count - 1) + [_DURATION * _HELD]
        picture.metadata |= {"durations": durations, "plays": 0}
    if "pages" in picture.native:
        picture.native["pages"] = [*picture.native["pages"][:1]] * count
    return picture
