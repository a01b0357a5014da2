"""Engines are fed what they need of a source, whatever else the step needs, turn by turn."""

from __future__ import annotations

from itertools import accumulate, product

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.engines.base import Engine
from imgconv.execution.context import StepInput
from imgconv.execution.lowering import Feeding
from imgconv.execution.sources import PixelSource
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding, RowSchedule
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule, workspace
from imgconv.kernels.border import BORDERS, Border
from imgconv.kernels.extent import Span
from imgconv.kernels.kernel import Kernel, Reach
from tests.support import oracle
from tests.support.oracle import Array
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

COLOUR = 0.25
# Rows that are made in each turn.
TURNS = [[1], [5, 5, 3], [4] * 8, [1, 3, 2, 3, 1], [8, 8, 8], [2, 0, 2, 1]]
REACHES = [Reach(0, 0, 0, 0), Reach(3, 1, 2, 5), Reach(0, 9, 4, 0), Reach(12, 0, 0, 1)]
# Those that read windows or rows as they come and go; strips may begin anywhere.
NAMES = ["direct", "separable", "low-rank", "running"]


def kernel_for(name: str) -> Kernel:
    random = np.random.default_rng(len(name))
    size, origin = (4, 3), (3, 0)
    if name == "running":
        return Kernel(np.full(size, 0.3), 1, 0, origin)
    if name == "separable":
        return Kernel(np.outer(random.random(4), random.random(3)), 1, 0, origin)
    return Kernel(random.random(size), 1, 0, origin)


KERNELS = {name: kernel_for(name) for name in NAMES}


def joined(reach: Reach, other: Reach) -> Reach:
    return Reach(*map(max, reach, other))


