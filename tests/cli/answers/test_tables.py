from __future__ import annotations

import pytest

from imgconv.cli.answers import tables
from imgconv.cli.answers.tables import aligned, bars, beside, style


def test_cells_are_aligned_to_the_right() -> None:
    assert aligned([["1", "-20"], ["300", "4"]]) == ["  1 -20", "300   4"]


def test_blocks_beside_each_other_are_centred() -> None:
    assert beside(["a", "b", "c"], ["x"], ["12", "3"]) == ["a       12", "b   x   3", "c"]


def test_bars_are_as_long_as_their_values() -> None:
    lines = bars([("2", 1 / 36), ("7", 6 / 36), ("8", 0)], ["0.0278", "0.1667", "0"])
    assert lines == ["2 0.0278 #######", f"7 0.1667 {'#' * 40}", "8      0"]


def test_colour_is_used_on_a_terminal_unless_no_color_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert style("1", fg="blue") == "1"
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert style("1", fg="blue") != "1" and tables.visible(style("1", fg="blue")) == 1
    monkeypatch.setenv("NO_COLOR", "1")
    assert style("1", fg="blue") == "1"


def test_a_pipe_has_80_columns() -> None:
    assert tables.width() == 80
