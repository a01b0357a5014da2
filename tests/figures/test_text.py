from __future__ import annotations

import pytest

pytest.importorskip("matplotlib")

from imgconv.figures.text import fitting_size, shortened, text_width

LINE = "(115 + 2·130 + 139 + 2·112 + 4·121 + 2·127) / 16 = 121.5625, rounded 122"


@pytest.mark.parametrize("text", [LINE, "123", ".0000", "W"])
def test_a_text_of_the_fitting_size_is_no_wider_than_its_room(text: str) -> None:
    for share in (0.3, 0.5, 0.8, 0.97, 0.99):
        width = share * text_width(text, 14)
        size = fitting_size(text, width, 14)
        assert text_width(text, size) <= width and size > 0.9 * share * 14 - 1


def test_a_text_that_fits_keeps_its_size() -> None:
    assert fitting_size("123", 500, 9.5) == 9.5


def test_a_shortened_text_keeps_its_beginning_and_its_end() -> None:
    short = shortened(LINE, 200, 10)
    assert text_width(short, 10) <= 200
    begin, end = short.split("…")
    assert LINE.startswith(begin) and LINE.endswith(end) and len(begin) > 8 < len(end)


@pytest.mark.parametrize("text", [LINE, "a title " * 30, "W" * 40, "123"])
def test_no_longer_text_would_fit(text: str) -> None:
    for width in range(120, 400, 35):
        short = shortened(text, width, 10)
        if short != text:
            begin, end = short.split("…")
            longer = f"{text[: len(begin) + 1]}…{end}", f"{begin}…{text[-len(end) - 1 :]}"
            assert max(text_width(each, 10) for each in longer) > width


def test_of_a_text_eight_characters_are_kept_where_there_is_no_room() -> None:
    assert shortened(LINE, 1, 10) == "(115…122"
    assert shortened("12345678", 1, 10) == "12345678"
