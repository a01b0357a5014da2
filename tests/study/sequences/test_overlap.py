from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.study.sequences.named import Grid, finest_step, named
from imgconv.study.sequences.overlap import Overlap, overlap, value_at
from imgconv.study.sequences.signal import Signal


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1])
def test_the_value_is_that_of_the_place_and_not_of_the_nearest_sample(step: float) -> None:
    box = named("box:1", Grid(step))
    for place, value in overlap(box, box, 97).frames():
        assert value == pytest.approx(max(0.0, 1 - abs(place)), abs=1e-12)
    at = overlap(box, box, None)._replace(places=np.array([0.46]))
    assert [value for _, value in at.frames()] == [pytest.approx(0.54)]


def test_the_value_is_the_area_under_the_products() -> None:
    f, g = (named(text, Grid(0.02)) for text in ("triangle:2", "box:1"))
    points = np.linspace(-4, 4, 80001)
    for place, value in overlap(f, g, 9).frames():
        products = value_at(f, points) * value_at(g, place - points)
        assert products.sum() * 1e-4 == pytest.approx(value, abs=1e-4)


def test_separate_values_are_shown_at_places_of_the_result() -> None:
    f, g = Signal(np.array([1.0, 2, 3])), Signal(np.array([1.0, 0, 0.5]), 1.0)
    found = list(overlap(f, g, None).frames())
    assert found == [(1, 1), (2, 2), (3, 3.5), (4, 1), (5, 1.5)]
    assert [place for place, _ in overlap(f, g, 3).frames()] == [1, 3, 5]
    long: Overlap = overlap(Signal(np.ones(500)), g, None)
    assert len(long.places) == 60


def test_tails_are_not_shown() -> None:
    slide = overlap(named("gaussian:1", Grid(0.01)), named("exp:1", Grid(0.01)), None)
    assert slide.places[0] > -4 and slide.places[-1] < 9


@pytest.mark.parametrize("frames", [1, 601, -5])
def test_a_number_of_frames_that_is_not_drawn_is_refused(frames: int) -> None:
    with pytest.raises(UsageError, match="give 2 to 600"):
        overlap(Signal(np.ones(3)), Signal(np.ones(3)), frames)


def test_functions_alone_have_a_step_of_their_own() -> None:
    assert finest_step(["box:1", "gaussian:0.5"]) == 0.005
    assert finest_step(["box:1", "1 2"]) is None
    assert finest_step(["box:1", "die:6"]) is None
