"""Options that exclude each other."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from imgconv.cli.option_groups import given_one
from imgconv.errors import UsageError


class Options(NamedTuple):
    at: float | None = None
    no_slide: bool = False


def test_an_option_of_the_value_0_is_given() -> None:
    assert given_one(Options(at=0.0), ("at", "no-slide")) == "at"
    assert given_one(Options(no_slide=True), ("at", "no-slide")) == "no-slide"
    assert given_one(Options(), ("at", "no-slide")) is None


def test_two_options_are_named_as_on_the_command_line() -> None:
    with pytest.raises(UsageError, match="--at and --no-slide exclude each other"):
        given_one(Options(0.0, True), ("at", "no-slide"))
