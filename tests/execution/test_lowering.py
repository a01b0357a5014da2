"""Each engine of a step reads the rows it needs, in every iteration, beside other engines."""

from __future__ import annotations

from itertools import accumulate, product

import numpy as np
import pytest

from imgconv.engines import ENGINES
from imgconv.execution.context import StepInput
from imgconv.execution.lowering import StepWindows
from imgconv.execution.sources import PixelSource
from imgconv.execution.window import AlphaWeighting, PaddedSource, Padding, RowSchedule
from imgconv.images.pixels import MAXIMUM, Pixels
from imgconv.jit.arguments import SlidingView
from imgconv.jit.schedule import Schedule, workspace
from imgconv.kernels.border import BORDERS, Border, Span
from imgconv.kernels.kernel import Kernel, Reach
from tests.support import oracle
from tests.support.covering import covering
from tests.support.oracle import Array
from tests.support.pictures import noise

pytestmark = pytest.mark.arithmetic

COLOUR = 0.25
# The rows that each iteration makes.
COUNTS = [[1], [5, 5, 3], [4] * 8, [1, 3, 2, 3, 1], [8, 8, 8], [2, 0, 2, 1]]
REACHES = [Reach(0, 0, 0, 0), Reach(3, 1, 2, 5), Reach(0, 9, 4, 0), Reach(12, 0, 0, 1)]
# The engines but the pyramid whose strips may begin at any row.
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


class SampleStep:
    """The windows and the schedule of a step that makes rows from ``first`` on."""

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
        self.schedule = Schedule(len(self.bounds) - 1)
        self.width, self.channels = picture.width, len(picture.channels)
        colour = np.full(self.channels, COLOUR * picture.maximum, np.float32)
        columns = (-reach.left, picture.width + reach.right)
        padding = Padding(Border(border), colour, *columns)
        padded = PaddedSource(PixelSource(picture), padding, weighting)
        spans = Span(0, picture.height), Span(0, picture.width)
        is_whole = not (picture.is_float or weighting)
        step_input = StepInput(padded, reach, *spans, picture.maximum, is_whole)
        row_schedule = RowSchedule(self.schedule, self.bounds, 0, strip)
        self.windows = StepWindows(row_schedule, step_input)
        self._first = self.schedule.column(0)

    def sums(self) -> SlidingView:
        """Return memory for the sums of the largest iteration, a multiple of four rows."""
        rows = -(-int(np.diff(self.bounds).max()) // 4) * 4
        room = workspace((rows, self.width * self.channels))
        return SlidingView(room, self._first, self.windows.row_schedule.height)

    def lower(self, name: str, sums: SlidingView) -> None:
        """Add the calls by which the engine fills ``sums``."""
        ENGINES[name].lower(self.windows.lowering(), KERNELS[name], sums, None)

    def run(self, *made: SlidingView) -> list[Array]:
        """Run all iterations; return the rows that each of ``made`` held after each."""
        seen: list[list[Array]] = [[] for _ in made]
        for iteration, count in enumerate(np.diff(self.bounds)):
            self.schedule.run(iteration, iteration + 1)
            for seen_rows, rows in zip(seen, made, strict=True):
                first = rows.start + self.schedule.table[iteration, rows.first]
                seen_rows.append(rows.array[first : first + count].astype(np.float64))
        return [np.concatenate(seen_rows) for seen_rows in seen]


def expected(picture: Pixels, kernel: Kernel, first: int, count: int, border: str) -> Array:
    """The sums for some rows, as flat rows."""
    planes = []
    for channel in range(len(picture.channels)):
        values = picture.array[..., channel].astype(np.float64)
        constant = COLOUR * picture.maximum
        facts = (kernel.weights, 1, 0, kernel.origin, border, "same", constant)
        planes.append(oracle.correlate_quickly(values, *facts)[first : first + count])
    return np.dstack(planes).reshape(count, -1)


@pytest.mark.parametrize(("name", "counts", "dtype"), covering(NAMES, COUNTS, MAXIMUM))
def test_every_engine_reads_its_rows_in_iterations_of_any_height(
    name: str, counts: list[int], dtype: str
) -> None:
    picture, kernel = noise(40, 9, "rgb", dtype), KERNELS[name]
    for first, more in product((0, 6), REACHES):
        step = SampleStep(picture, joined(kernel.reach, more), counts, first)
        sums = step.sums()
        step.lower(name, sums)
        (found,) = step.run(sums)
        wanted = expected(picture, kernel, first, sum(counts), "edge")
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5 * picture.maximum)


@pytest.mark.parametrize("border", BORDERS)
def test_engines_of_one_step_do_not_disturb_each_other(border: str) -> None:
    picture = noise(19, 7, "la", "float32")
    reach = Reach(5, 6, 3, 2)
    step = SampleStep(picture, reach, [4, 4, 4, 4, 3], 0, border)
    made = [step.sums() for _ in NAMES]
    for name, sums in zip(NAMES, made, strict=True):
        step.lower(name, sums)
    for name, found in zip(NAMES, step.run(*made), strict=True):
        # Sums are divided by the weights inside only after they are made.
        around = "constant" if border == "none" else border
        wanted = expected(picture, KERNELS[name], 0, 19, around)
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("names", [["running"], ["direct"], ["direct", "running"], []], ids=str)
@pytest.mark.parametrize("more", REACHES, ids=str)
def test_a_window_holds_the_rows_under_the_origin(more: Reach, names: list[str]) -> None:
    picture = noise(20, 6, "rgb")
    reach = joined(Reach(3, 0, 0, 2), more)
    step = SampleStep(picture, reach, [4, 4, 4, 4, 4])
    for name in names:
        step.lower(name, step.sums())
    origin_rows, left = step.windows.origin_rows
    (found,) = step.run(origin_rows)
    rows = found[:, left : left + picture.width * 3]
    np.testing.assert_array_equal(rows, picture.array.reshape(20, -1))


def test_engines_that_need_neighbourhoods_share_a_window() -> None:
    step = SampleStep(noise(20, 6), Reach(3, 3, 3, 3), [4] * 5)
    step.lower("running", step.sums())
    assert "shared" not in vars(step.windows)
    step.lower("direct", step.sums())
    window = step.windows.shared
    step.lower("separable", step.sums())
    assert step.windows.shared is window


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_weighted_by_alpha_in_windows(name: str) -> None:
    picture, kernel = noise(20, 6, "rgba"), KERNELS[name]
    weighting = AlphaWeighting(np.array([1, 1, 1, 0], np.uint8), 3, 255.0)
    step = SampleStep(picture, kernel.reach, [4] * 5, weighting=weighting)
    sums = step.sums()
    step.lower(name, sums)
    (found,) = step.run(sums)
    values = picture.array.astype(np.float64)
    values[..., :3] *= values[..., 3:] / 255
    weighted = Pixels(values.astype(np.float32), picture.channels)
    wanted = expected(weighted, kernel, 0, 20, "edge")
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-3)


def test_the_other_engines_need_strips_of_their_own_height() -> None:
    anywhere = [name for name, engine in ENGINES.items() if not engine.strip_height]
    assert anywhere == [*NAMES, "pyramid"]
