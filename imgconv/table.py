"""The tables of a TOML file: which keys they may have, and what may stand behind each."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from imgconv.errors import KernelError
from imgconv.named_tuple import NamedTuple
from imgconv.nearest import nearest


class Kind(NamedTuple):
    """What may stand behind a key, and how that is written, where ``KEY`` stands for the key."""

    words: str
    example: str
    matches: Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    """Whether this is one of TOML's numbers; its whole numbers have 64 bits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) < 2**63
    return isinstance(value, float)


def _is_finite(value: Any) -> bool:
    return _is_number(value) and math.isfinite(value)


def _is_list(value: Any, matches: Callable[[Any], bool]) -> bool:
    return isinstance(value, list) and all(map(matches, value))


def _are_numbers(value: Any) -> bool:
    return _is_list(value, _is_number)


def _is_position(value: Any) -> bool:
    return _are_numbers(value) and [type(part) for part in value] == [int, int]


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


TEXT = Kind("a text", 'KEY = "..."', lambda value: isinstance(value, str))
SWITCH = Kind("true or false", "KEY = true", lambda value: isinstance(value, bool))
NUMBER = Kind("a number", "KEY = 1.5", _is_finite)
NUMBERS = Kind("a list of numbers", "KEY = [4, 8]", lambda value: _is_list(value, _is_finite))
ROWS = Kind(
    "a list of rows of numbers",
    "KEY = [[1, 2], [3, 4]]",
    lambda value: _is_list(value, _are_numbers),
)
POSITION = Kind("a row and a column in whole numbers", "KEY = [0, 1]", _is_position)
TABLE = Kind("a table", "[KEY]", _is_table)
TABLES = Kind(
    "a table or several",
    "[[KEY]] above its keys",
    lambda value: _is_table(value) or _is_list(value, _is_table),
)
NAMED_TABLES = Kind(
    "one table for each name",
    "[KEY.name] for each",
    lambda value: _is_table(value) and all(map(_is_table, value.values())),
)


def check_table(
    table: Mapping[str, Any], kinds: Mapping[str, Kind], needed: Iterable[str] = ()
) -> None:
    """Raise ``KernelError`` unless all keys are known, their values fit, and none is missing."""
    for key, value in table.items():
        if key not in kinds:
            near = nearest(key, kinds)
            hint = f"did you mean '{near[0]}'?" if near else f"known are {', '.join(sorted(kinds))}"
            raise KernelError(f"'{key}' means nothing here", hint)
        if not kinds[key].matches(value):
            raise KernelError(f"'{key}' is not {kinds[key].words}", _way(key, kinds[key]))
    for key in needed:
        if key not in table:
            raise KernelError(f"'{key}' is missing", _way(key, kinds[key]))


def _way(key: str, kind: Kind) -> str:
    return f"write {kind.example.replace('KEY', key)}"
