"""Schedules: calls of loops in many iterations."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.jit.arguments import SlidingView
from imgconv.jit.kernel_loop import jit_loop
from imgconv.jit.loader import is_interpreted
from imgconv.jit.schedule import Schedule, whole_lines, workspace


@jit_loop
def add(rows, more, count, result):  # type: ignore[no-untyped-def]
    """result = rows + more * count."""
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            result[y, x] = rows[y, x] + more * count


@jit_loop
def first_of(flat, length, result):  # type: ignore[no-untyped-def]
    """The first value of each row of a flat array."""
    for y in range(result.shape[0]):
        result[y, 0] = flat[y * length]


@jit_loop
def add_groups(group, result):  # type: ignore[no-untyped-def]
    """``add`` with groups of arguments."""
    (rows, (more, count)), (into, scratch) = group, result
    for y in range(rows.shape[0]):
        for x in range(rows.shape[1]):
            scratch[0] = more * count
            into[y, x] = rows[y, x] + scratch[0]


@pytest.fixture(params=["0", "1"], ids=["compiled", "interpreted"], autouse=True)
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", request.param)
    is_interpreted.cache_clear()
    request.addfinalizer(is_interpreted.cache_clear)


def test_each_iteration_has_rows_of_its_own() -> None:
    rows, result = np.arange(12.0, dtype=np.float32).reshape(6, 2), np.zeros((6, 2), np.float32)
    schedule = Schedule(3)
    first, count = schedule.column([4, 0, 2]), schedule.column([2, 1, 1])
    schedule.call(
        add, SlidingView(rows, first, count), 0.5, 4, SlidingView(result, first, count), when=count
    )
    schedule.run(0, 2)
    assert result[:, 0].tolist() == [2, 0, 0, 0, 10, 12]
    schedule.run(2, 3)
    assert result[:, 0].tolist() == [2, 0, 6, 0, 10, 12]


def test_a_call_is_left_out_where_its_column_is_0() -> None:
    rows, result = np.ones((3, 1), np.uint8), np.zeros((3, 1), np.float32)
    schedule = Schedule(3)
    first, count, when = schedule.column([0, 1, 2]), schedule.column(1), schedule.column([1, 0, 1])
    schedule.call(
        add, SlidingView(rows, first, count), 0.0, 0, SlidingView(result, first, count), when=when
    )
    schedule.run(0, 3)
    assert result[:, 0].tolist() == [1, 0, 1]


def test_calls_are_made_in_the_order_in_which_they_were_added() -> None:
    rows = np.ones((1, 1), np.float32)
    schedule = Schedule(2)
    first, count = schedule.column(0), schedule.column(1)
    for more in (1.0, 10.0):
        where = SlidingView(rows, first, count)
        schedule.call(add, where, 0.0, 0, where, when=count)
        schedule.call(add, where, more, 2, where, when=count)
    schedule.run(0, 2)
    assert rows.tolist() == [[45]]


def test_a_flat_view_begins_at_any_value() -> None:
    rows, result = np.arange(20.0, dtype=np.float32).reshape(5, 4), np.zeros((5, 1), np.float32)
    schedule = Schedule(2)
    first, count = schedule.column([0, 1]), schedule.column([1, 2])
    flat = SlidingView(rows, first, count, start=1, flat=True, offset=2)
    schedule.call(first_of, flat, 4, SlidingView(result, first, count, start=2), when=count)
    schedule.run(0, 2)
    assert result[:, 0].tolist() == [0, 0, 6, 10, 14]


@pytest.mark.parametrize("shape", [(1,), (3, 16), (2, 5, 7)])
def test_a_workspace_begins_at_a_cache_line(shape: tuple[int, ...]) -> None:
    memory = workspace(shape)
    assert memory.shape == shape
    assert memory.flags.c_contiguous
    assert memory.ctypes.data % 64 == 0
    assert not memory.any()


@pytest.mark.parametrize(("length", "expected"), [(0, 0), (1, 32), (32, 32), (33, 64)])
def test_whole_lines(length: int, expected: int) -> None:
    assert whole_lines(length) == expected


@jit_loop
def count_up(rows, seen):  # type: ignore[no-untyped-def]
    """rows[y, 0] = number of rows seen."""
    for y in range(rows.shape[0]):
        seen[0] += 1
        rows[y, 0] = seen[0]


def test_a_schedule_runs_again_from_its_initial_state() -> None:
    rows = np.zeros((4, 1), np.float32)
    schedule = Schedule(2)
    first, count = schedule.column([0, 2]), schedule.column(2)
    seen = schedule.state(np.array([5.0], np.float32))
    schedule.call(count_up, SlidingView(rows, first, count), seen, when=count)
    for _ in range(2):
        schedule.run(0, 1)
        schedule.run(1, 2)
        assert rows[:, 0].tolist() == [6, 7, 8, 9]


def test_arrays_of_views_can_be_replaced() -> None:
    old, other = (np.arange(9.0, dtype=np.float32).reshape(3, 3)[:, :1] * k for k in (1, 10))
    old, other, result = old.copy(), other.copy(), np.zeros((3, 1), np.float32)
    schedule = Schedule(3)
    first, count = schedule.column([0, 1, 2]), schedule.column(1)
    rows, into = SlidingView(old, first, count), SlidingView(result, first, count)
    schedule.call(add, rows, 0.0, 0, into, when=count)
    flat = SlidingView(old, schedule.column(0), 0, start=1, flat=True)
    schedule.call(first_of, flat, 1, into, when=schedule.column([0, 0, 1]))
    schedule.run(0, 3)
    assert result[:, 0].tolist() == [0, 3, 3]
    schedule.replace((old, other))
    old[:] = -1
    schedule.run(0, 3)
    assert result[:, 0].tolist() == [0, 30, 30]
    there = np.zeros_like(result)
    schedule.replace((result, there), (other, old + 1))
    schedule.run(0, 3)
    assert there[:, 0].tolist() == [0, 0, 0]


def test_whole_arrays_can_be_replaced() -> None:
    rows, result = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    schedule = Schedule(1)
    first, count = schedule.column(0), schedule.column(1)
    schedule.call(add, rows, 0.0, 0, SlidingView(result, first, count), when=count)
    schedule.run(0, 1)
    schedule.replace((rows, np.full((1, 1), 7, np.float32)))
    schedule.run(0, 1)
    assert result[0, 0] == 7


def test_calls_take_sliding_views_and_arrays_in_groups_which_can_be_replaced() -> None:
    rows, result = np.arange(12.0, dtype=np.float32).reshape(6, 2), np.zeros((6, 2), np.float32)
    scratch, other, replacing = (np.zeros(length, np.float32) for length in (1, 1, 12))
    schedule = Schedule(3)
    first, count = schedule.column([4, 0, 2]), schedule.column([2, 1, 1])
    view, into = SlidingView(rows, first, count), SlidingView(result, first, count)
    schedule.call(add_groups, (view, (0.5, 4)), (into, scratch), when=count)
    flat = SlidingView(rows, first, count, flat=True)
    schedule.call(first_of, flat, 2, into, when=schedule.column([0, 0, 1]))
    schedule.run(0, 2)
    assert result[:, 0].tolist() == [2, 0, 0, 0, 10, 12]
    assert scratch[0] == 2
    schedule.replace((rows, 10 * rows), (result, replacing.reshape(6, 2)), (scratch, other))
    scratch[:] = -1
    schedule.run(0, 3)
    assert replacing[::2].tolist() == [2, 0, 40, 0, 82, 102]
    assert result[:, 0].tolist() == [2, 0, 0, 0, 10, 12]
    assert (scratch[0], other[0]) == (-1, 2)