class Fed:
    """A feeding for the rows ``first`` on of a picture, as the step of a line has one."""

    def __init__(
        self,
        picture: Pixels,
        reach: Reach,
        counts: list[int],
        first: int = 0,
        border: str = "edge",
        weighting: AlphaWeighting | None = None,
    ) -> None:
        strip = max(counts)
        lead = -(-(reach.above + reach.below) // strip)
        self.bounds = np.array([first] * lead + [first + n for n in accumulate(counts, initial=0)])
        self.program = Schedule(len(self.bounds) - 1)
        self.width, self.channels = picture.width, len(picture.channels)
        colour = np.full(self.channels, COLOUR * picture.maximum, np.float32)
        columns = (-reach.left, picture.width + reach.right)
        padding = Padding(Border(border), colour, *columns)
        padded = PaddedSource(PixelSource(picture), padding, weighting)
        spans = Span(0, picture.height), Span(0, picture.width)
        is_whole = not (picture.is_float or weighting)
        step_input = StepInput(padded, reach, *spans, picture.maximum, is_whole)
        row_schedule = RowSchedule(self.program, self.bounds, 0, strip)
        self.feeding = Feeding(row_schedule, step_input)
        self._first = self.program.column(0)

    def sums(self) -> SlidingView:
        """Room for those of the largest turn, in multiples of four rows."""
        rows = -(-int(np.diff(self.bounds).max()) // 4) * 4
        room = workspace((rows, self.width * self.channels))
        return SlidingView(room, self._first, self.feeding.height)

    def run(self, *made: SlidingView) -> list[Array]:
        """What each of ``made`` holds in each turn, one turn after the other."""
        seen: list[list[Array]] = [[] for _ in made]
        for turn, count in enumerate(np.diff(self.bounds)):
            self.program.run(turn, turn + 1)
            for kept, rows in zip(seen, made, strict=True):
                first = rows.start + self.program.table[turn, rows.first]
                kept.append(rows.array[first : first + count].astype(np.float64))
        return [np.concatenate(kept) for kept in seen]


def expected(picture: Pixels, kernel: Kernel, first: int, count: int, border: str) -> Array:
    """The sums for some rows, as flat rows."""
    planes = []
    for channel in range(len(picture.channels)):
        values = picture.array[..., channel].astype(np.float64)
        constant = COLOUR * picture.maximum
        facts = (kernel.weights, 1, 0, kernel.origin, border, "same", constant)
        planes.append(oracle.correlate_quickly(values, *facts)[first : first + count])
    return np.dstack(planes).reshape(count, -1)


@pytest.mark.parametrize("dtype", MAXIMUM)
@pytest.mark.parametrize("counts", TURNS, ids=str)
@pytest.mark.parametrize("name", NAMES)
def test_every_engine_gets_its_rows_in_turns_of_any_height(
    name: str, counts: list[int], dtype: str
) -> None:
    picture, kernel = noise(40, 9, "rgb", dtype), KERNELS[name]
    for first, more in product((0, 6), REACHES):
        fed = Fed(picture, joined(kernel.reach, more), counts, first)
        sums = fed.sums()
        fed.feeding.feed(name, kernel, sums, None)
        (found,) = fed.run(sums)
        wanted = expected(picture, kernel, first, sum(counts), "edge")
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * picture.maximum)


@pytest.mark.parametrize("border", BORDERS)
def test_engines_of_one_step_do_not_disturb_each_other(border: str) -> None:
    picture = noise(19, 7, "la", "float32")
    reach = Reach(5, 6, 3, 2)
    fed = Fed(picture, reach, [4, 4, 4, 4, 3], 0, border)
    made = [fed.sums() for _ in NAMES]
    for name, sums in zip(NAMES, made, strict=True):
        fed.feeding.feed(name, KERNELS[name], sums, None)
    for name, found in zip(NAMES, fed.run(*made), strict=True):
        wanted = expected(picture, KERNELS[name], 0, 19, border)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("names", [["running"], ["direct"], ["direct", "running"], []], ids=str)
@pytest.mark.parametrize("more", REACHES, ids=str)
def test_the_centre_holds_the_rows_under_the_origin(more: Reach, names: list[str]) -> None:
    picture = noise(20, 6, "rgb")
    reach = joined(Reach(3, 0, 0, 2), more)
    fed = Fed(picture, reach, [4, 4, 4, 4, 4])
    for name in names:
        fed.feeding.feed(name, KERNELS[name], fed.sums(), None)
    window, above = fed.feeding.centre
    (found,) = fed.run(window.rows._replace(start=above))
    left = reach.left * 3
    rows = found[:, left : left + picture.width * 3]
    np.testing.assert_array_equal(rows, picture.array.reshape(20, -1))


def test_engines_that_need_neighbourhoods_share_a_window() -> None:
    fed = Fed(noise(20, 6), Reach(3, 3, 3, 3), [4] * 5)
    fed.feeding.feed("running", KERNELS["running"], fed.sums(), None)
    assert "window" not in vars(fed.feeding)
    fed.feeding.feed("direct", KERNELS["direct"], fed.sums(), None)
    window = fed.feeding.window
    fed.feeding.feed("separable", KERNELS["separable"], fed.sums(), None)
    assert fed.feeding.window is window


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_weighed_on_the_way(name: str) -> None:
    picture, kernel = noise(20, 6, "rgba"), KERNELS[name]
    weighting = AlphaWeighting(np.array([1, 1, 1, 0], np.uint8), 3, 255.0)
    fed = Fed(picture, kernel.reach, [4] * 5, weighting=weighting)
    sums = fed.sums()
    fed.feeding.feed(name, kernel, sums, None)
    (found,) = fed.run(sums)
    values = picture.array.astype(np.float64)
    values[..., :3] *= values[..., 3:] / 255
    weighed = Pixels(values.astype(np.float32), picture.channels)
    wanted = expected(weighed, kernel, 0, 20, "edge")
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)


def test_these_are_all_engines_that_take_strips_from_anywhere() -> None:
    kernel = KERNELS["direct"]
    anywhere = [n for n, e in ENGINES.items() if not isinstance(e, Engine) or e.grid(kernel) == 1]
    assert anywhere == [*NAMES, "pyramid"]
