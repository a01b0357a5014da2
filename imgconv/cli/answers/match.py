"""The places of a template as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import click
import numpy as np

from imgconv.cli.answers import match_pictures
from imgconv.cli.answers.match_pictures import FrameMatches
from imgconv.cli.answers.tables import aligned
from imgconv.cli.console import counted, print_json, progress_bar, say
from imgconv.cli.study_options import check_one_frame
from imgconv.errors import UsageError
from imgconv.images.blend import Region
from imgconv.images.mask import Mask
from imgconv.images.pixels import Pixels
from imgconv.study.matching.places import Choice, Matches, Place, find
from imgconv.study.matching.scores import METHODS
from imgconv.study.matching.search import in_common_format, prepare
from imgconv.study.numbers import number

if TYPE_CHECKING:
    from imgconv.cli.match import MatchRequest

NOTHING_FOUND = 1

_TURNED = "correlation = convolution with the template turned by 180 degrees: largest difference "

_HEADINGS = ("rank", "x", "y", "width", "height", "score", "centre")


def answer(request: MatchRequest) -> int:
    """Print the places, and draw them if there is an OUTPUT; return the exit code."""
    if request.output:
        match_pictures.check(request, request.output)
    template, mask = _template(request)
    every = [*_searched(request, template, mask)]
    if request.output:
        check_one_frame(request.source, len(every))
    size = template.width, template.height
    turned = _turned_difference(request, every) if request.options.flipped else None
    lines = [] if turned is None else [_TURNED + number(turned)]
    is_found = any(each.matches.found for each in every)
    if request.as_json:
        print_json(_document(request, size, every, turned))
    elif not request.output:
        for line in [*lines, *_lines(size, every)]:
            click.echo(line)
    if request.output and (is_found or not match_pictures.is_boxes(request)):
        match_pictures.draw(request, template, every[0])
        places = counted(len(every[0].matches.found), "place")
        lines.append(f"{places} of {request.template}")
        say(f"{'; '.join(lines)}; drawn in {request.output}")
    if not is_found:
        say(_nothing(every))
    return 0 if is_found else NOTHING_FOUND


def _turned_difference(request: MatchRequest, every: Sequence[FrameMatches]) -> float:
    """Return how far convolution with the turned template is from correlation, at most."""
    by = request.options.by
    both = ((each.matches.scores, match_pictures.convolved(each, by)) for each in every)
    return max(float(np.abs(scores - others).max()) for scores, others in both)


def _template(request: MatchRequest) -> tuple[Pixels, Mask | None]:
    """Read the template, cut out, and its mask."""
    options = request.options
    pixels = request.reading._replace(frame=None).pixels(request.template, options.gray)
    if options.cut:
        pixels = cut_out(pixels, options.cut, "--cut")
    if options.mask is None:
        return pixels, None
    shown = request.reading._replace(frame=None).pixels(options.mask)
    return pixels, Mask.of_pixels(shown, name=options.mask)


def cut_out(pixels: Pixels, region: Region, option: str) -> Pixels:
    """Return a part of a picture; raises ``UsageError`` where it lies outside."""
    left, top, width, height = region
    if left + width > pixels.width or top + height > pixels.height:
        raise UsageError(
            f"{option} {region} lies outside {pixels.width}x{pixels.height}", "choose a part of it"
        )
    array = pixels.array[top : top + height, left : left + width]
    return pixels._replace(array=array, image=None)


def _searched(request: MatchRequest, template: Pixels, mask: Mask | None) -> Iterator[FrameMatches]:
    options, reading = request.options, request.reading
    choice = Choice(options.threshold, options.limit, options.overlap, options.subpixel)
    method = METHODS[options.by]
    for frame, pixels in reading.frames(request.source, options.gray):
        part = cut_out(pixels, options.within, "--within") if options.within else pixels
        if not frame or reading.frame is not None:
            _say_conversion(part, template)
        search = prepare(part, template, mask, method.ignores_level)
        with progress_bar() as progress:
            matches = find(search, options.by, choice, progress)
        yield FrameMatches(frame, pixels, search, _moved(matches, options.within))


def _say_conversion(picture: Pixels, template: Pixels) -> None:
    """Say that colours are not compared, if only one of both has them."""
    one, _ = in_common_format(picture._replace(array=picture.array[:1, :1]), template)
    if picture.colours != template.colours and one.channels == ("l",):
        name = "the template" if template.colours == ("l",) else "INPUT"
        say(f"both are compared in grey, as {name} is")


def _moved(matches: Matches, within: Region | None) -> Matches:
    """Return matches with the places counted in the whole picture."""
    if within is None:
        return matches
    best, *found = (
        place._replace(x=place.x + within.left, y=place.y + within.top)
        for place in (matches.best, *matches.found)
    )
    return matches._replace(best=best, found=found)


def _nothing(every: Sequence[FrameMatches]) -> str:
    best = max(every, key=lambda each: each.matches.best.score)
    place = best.matches.best
    where = f" of frame {best.frame}" if len(every) > 1 else ""
    return (
        f"no place reaches {number(best.matches.least)}; the best is {number(place.score)} "
        f"at x {number(place.x)}, y {number(place.y)}{where}"
    )


def _lines(size: tuple[int, int], every: Sequence[FrameMatches]) -> list[str]:
    has_frames = len(every) > 1
    rows = [
        (*([str(each.frame)] if has_frames else []), *_cells(rank, place, size))
        for each in every
        for rank, place in enumerate(each.matches.found, 1)
    ]
    if not rows:
        return []
    headings = ("frame", *_HEADINGS) if has_frames else _HEADINGS
    cells = [headings, *rows]
    return [line[1:].rstrip() for line in aligned([[f" {cell}" for cell in row] for row in cells])]


def _cells(rank: int, place: Place, size: tuple[int, int]) -> Iterator[str]:
    yield from map(str, (rank, number(place.x, 2), number(place.y, 2), *size))
    yield number(place.score, 6)
    yield ",".join(number(middle, 2) for middle in centre(place, size))


def centre(place: Place, size: tuple[int, int]) -> tuple[float, float]:
    """Return the middle of a place, x and y; between two pixels for an even size."""
    return place.x + (size[0] - 1) / 2, place.y + (size[1] - 1) / 2


def _document(
    request: MatchRequest,
    size: tuple[int, int],
    every: Sequence[FrameMatches],
    turned: float | None,
) -> dict[str, Any]:
    best = max(every, key=lambda each: each.matches.best.score)
    extra = {} if turned is None else {"turned_difference": turned}
    return {
        "template": request.template,
        "input": request.source,
        "size": best.pixels.size,
        "template_size": size,
        "by": request.options.by,
        "threshold": best.matches.least,
        "reached": sum(each.matches.reached for each in every),
        **extra,
        "best": {"frame": best.frame, **best.matches.best._asdict()},
        "found": [
            _fields(each.frame, place, size) for each in every for place in each.matches.found
        ],
    }


def _fields(frame: int, place: Place, size: tuple[int, int]) -> dict[str, Any]:
    return {
        "frame": frame,
        "x": place.x,
        "y": place.y,
        "width": size[0],
        "height": size[1],
        "score": place.score,
        "centre": centre(place, size),
    }
