"""Parts of loops: what a loop is made of decides what its machine code is kept under."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imgconv.jit import functions
from imgconv.jit.functions import fingerprint, jit_inline, jit_noinline, length, parts_of

LOOP = "def loop(values):\n    'What it says.'\n    values[0] = part(values[1]) + FACTOR * 3\n"
PART = "def part(value):\n    return value + 1\n"


@pytest.fixture(autouse=True)
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks of this test alone."""
    monkeypatch.setattr(functions, "ALL", set(functions.ALL))
    monkeypatch.setattr(functions, "SEPARATE", set(functions.SEPARATE))


def made(
    loop: str = LOOP,
    part: str = PART,
    factor: object = 2,
    mark: Callable[[Any], Any] = jit_inline,
) -> Any:
    scope: dict[str, Any] = {"FACTOR": factor}
    exec(part, scope)
    mark(scope["part"])
    exec(loop, scope)
    return scope["loop"]


def test_the_same_text_has_the_same_fingerprint() -> None:
    assert repr(fingerprint(made())) == repr(fingerprint(made()))


def test_what_a_loop_says_of_itself_makes_no_difference() -> None:
    other = made(LOOP.replace("What it says.", "Something else."))
    assert repr(fingerprint(other)) == repr(fingerprint(made()))


@pytest.mark.parametrize(
    "change",
    [
        {"loop": LOOP.replace("values[1]", "values[2]")},
        {"part": PART.replace("+", "-")},
        {"part": PART.replace("1", "2")},
        {"factor": 4},
        {"mark": jit_noinline},
    ],
)
def test_whatever_changes_machine_code_changes_the_fingerprint(change: dict[str, Any]) -> None:
    assert repr(fingerprint(made(**change))) != repr(fingerprint(made()))


def test_a_loop_names_its_parts_and_is_as_long_as_they_are_together() -> None:
    loop = made()
    (part,) = parts_of(loop)
    assert part.__name__ == "part"
    assert length(loop) == len(loop.__code__.co_code) + len(part.__code__.co_code)
    assert parts_of(made(mark=lambda function: function)) == []
