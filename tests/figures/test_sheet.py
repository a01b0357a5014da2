from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import LimitError
from imgconv.figures import sheet
from imgconv.figures.sheet import Scale, Tile, draw_sheet

KERNEL = np.array([[-1.0, 0, 1]])


def tiles(count: int, height: int, width: int) -> list[Tile]:
    rng = np.random.default_rng(0)
    return [
        Tile(rng.normal(size=(height, width)).astype(np.float32), (f"{n}", "-1 to 1"), [])
        for n in range(1, count + 1)
    ]


def test_zero_is_middle_grey_where_values_are_negative() -> None:
    values = np.array([[-2, -1, 0, 1]], np.float32)
    assert Scale.of(values).levels(values).tolist() == [[0, 64, 128, 191]]


def test_zero_is_black_where_no_value_is_negative() -> None:
    values = np.array([[0, 1, 4]], np.float32)
    assert Scale.of(values).levels(values).tolist() == [[0, 64, 255]]


def test_values_that_are_not_finite_do_not_count() -> None:
    values = np.array([[np.nan, np.inf, -np.inf, 0, 2]], np.float32)
    assert Scale.of(values).levels(values).tolist() == [[0, 255, 0, 0, 255]]
    flat = np.zeros((2, 2), np.float32)
    assert Scale.of(flat).levels(flat).tolist() == [[0, 0], [0, 0]]


def test_a_small_map_is_magnified_by_a_whole_number() -> None:
    values = np.arange(12, dtype=np.float32).reshape(3, 4)
    drawn = draw_sheet([Tile(values, ("1", "0 to 11"), [])], "a title")
    expected = Scale.of(values).levels(values).repeat(33, axis=0).repeat(33, axis=1)
    top = next(
        row for row in range(len(drawn) - 99) if (drawn[row, 10:142, 0] == expected[0]).all()
    )
    np.testing.assert_array_equal(drawn[top : top + 99, 10:142, 1], expected)


def test_kernels_stand_in_the_corner_in_signed_colours() -> None:
    values = np.zeros((200, 200), np.float32)
    drawn = draw_sheet([Tile(values, ("1", "0 to 0"), [KERNEL])], "a title")
    colours = {tuple(colour) for colour in drawn.reshape(-1, 3).tolist()}
    assert {(0x2F, 0x5F, 0xB3), (0xE6, 0x61, 0x01), (0, 0, 0), (255, 255, 255)} <= colours


@pytest.mark.parametrize("title", ["few words", "many words " * 30, "x" * 300, ""])
@pytest.mark.parametrize("size", [(1, 1), (3, 400), (400, 3), (1000, 1000)])
def test_no_text_reaches_the_edge(title: str, size: tuple[int, int]) -> None:
    """Whatever the title and the shape of maps: a margin of the sheet stays white."""
    drawn = draw_sheet(tiles(3, *size), title, columns=1)
    for margin in (drawn[:, :9], drawn[:, -9:], drawn[:9]):
        assert (margin == 255).all()


def test_a_sheet_of_many_maps_is_no_wider_than_a_page() -> None:
    wide, few = (draw_sheet(tiles(count, 285, 436), "a title").shape[1] for count in (32, 9))
    assert wide <= 1280 and few == 3 * (360 + 10) + 10


def test_a_row_has_whole_groups_of_tiles() -> None:
    widths = {
        draw_sheet(tiles(12, 132, 132), "", columns=columns, group=3).shape[1]
        for columns in (None, 3, 6)
    }
    assert len(widths) == 2


def test_a_sheet_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "_MOST_PIXELS", 10_000)
    with pytest.raises(LimitError, match="is too large"):
        draw_sheet(tiles(9, 100, 100), "a title")
