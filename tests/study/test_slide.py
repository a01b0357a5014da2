from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.errors import UsageError
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.slide import cut_out
from tests.support.pictures import noise, pixels


def chain(filter: str, height: int, width: int, extent: str = "same") -> Chain:
    return Chain(noise(height, width), find(filter), Settings(extent=extent))


def nine() -> NDArray[np.uint8]:
    """Return 9x9 levels: a bar of 200 with a pixel of 60 in its middle."""
    levels = np.zeros((9, 9), np.uint8)
    levels[2:7, 3:6], levels[4, 4] = 200, 60
    return levels


def test_the_kernel_stays_inside_the_window_with_valid() -> None:
    slide = cut_out(
        Chain(pixels(nine()), find("blur"), Settings(extent="valid")), None, None, (12, 9)
    )
    assert slide.results.shape == (7, 7, 1) and slide.levels.shape == (9, 9, 1)
    values = list(slide.values(0))
    assert len(values) == 49
    row, column, value = values[24]
    assert (slide.columns[column], slide.rows[row]) == (3, 3)
    assert [stage.value for stage in value.all_stages] == [1660, pytest.approx(184.444444), 184]


def test_the_window_is_moved_inside_and_has_a_rim_under_the_kernel() -> None:
    slide = cut_out(chain("blur", 30, 40), None, (39, 0), (12, 9))
    assert (slide.columns, slide.rows) == (range(28, 40), range(0, 9))
    assert slide.levels.shape == (11, 14, 1)
    assert slide.is_outside[0].all() and slide.is_outside[:, -1].all()
    assert not slide.is_outside[1:, :-1].any()


@pytest.mark.parametrize("centre", [(0, 0), (39, 29), (20, 15), (1, 29)])
@pytest.mark.parametrize("extent", ["same", "valid", "full"])
@pytest.mark.parametrize("filter", ["blur", "1 2 3 4; 5 6 7 8", "gaussian:0.5,sobel"])
def test_results_are_those_of_the_whole_picture(
    filter: str, extent: str, centre: tuple[int, int]
) -> None:
    given = chain(filter, 30, 40, extent)
    slide = cut_out(given, None, centre, (12, 9))
    step = given.steps[-1]
    whole = step.values(np.arange(step.height), np.arange(step.width))
    part = whole[np.ix_(list(slide.rows), list(slide.columns))]
    np.testing.assert_allclose(slide.results, part, rtol=0, atol=1e-10)
    row, column, value = next(slide.values(0))
    assert value.sums[0].patch == pytest.approx(
        slide.levels[row : row + step.reach.above + step.reach.below + 1][
            :, column : column + step.reach.left + step.reach.right + 1, 0
        ]
    )


def test_results_beside_the_picture_are_there_with_full() -> None:
    slide = cut_out(chain("blur", 5, 6, "full"), None, None, (12, 9))
    assert slide.results.shape == (7, 8, 1)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((None, (40, 0), (12, 9)), "--around 40,0 lies outside 40x30"),
        ((None, None, (40, 30)), "1,200 frames, at most 600 are drawn; give --window 28x21"),
        ((3, None, (12, 9)), "--step 3 of a chain of 1"),
    ],
)
def test_a_wrong_request_is_refused(
    args: tuple[int | None, tuple[int, int] | None, tuple[int, int]], message: str
) -> None:
    with pytest.raises(UsageError, match=message):
        cut_out(chain("blur", 30, 40), *args)
    with pytest.raises(UsageError, match="a kernel of 15x15 does not fit into 12x9"):
        cut_out(chain("blur:7", 30, 40, "valid"), None, None, (12, 9))
