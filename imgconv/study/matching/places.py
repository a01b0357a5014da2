"""The best places of a response that do not overlap (non-maximum suppression)."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.study.matching.response import Response, response
from imgconv.study.matching.scores import METHODS, Method, is_flat, plain_score, scale_of
from imgconv.study.matching.search import Search
from imgconv.system.threads import Progress, no_progress

Array = NDArray[np.float64]

# Places this near below the threshold are computed again, where scores are not exact.
_NEAR = 1e-4

# The most multiplications for that, and how many take as long as the calls for one place.
_MOST_WORK, _CALLS = 3e8, 20_000


class Place(NamedTuple):
    """The upper left corner of a window, and its score; between pixels if refined."""

    x: float
    y: float
    score: float


class Matches(NamedTuple):
    """The places that are kept, best first, and facts about all.

    ``reached`` counts the places whose score is at least ``least``; ``own`` is the score of the
    template with itself.
    """

    found: list[Place]
    best: Place
    reached: int
    least: float
    own: float
    scores: Array


class Choice(NamedTuple):
    """Which places are kept: a least score, how many, and how much two may overlap.

    ``threshold`` is a share of the template's own score. ``overlap`` is intersection over union.
    """

    threshold: float = 0.9
    limit: int = 100
    overlap: float = 0.25
    subpixel: bool = False


def find(search: Search, name: str, choice: Choice, progress: Progress = no_progress) -> Matches:
    """Return the places of a template, by a method of ``METHODS``.

    Raises ``UsageError`` for a flat template where contrast counts.
    """
    method = METHODS[name]
    scale = scale_of(search, method)
    if method.has_means and is_flat(search, scale):
        raise UsageError(
            "the template is flat: it matches everywhere and nowhere", "cut out one with contrast"
        )
    own = float(method.score(scale.own, scale))
    least = choice.threshold if method.is_relative else choice.threshold * own
    made = response(search, method, scale, progress=progress)
    scores = made.scores
    _refine(search, method, made, least - _NEAR * abs(own))
    found = [*_kept(scores, search.template.shape[:2], least, choice)]
    if not made.is_exact:
        found = [(plain_score(search, method, y, x), y, x) for _, y, x in found]
        found.sort(key=lambda each: (-each[0], *each[1:]))
    y, x = np.unravel_index(int(np.argmax(scores)), scores.shape)
    best = Place(int(x), int(y), float(scores[y, x]))
    places = [_place(scores, each, choice.subpixel) for each in found]
    return Matches(places, best, int(np.count_nonzero(scores >= least)), least, own, scores)


def _refine(search: Search, method: Method, made: Response, least: float) -> None:
    """Compute scores from ``least`` on by plain sums, where they are not exact and not too many."""
    if made.is_exact:
        return
    places = np.flatnonzero(made.scores >= least)
    if places.size * (search.template.size + _CALLS) <= _MOST_WORK:
        for y, x in zip(*np.unravel_index(places, made.scores.shape), strict=True):
            made.scores[y, x] = plain_score(search, method, int(y), int(x))


def _kept(
    scores: Array, size: tuple[int, int], least: float, choice: Choice
) -> Iterator[tuple[float, int, int]]:
    """Yield score, y and x of places from the best on, equal ones by y, then x.

    The best place of each row is kept in a table, and looked for again in rows near a new place.
    """
    height, width = size
    suppressed = _suppressed(size, choice.overlap)
    is_free = np.ones(scores.shape, bool)
    row_best = scores.max(axis=1)
    for _ in range(choice.limit):
        y = int(np.argmax(row_best))
        if row_best[y] < least or not np.isfinite(row_best[y]):
            return
        x = int(np.argmax(np.where(is_free[y], scores[y], -np.inf)))
        yield float(row_best[y]), y, x
        top, left = max(0, y - height + 1), max(0, x - width + 1)
        near = is_free[top : y + height, left : x + width]
        away = top - (y - height + 1), left - (x - width + 1)
        near &= ~suppressed[away[0] :, away[1] :][: near.shape[0], : near.shape[1]]
        rows = slice(top, y + height)
        row_best[rows] = np.where(is_free[rows], scores[rows], -np.inf).max(axis=1)


def _suppressed(size: tuple[int, int], overlap: float) -> NDArray[np.bool_]:
    """Return which windows around one, (2 height - 1, 2 width - 1), overlap it too much."""
    down, across = (length - np.abs(np.arange(1 - length, length)) for length in size)
    common = np.outer(down, across)
    is_too_near: NDArray[np.bool_] = common / (2 * size[0] * size[1] - common) > overlap
    is_too_near[size[0] - 1, size[1] - 1] = True
    return is_too_near


def _place(scores: Array, found: tuple[float, int, int], subpixel: bool) -> Place:
    score, y, x = found
    if not subpixel:
        return Place(x, y, score)
    return Place(x + _summit(scores[y], x), y + _summit(scores[:, x], y), score)


def _summit(line: Array, at: int) -> float:
    """Return how far from ``at`` the parabola through three scores is highest, -0.5 to 0.5."""
    if not 0 < at < len(line) - 1:
        return 0.0
    before, here, after = (float(value) for value in line[at - 1 : at + 2])
    curvature = before - 2 * here + after
    if curvature >= 0 or here < max(before, after):
        return 0.0
    return (before - after) / (2 * curvature)
