from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from imgconv.errors import LimitError, UsageError
from imgconv.kernels.border import BORDERS, EXTENTS, Border
from imgconv.kernels.library import find
from imgconv.planning.settings import Settings
from imgconv.study.chain import Chain
from imgconv.study.matrix import Matrix, counting_pixels, difference, weight_matrix
from tests.support.covering import covering
from tests.support.oracle import correlate
from tests.support.pictures import noise


def chain(
    filter: str, width: int, height: int, border: str = "edge", extent: str = "valid"
) -> Chain:
    settings = Settings(Border.parse(border), extent)
    return Chain(counting_pixels(width, height), find(filter), settings)


def matrix(filter: str, width: int, height: int) -> Matrix:
    return weight_matrix(chain(filter, width, height))


def test_two_weights_on_five_by_five_pixels() -> None:
    made = matrix("1 0; 0 -1", 5, 5)
    assert (made.shape, made.nonzero) == ((16, 25), 32)
    assert difference(made, chain("1 0; 0 -1", 5, 5)) == 0


def test_a_row_of_two_weights_stands_one_column_further_in_each_row() -> None:
    expected = [[2, 3, 0, 0, 0], [0, 2, 3, 0, 0], [0, 0, 2, 3, 0], [0, 0, 0, 2, 3]]
    np.testing.assert_array_equal(matrix("2 3", 5, 1).dense(), expected)
    values = np.array([3.0, 1, 4, 1, 5])
    convolved = np.convolve(values, [3, 2], "valid")
    np.testing.assert_array_equal(matrix("2 3", 5, 1).times(values), convolved)


@pytest.mark.parametrize(
    ("filter", "extent", "border"),
    covering(
        ["1 2 3; 4 5 6; 7 8 9", "1 2 3 4", "sharpen", "blur:3", "-2"],
        EXTENTS,
        [*BORDERS, "constant:200"],
    ),
)
def test_the_matrix_computes_the_filter(filter: str, extent: str, border: str) -> None:
    given = chain(filter, 9, 8, border, extent)
    made = weight_matrix(given)
    step = given.steps[0]
    (kernel,) = step.filter.kernels
    picture = given.pixels.array[..., 0].astype(np.float64)
    how = (kernel.weights, kernel.scale, kernel.offset, kernel.origin)
    expected = correlate(picture, *how, step.border.name, extent, 200.0 if ":" in border else 0.0)
    assert made.shape == (expected.size, picture.size)
    products = made.dense() @ picture.ravel() + made.constant
    np.testing.assert_allclose(products, expected.ravel(), rtol=0, atol=1e-10)
    np.testing.assert_allclose(made.times(picture.ravel()), products - made.constant, atol=1e-10)
    assert difference(made, given) < 1e-10


def test_the_sparse_form_is_that_of_scipy() -> None:
    made = weight_matrix(chain("sharpen", 6, 5, "wrap", "same"))
    fields = made.csr()
    sparse = csr_matrix((fields["data"], fields["indices"], fields["indptr"]), made.shape)
    assert sparse.nnz == made.nonzero == np.count_nonzero(made.dense())
    np.testing.assert_array_equal(sparse.toarray(), made.dense())


def test_every_channel_has_the_same_matrix() -> None:
    given = Chain(noise(9, 11, "rgb"), find("emboss"), Settings(extent="valid"))
    assert difference(weight_matrix(given), given) == 0


@pytest.mark.parametrize("filter", ["sobel", "blur,blur", "unsharp"])
def test_only_one_kernel_has_one_matrix(filter: str) -> None:
    with pytest.raises(UsageError, match="not one kernel"):
        matrix(filter, 40, 40)


def test_too_many_weights_are_refused() -> None:
    with pytest.raises(LimitError, match="weights is too large"):
        matrix("blur:9", 1000, 1000)
