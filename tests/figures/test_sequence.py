from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("matplotlib")

from imgconv.figures.layers import Layers
from imgconv.figures.sequence import draw_sequence
from imgconv.figures.sequence_slide import SlideFigure
from imgconv.study.sequences.named import Grid, named
from imgconv.study.sequences.overlap import overlap
from imgconv.study.sequences.signal import Signal


@pytest.mark.parametrize("count", [1, 2, 5, 11, 12, 13, 16, 400])
def test_labels_do_not_cover_each_other_and_are_not_cut(count: int) -> None:
    x = np.arange(count, dtype=np.float64)
    figure = draw_sequence("die:6 * die:6", Signal(np.sin(x) * 1000))
    Layers(figure).pixels()
    width, height = figure.get_size_inches() * figure.dpi
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) == (count if count <= 11 else 0)
    for at, box in enumerate(boxes):
        assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= width and box.y1 <= height
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])


def test_long_labels_do_not_cover_the_axis() -> None:
    figure = draw_sequence("1e9 -2e9 0", Signal(np.array([1e9, -2e9, 0])))
    assert not figure.axes[0].texts


def test_whole_places_have_whole_ticks() -> None:
    axes = draw_sequence("1 2 3", Signal(np.array([1.0, 2, 3]))).axes[0]
    assert not np.any(axes.get_xticks() % 1)


@pytest.mark.parametrize(("width", "height"), [(720, None), (201, 201), (800, 500)])
def test_frames_have_the_size_that_is_asked_for(width: int, height: int | None) -> None:
    box = named("box:1", Grid(0.1))
    figure = SlideFigure(overlap(box, box, 3), ("box:1", "box:1"), width, height)
    frames = list(figure.frames())
    wide, high = figure.size
    assert len(frames) == 3 and (wide % 2, high % 2) == (0, 0) and width <= wide <= width + 1
    assert height is None or abs(high - height) <= 1
    assert {frame.shape for frame in frames} == {(high, wide, 3)}


def test_nothing_of_a_frame_stays_in_the_next() -> None:
    slide = overlap(Signal(np.array([1.0, 2, 3])), Signal(np.array([1.0, -1])), None)
    frames = list(SlideFigure(slide, ("f", "g"), 300, None).frames())
    alone = SlideFigure(slide._replace(places=slide.places[-1:]), ("f", "g"), 300, None)
    alone._above.set_xlim(*SlideFigure(slide, ("f", "g"), 300, None)._span())
    alone._below.set_xlim(*alone._above.get_xlim())
    np.testing.assert_array_equal(frames[-1], next(alone.frames()))
