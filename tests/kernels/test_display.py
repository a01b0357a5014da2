"""How a kernel is shown: its text names the call that makes it, its table marks the origin."""

from __future__ import annotations

from html.parser import HTMLParser

import numpy as np
import pytest

from imgconv.kernels.display import LARGEST_TABLE, LARGEST_TEXT, table, text
from imgconv.kernels.generators import gaussian
from imgconv.kernels.kernel import Kernel
from tests.support.pictures import BLUR, SHARPEN, SOBEL_X


@pytest.mark.parametrize(
    "kernel",
    [
        *(BLUR, SHARPEN, SOBEL_X, SOBEL_X.flip(), Kernel([[0.5]])),
        Kernel([[1, 2, 1]], 4, 128),
        Kernel([[1, 2]], -2.5, -1.5, (0, 0)),
        Kernel(np.arange(LARGEST_TEXT**2).reshape(LARGEST_TEXT, -1)),
    ],
)
def test_the_text_of_a_small_kernel_makes_it_again(kernel: Kernel) -> None:
    assert eval(repr(kernel), {"Kernel": Kernel}) == kernel


def test_the_text_has_a_line_for_each_row() -> None:
    assert text(SHARPEN) == "Kernel([[ 0, -1,  0],\n        [-1,  5, -1],\n        [ 0, -1,  0]])"
    assert text(Kernel([[1, 2, 1]], 4, 128)) == "Kernel([[1, 2, 1]], scale=4, offset=128)"


def test_the_text_of_a_large_kernel_shows_its_size_and_its_middle() -> None:
    weights = np.arange(13 * 15).reshape(13, 15)
    lines = text(Kernel(weights, 2)).splitlines()
    assert lines[0] == "Kernel(15x13, middle=[[ 65,  66,  67,  68,  69],"
    assert lines[-1].strip() == "[125, 126, 127, 128, 129]], scale=2)"
    assert len(lines) == 5 and max(map(len, text(gaussian(20)).splitlines())) < 100


class Table(HTMLParser):
    """The cells of a table, those of which that are outlined, and its caption."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.outlined: list[tuple[int, int]] = []
        self.caption = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        if tag == "td" and "outline" in (dict(attrs)["style"] or ""):
            self.outlined.append((len(self.rows) - 1, len(self.rows[-1])))

    def handle_data(self, data: str) -> None:
        if self.rows:
            self.rows[-1].append(data)
        else:
            self.caption = data


def test_the_table_shows_the_weights_and_outlines_the_origin() -> None:
    shown = Table(Kernel([[1, -2.5], [0, 4]], 16, 8, (0, 1))._repr_html_())
    assert shown.rows == [["1", "-2.5"], ["0", "4"]]
    assert shown.outlined == [(0, 1)]
    assert shown.caption == "Kernel 2x2, sum 2.5, scale=16, offset=8, origin=(0, 1)"


def test_the_table_of_a_large_kernel_shows_its_middle() -> None:
    kernel = gaussian(5)
    shown = Table(table(kernel))
    assert [len(row) for row in shown.rows] == [LARGEST_TABLE] * LARGEST_TABLE
    assert shown.outlined == [(LARGEST_TABLE // 2, LARGEST_TABLE // 2)]
    assert shown.rows[7][7] == f"{kernel.weights[20, 20]:.4g}"
    assert "41x41, of which this is the middle" in shown.caption


def test_a_table_of_zeros_has_no_colour() -> None:
    assert "0.00)" in table(Kernel([[0, 0]])) and "nan" not in table(Kernel([[0, 0]]))
