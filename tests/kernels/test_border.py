"""Borders and extents: as drawn, and as in the oracle, which walks pixel by pixel."""

from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.kernels.border import BORDERS, EXTENTS, OUTSIDE, Border, Span, span
from tests.support.oracle import positions, walk


@pytest.mark.parametrize("name", BORDERS)
def test_positions_are_those_of_the_drawing(name: str) -> None:
    letters = BORDERS[name].drawing.replace("|", "").split()
    found = BORDERS[name].positions(np.arange(-4, 8), 4)
    outside = "-" if name == "none" else "k"
    assert [outside if at == OUTSIDE else "abcd"[at] for at in found] == letters


@pytest.mark.parametrize("size", [1, 2, 3, 8])
@pytest.mark.parametrize("name", BORDERS)
def test_positions_far_outside_are_those_of_the_oracle(name: str, size: int) -> None:
    at = np.arange(-40, 41)
    walked = [walk(name, int(position), size) for position in at]
    expected = [OUTSIDE if found is None else found for found in walked]
    assert BORDERS[name].positions(at, size).tolist() == expected


@pytest.mark.parametrize(
    ("text", "border"),
    [
        ("edge", Border("edge")),
        ("constant", Border("constant")),
        ("constant:#ff8800", Border("constant", "#ff8800")),
        ("constant:255,0,0", Border("constant", "255,0,0")),
    ],
)
def test_a_border_is_parsed(text: str, border: Border) -> None:
    assert Border.parse(text) == border
    assert border.text == text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("edges", "choose from edge, constant"),
        ("", "no border is called ''"),
        ("wrap:red", "'wrap' takes no colour"),
    ],
)
def test_an_unknown_border_is_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Border.parse(text)


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
