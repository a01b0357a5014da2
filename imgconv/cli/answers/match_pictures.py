"""OUTPUT of ``imgconv match``: boxes round the places, all scores, or the figure of --flipped."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv import figures
from imgconv.cli.study_options import check_figure, check_pixels_output
from imgconv.errors import UsageError
from imgconv.formats.number_files import write_npy
from imgconv.formats.registry import suffix_of
from imgconv.formats.upright import rounded_pixels, write_pixels
from imgconv.images.blend import Region
from imgconv.images.boxes import draw_boxes
from imgconv.images.pixels import Pixels
from imgconv.study.matching.places import Matches
from imgconv.study.matching.response import response, turned_spectrum
from imgconv.study.matching.scores import METHODS, scale_of
from imgconv.study.matching.search import Search
from imgconv.study.numbers import number

if TYPE_CHECKING:
    from imgconv.cli.match import MatchRequest

Array = NDArray[np.float64]

# Endings of pictures that hold the scores as they are, in float32.
_FLOATS = (".tif", ".tiff", ".pfm")


class FrameMatches(NamedTuple):
    """The matches in one frame, with its pixels; places count in all of it."""

    frame: int
    pixels: Pixels
    search: Search
    matches: Matches


def check(request: MatchRequest, output: str) -> None:
    """Raise ``UsageError`` where OUTPUT cannot be written, before any work."""
    options = request.options
    if options.flipped and not options.response:
        check_figure(output, request.inputs)
        return
    if suffix_of(output) == ".npy" and not options.response:
        raise UsageError("boxes are drawn in a picture, not in .npy", "give --response for scores")
    check_pixels_output(output, request.inputs, (".npy",))


def is_boxes(request: MatchRequest) -> bool:
    return not request.options.response and not request.options.flipped


def convolved(found: FrameMatches, method: str) -> Array:
    """Return the scores by convolution with the template turned by 180 degrees."""
    scale = scale_of(found.search, METHODS[method])
    return response(found.search, METHODS[method], scale, turned_spectrum).scores


def draw(request: MatchRequest, template: Pixels, found: FrameMatches) -> None:
    """Write OUTPUT."""
    assert request.output
    if request.options.response:
        _write_scores(request.output, found.matches.scores, METHODS[request.options.by].is_relative)
    elif request.options.flipped:
        _draw_flipped(request, request.output, template, found)
    else:
        size = template.width, template.height
        places = found.matches.found
        boxes = [Region(round(place.x), round(place.y), *size) for place in places]
        labels = [number(place.score, 3) for place in places]
        write_pixels(request.output, draw_boxes(found.pixels, boxes, labels))


def _write_scores(output: str, scores: Array, is_relative: bool) -> None:
    """Write scores as they are to .npy and float pictures, else as grey: 0 black and 1 white.

    Scores without a largest one are divided by their maximum.
    """
    if suffix_of(output) == ".npy":
        write_npy(output, scores)
    elif suffix_of(output) in _FLOATS:
        write_pixels(output, rounded_pixels(scores[..., None], ("l",), 1))
    else:
        white = 1.0 if is_relative else max(float(scores.max()), np.finfo(np.float64).tiny)
        write_pixels(output, rounded_pixels(255 * scores[..., None] / white, ("l",), 255))


def _draw_flipped(
    request: MatchRequest, output: str, template: Pixels, found: FrameMatches
) -> None:
    by = request.options.by
    both = found.matches.scores, convolved(found, by)
    title = f"{request.template} in {request.source}, scores by {by}"
    figure = figures.match.draw_flipped(title, template, found.pixels, both)
    figures.style.save(figure, output)
