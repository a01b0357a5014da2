"""Extents: the span of the result."""

from __future__ import annotations

import pytest

from imgconv.errors import UsageError
from imgconv.kernels.border import EXTENTS, Span, span
from tests.support.oracle import positions


@pytest.mark.parametrize("length", range(1, 6))
@pytest.mark.parametrize("extent", EXTENTS)
def test_the_span_is_that_of_the_oracle(extent: str, length: int) -> None:
    for origin in range(length):
        start, size = span(extent, 6, origin, length - 1 - origin)
        assert tuple(range(start, start + size)) == positions(extent, 6, length, origin)


def test_a_kernel_as_large_as_the_picture_leaves_one_pixel() -> None:
    assert span("valid", 5, 2, 2) == Span(2, 1)


def test_a_kernel_larger_than_the_picture_leaves_nothing() -> None:
    with pytest.raises(UsageError, match="a kernel that spans 6 pixels leaves nothing"):
        span("valid", 5, 2, 3)


def test_an_unknown_extent_is_refused() -> None:
    with pytest.raises(UsageError, match="choose from same, valid, full"):
        span("inner", 5, 1, 1)
