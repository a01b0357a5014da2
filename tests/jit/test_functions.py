"""Functions that loops call, and fingerprints: the cache key depends on all of a loop's code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from imgconv.jit import functions
from imgconv.jit.functions import code_length, fingerprint, jit_inline, jit_noinline

LOOP = "def loop(values):\n    'A docstring.'\n    values[0] = callee(values[1]) + FACTOR * 3\n"
CALLEE = "def callee(value):\n    return value + 1\n"


@pytest.fixture(autouse=True)
def marks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps the marks of these tests apart."""
    monkeypatch.setattr(functions, "CALLEES", set(functions.CALLEES))
    monkeypatch.setattr(functions, "NOT_INLINED", set(functions.NOT_INLINED))


def made(
    loop: str = LOOP,
    callee: str = CALLEE,
    factor: object = 2,
    mark: Callable[[Any], Any] = jit_inline,
) -> Any:
    scope: dict[str, Any] = {"FACTOR": factor}
    exec(callee, scope)
    mark(scope["callee"])
    exec(loop, scope)
    return scope["loop"]


def test_the_same_text_has_the_same_fingerprint() -> None:
    assert repr(fingerprint(made())) == repr(fingerprint(made()))


def test_docstrings_do_not_change_the_fingerprint() -> None:
    other = made(LOOP.replace("A docstring.", "Another docstring."))
    assert repr(fingerprint(other)) == repr(fingerprint(made()))


@pytest.mark.parametrize(
    "change",
    [
        {"loop": LOOP.replace("values[1]", "values[2]")},
        {"callee": CALLEE.replace("+", "-")},
        {"callee": CALLEE.replace("1", "2")},
        {"factor": 4},
        {"mark": jit_noinline},
    ],
)
def test_code_callees_and_constants_change_the_fingerprint(change: dict[str, Any]) -> None:
    assert repr(fingerprint(made(**change))) != repr(fingerprint(made()))


def test_the_code_of_callees_counts_for_the_length_of_a_loop() -> None:
    loop, callee = made(), made().__globals__["callee"]
    alone = len(loop.__code__.co_code)
    assert code_length(loop) == alone + len(callee.__code__.co_code)
    assert code_length(made(mark=lambda function: function)) == alone
