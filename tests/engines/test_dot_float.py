"""Weighted sums of slices: what they add, and in which order."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from imgconv.engines.dot_float import BLOCK, add_down, sum_along
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.loader import is_interpreted

pytestmark = pytest.mark.arithmetic

Floats = NDArray[np.float32]


@jit_loop
def down(out, block, rows, taps):  # type: ignore[no-untyped-def]
    """Four rows at once."""
    add_down(out, block, rows, taps)


@jit_loop
def along(out, memory, step, weights, begun):  # type: ignore[no-untyped-def]
    """One row."""
    sum_along(out, memory, step, weights, begun)


@pytest.fixture(params=["0", "1"], ids=["compiled", "interpreted"], autouse=True)
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", request.param)
    is_interpreted.cache_clear()
    request.addfinalizer(is_interpreted.cache_clear)


def floats(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


LENGTH, WIDTH = 31, 24


@pytest.mark.parametrize("taps", range(10))
def test_four_rows_get_every_tap_and_nothing_beside_them_changes(taps: int) -> None:
    memory, weights = floats(taps, 16 * LENGTH), floats(99, 12)
    for at, first, n in product((0, 5), (0, 2), (0, 1, 17)):
        out = floats(7, 6, WIDTH)
        expected = out.astype(np.float64)
        for y, j in product(range(4), range(taps)):
            start = at + (y + j) * LENGTH
            expected[1 + y, 3 : 3 + n] += float(weights[first + j]) * memory[start : start + n]
        down(out, (1, 3, n), (memory, at, LENGTH), (weights, first, taps))
        np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)
        beside = np.ones((6, WIDTH), bool)
        beside[1:5, 3 : 3 + n] = False
        np.testing.assert_array_equal(out[beside], floats(7, 6, WIDTH)[beside])


@pytest.mark.parametrize("taps", range(10))
def test_one_row_gets_every_tap(taps: int) -> None:
    memory, weights = floats(taps, 16 * LENGTH), floats(98, taps)
    for begun, step, n in product((0, 1), (1, 3, LENGTH), (0, 1, 17)):
        out = floats(6, n)
        places = step * np.arange(taps)[:, None] + np.arange(n)
        expected = begun * out + weights.astype(np.float64) @ memory[places]
        along(out, memory, step, weights, begun)
        np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("taps", range(1, 10))
def test_a_value_does_not_depend_on_its_neighbours(taps: int) -> None:
    """Four rows at once and one by one, whole rows and parts of them: the same bits."""
    n = LENGTH - 2
    memory, weights = floats(taps, 16 * LENGTH), floats(97, taps)
    together = np.zeros((4, n), np.float32)
    down(together, (0, 0, n), (memory, 0, LENGTH), (weights, 0, taps))
    for y, (start, end) in product(range(4), [(0, n), (0, 1), (5, 14), (n - 3, n)]):
        alone = np.zeros(end - start, np.float32)
        along(alone, memory[y * LENGTH + start :], LENGTH, weights, 0)
        np.testing.assert_array_equal(alone, together[y, start:end])


def added_in_order(weights: Floats, values: Floats) -> np.float64:
    """Return the sum tap after tap, each product fused into it: rounded to float32 once a tap."""
    total = np.float64(0)
    for weight, value in zip(weights, values, strict=True):
        total = np.float64(np.float32(total + np.float64(weight) * np.float64(value)))
    return total


@pytest.mark.parametrize("is_down", [False, True])
def test_taps_are_added_from_the_first_to_the_last(is_down: bool) -> None:
    # In any other order the small ones would be lost beside the large one, or the large ones would
    # not cancel.
    weights = np.ones(8, np.float32)
    column = np.array([1, 2**25, 1, -(2**25), 1, 2**25, -(2**25), 1], np.float32)
    memory = np.repeat(np.pad(column, (0, 8)), 20).astype(np.float32)
    out = np.zeros((4, 20), np.float32)
    if is_down:
        down(out, (0, 0, 20), (memory, 0, 20), (weights, 0, 8))
    else:
        along(out[0], memory, 20, weights, 0)
    assert (out[0] == added_in_order(weights, column)).all()
    assert out[0, 0] != column.sum(dtype=np.float64)


def test_memory_after_the_last_tap_is_not_read() -> None:
    for taps in range(1, 10):
        memory = np.full(20 * LENGTH, np.nan, np.float32)
        used = memory.reshape(20, LENGTH)
        used[: 4 + taps - 1, :20] = 1
        weights, out = np.ones(taps, np.float32), np.zeros((4, 20), np.float32)
        down(out, (0, 0, 20), (memory, 0, LENGTH), (weights, 0, taps))
        assert (out == taps).all()
        along(out[0], memory, LENGTH, weights, 1)
        assert (out[0] == 2 * taps).all()


def test_four_blocks_of_sums_fit_the_first_level_cache() -> None:
    assert 4 * BLOCK * 4 <= 16 * 1024
