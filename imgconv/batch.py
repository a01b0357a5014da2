"""Many files: run them on all cores, tell what happened to each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from imgconv import files, formats, streams
from imgconv.colour import check_colour
from imgconv.errors import FileError, ImgconvError
from imgconv.filter import Filter
from imgconv.filtering import Settings, filter_pixels
from imgconv.formats import Format
from imgconv.modes import filterable, gray_pixels, to_image, to_pixels
from imgconv.outcome import Outcome
from imgconv.pairing import PIPE, Pair
from imgconv.picture import Pixels
from imgconv.plan import Wishes, make_plan
from imgconv.workers import Job, available_cores

# When more of the values than this were clipped, a person is told.
MUCH_CLIPPED = 0.01

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Request:
    """What is done to every file: the filters, how they are applied, how the result is written."""

    filters: Sequence[Filter]
    settings: Settings = field(default_factory=Settings)
    gray: bool = False
    format: Format | None = None
    quality: int | None = None


def check(request: Request) -> None:
    """Raise ``WordsError`` for what is wrong whatever the picture, before one is read."""
    settings = request.settings
    check_colour(settings.border.colour)
    if settings.engine is not None:
        make_plan(request.filters, Wishes(settings.engine, settings.tolerance))


def run(
    request: Request,
    pairs: Sequence[Pair],
    jobs: int | None = None,
    tell: Callable[[Outcome], None] = lambda outcome: None,
    progress: Progress = lambda done, total: None,
    read: Callable[[str], files.Picture] = files.read,
) -> list[Outcome]:
    """Filter every pair, up to ``jobs`` at once; one that fails does not stop the others.

    ``tell`` hears of each file as it is done; ``progress`` of the share of the whole that is done.
    """
    threads = request.settings.threads or available_cores()
    outcomes: list[Outcome] = []

    def work(pair: Pair) -> None:
        rows = progress if len(pairs) == 1 else lambda done, total: None
        outcome = _run_one(request, pair, rows, read)
        outcomes.append(outcome)
        tell(outcome)
        if len(pairs) > 1:
            progress(len(outcomes), len(pairs))

    Job([partial(work, pair) for pair in pairs]).run(threads, jobs)
    return outcomes


def _run_one(
    request: Request, pair: Pair, progress: Progress, read: Callable[[str], files.Picture]
) -> Outcome:
    outcome = Outcome(pair.source, pair.target)
    try:
        picture = read(pair.source)
        target = _format_for(request, pair) or formats.named(picture.format)
        _note_lost_frames(outcome, picture, target)
        _filter_frames(picture, request, outcome, progress)
        data = files.encode(picture, target, request.quality)
        files.write(data, pair.target, pair.makes_folder)
    except FileError as error:
        outcome.error = error
    except ImgconvError as error:
        outcome.error = type(error)(f"{pair.source}: {error.problem}", error.remedy)
    return outcome


def stays_film(request: Request, pair: Pair, film: streams.Stream) -> bool:
    """Whether what is to be written can hold the film as it is."""
    target = _format_for(request, pair)
    return target is None or target.name in film.formats


def run_film(request: Request, pair: Pair, film: streams.Stream) -> Outcome:
    """Filter the pictures of a film, each on all cores, while the next is read."""
    outcome = Outcome(pair.source, pair.target)
    shares = [0.0]

    def filter(pixels: Pixels) -> Pixels:
        pixels = gray_pixels(pixels) if request.gray else pixels
        result = filter_pixels(pixels, request.filters, request.settings, may_overwrite=True)
        shares.append(result.clipped)
        return result.pixels

    try:
        keeps_flat = all(link.keeps_flat for link in request.filters)
        with files.writing(pair.target) as target:
            streams.run(film, filter, keeps_flat, target)
    except ImgconvError as error:
        outcome.error = error
    _note_clipping(outcome, request, max(shares))
    return outcome


def _format_for(request: Request, pair: Pair) -> Format | None:
    """The format to write; None where it is that of the picture, as in a pipe."""
    if request.format or pair.target == PIPE:
        return request.format
    return formats.of_path(Path(pair.target))


def _filter_frames(
    picture: files.Picture, request: Request, outcome: Outcome, progress: Progress
) -> None:
    shares = []
    for position, frame in enumerate(picture.frames):
        image = filterable(frame, request.gray)
        result = filter_pixels(
            to_pixels(image), request.filters, request.settings, progress, may_overwrite=True
        )
        picture.frames[position] = to_image(result.pixels, image.mode)
        shares.append(result.clipped)
    _note_clipping(outcome, request, max(shares))


def _note_clipping(outcome: Outcome, request: Request, share: float) -> None:
    if share > MUCH_CLIPPED and (request.settings.range or request.filters[-1].range) == "clamp":
        outcome.notes.append(
            f"{share:.0%} of the values lay outside the range and were clipped; "
            "--range abs, offset or stretch would show them"
        )


def _note_lost_frames(outcome: Outcome, picture: files.Picture, target: Format) -> None:
    lost = len(picture.frames) - 1
    if lost and not target.holds_frames:
        outcome.notes.append(f"{target.name} holds one frame; {lost} more were left out")
