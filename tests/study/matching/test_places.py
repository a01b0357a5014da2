"""The places that are kept: best first, and none that overlaps a better one too much."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imgconv.errors import UsageError
from imgconv.study.matching.places import Choice, Matches, find
from imgconv.study.matching.scores import METHODS
from imgconv.study.matching.search import prepare
from tests.support.matching import as_pixels, iou


def found(picture: np.ndarray, template: np.ndarray, name: str, choice: Choice) -> Matches:
    search = prepare(as_pixels(picture), as_pixels(template), None, METHODS[name].ignores_level)
    return find(search, name, choice)


@settings(deadline=None, max_examples=80)
@given(
    seed=st.integers(0, 2**32),
    threshold=st.sampled_from([-1, 0, 0.5, 1]),
    overlap=st.sampled_from([0, 0.25, 0.5, 1]),
    limit=st.sampled_from([1, 5, 1000]),
)
def test_places_are_those_of_a_greedy_choice(
    seed: int, threshold: float, overlap: float, limit: int
) -> None:
    rng = np.random.default_rng(seed)
    picture = rng.integers(0, 3, (9, 12), np.uint8)
    template = np.array([[0, 2, 1], [1, 0, 2]], np.uint8)
    got = found(picture, template, "correlation", Choice(threshold, limit, overlap))
    places = [
        (-float(got.scores[y, x]), y, x)
        for y, x in np.ndindex(got.scores.shape)
        if got.scores[y, x] >= threshold
    ]
    kept: list[tuple[float, int, int]] = []
    for score, y, x in sorted(places):
        if len(kept) < limit and all(iou((x, y), (b, a), (3, 2)) <= overlap for _, a, b in kept):
            kept.append((score, y, x))
    assert [(-place.score, place.y, place.x) for place in got.found] == kept
    assert got.reached == len(places)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("name", ["correlation", "difference"])
def test_true_copies_score_exactly_one_in_reading_order(name: str, dtype: str) -> None:
    rng = np.random.default_rng(3)
    scale = {"uint8": 255, "uint16": 65535, "float32": 1}[dtype]
    picture = (rng.random((90, 70, 3)) * scale).astype(dtype)
    template = picture[40:57, 30:49].copy()
    for y, x in ((5, 3), (60, 45)):
        picture[y : y + 17, x : x + 19] = template
    got = found(picture, template, name, Choice(1.0))
    assert [(place.y, place.x, place.score) for place in got.found] == [
        *((5, 3, 1.0), (40, 30, 1.0), (60, 45, 1.0))
    ]


@pytest.mark.parametrize("name", ["correlation", "covariance"])
def test_a_flat_template_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="the template is flat: it matches everywhere and nowhere"):
        found(np.eye(9, dtype=np.uint8), np.full((3, 3), 7, np.uint8), name, Choice())


def test_a_flat_picture_with_one_square_has_one_best_place() -> None:
    picture = np.full((50, 60), 90, np.uint8)
    picture[20:26, 30:37] = 200
    got = found(picture, picture[18:28, 28:39], "correlation", Choice())
    assert [(place.x, place.y, place.score) for place in got.found] == [(28, 18, 1.0)]
    assert np.isfinite(got.scores).all() and got.best.score == 1


def test_bright_places_beat_a_copy_by_the_plain_sum_of_products() -> None:
    picture = np.zeros((20, 20), np.uint8)
    picture[3:6, 3:6] = template = np.array([[0, 90, 0], [90, 0, 90], [0, 90, 0]], np.uint8)
    picture[12:18, 12:18] = 255
    plain = found(picture, template, "plain", Choice(overlap=0))
    assert (plain.best.y, plain.best.x) == (12, 12)
    assert (3, 3) in [(place.y, place.x) for place in plain.found]
    correlation = found(picture, template, "correlation", Choice())
    assert [(place.y, place.x) for place in correlation.found] == [(3, 3)]


def test_a_parabola_finds_the_top_between_pixels() -> None:
    y, x = np.mgrid[:40, :40]

    def bump(across: float, down: float) -> np.ndarray:
        squares = (x - across) ** 2 + (y - down) ** 2
        return np.asarray(np.rint(200 * np.exp(-squares / 40)), np.uint8)

    template = bump(20, 20)[12:29, 12:29]
    got = found(bump(23.3, 18.6), template, "correlation", Choice(subpixel=True))
    assert got.found[0].x == pytest.approx(15.3, abs=0.03)
    assert got.found[0].y == pytest.approx(10.6, abs=0.03)
