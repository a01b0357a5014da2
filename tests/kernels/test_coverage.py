"""The weights inside of the picture, against sums over a grid of ones."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from imgconv.kernels import generators, library
from imgconv.kernels.border import EXTENTS, Border, spans
from imgconv.kernels.coverage import border_of, coverage, is_divided
from imgconv.kernels.kernel import Kernel
from tests.support import oracle

KERNELS = {
    "row": Kernel([[1, 2, 3]]),
    "grid": Kernel([[1, 2, 0], [0, 5, 3]], origin=(1, 0)),
    "even": Kernel.outer([1, 2, 3, 4], [1, 1], origin=(3, 1)),
    "shift": Kernel([[0, 0, 0, 0, 7]]),
    "negative": Kernel([[-1, -2], [-3, -4]]),
    "gaussian": generators.gaussian(1.2),
    "disk": generators.disk(3.3),
}
SIZES = [(1, 1), (1, 6), (2, 3), (4, 9), (12, 11)]
NONE = Border("none")


@pytest.mark.parametrize("name", KERNELS)
@pytest.mark.parametrize("extent", ["same", "full"])
def test_the_coverage_is_the_sum_of_the_weights_that_meet_pixels(name: str, extent: str) -> None:
    kernel = KERNELS[name]
    for size in SIZES:
        down, across, case = found = coverage(kernel, size, *spans(extent, size, kernel.reach))
        facts = (kernel.weights, 1, 0, kernel.origin, "constant", extent)
        wanted = oracle.correlate(np.ones(size), *facts)
        sums = down[:, None] * across[case]
        np.testing.assert_allclose(sums, wanted, rtol=1e-9, atol=1e-12)
        magnitudes = np.abs(wanted)[np.abs(wanted) > 1e-9]
        assert found.least == pytest.approx(min(magnitudes, default=np.inf))


def test_no_digits_cancel_where_only_the_tail_of_a_bell_lies_inside() -> None:
    kernel = generators.gaussian(3, cut=10)
    size = (40, 40)
    down, across, case = coverage(kernel, size, *spans("full", size, kernel.reach))
    corner = kernel.factors[0].column[-1] * kernel.factors[0].row[-1]
    assert down[0] * across[case[0], 0] == pytest.approx(corner, rel=1e-12)
    assert corner < 1e-40


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("blur", True),
        ("gaussian:2", True),
        ("1 2 3", True),
        ("-1 -2", True),
        ("sobel", False),
        ("sharpen", False),
        ("unsharp", False),
        ("0 0 0", False),
        ("identity", False),
        ("blur:0", False),
    ],
)
def test_results_are_divided_where_all_weights_have_one_sign(text: str, is_one: bool) -> None:
    (filter,) = library.find(text)
    for border, extent in product(("edge", "none", "constant"), EXTENTS):
        expected = is_one and border == "none" and extent != "valid"
        assert is_divided(filter, Border(border), extent) == expected
        around = border_of(filter, Border(border), extent)
        assert around.name == ("edge" if border == "none" and not expected else border)
