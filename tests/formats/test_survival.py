"""Traits of a file survive filtering, and docs/faithful.md says so."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from checks.faithful import DOCUMENT
from tests.support.survival import SUFFIXES, Trait
from tests.support.survival_document import CONVERTED_TRAITS, TRAITS, ConvertedTrait, document


def trait_cases() -> Iterator[Any]:
    """Yield each trait and file with filters, in place and not; only one of them is not slow.

    It is another one for each file.
    """
    for at, trait in enumerate(TRAITS):
        for turn, key in enumerate(trait.files, at):
            ways = [*product(trait.filters, [False, True])]
            for way, (filter, in_place) in enumerate(ways):
                name = f"{trait.name}-{key}-{filter}-{'in-place' if in_place else 'other'}"
                marks = [pytest.mark.slow] if way != turn % len(ways) else []
                yield pytest.param(trait, key, filter, in_place, id=name, marks=marks)


@pytest.mark.parametrize(("trait", "key", "filter", "in_place"), [*trait_cases()])
def test_a_trait_is_kept_or_its_loss_is_reported(
    trait: Trait, key: str, filter: str, in_place: bool, tmp_path: Path
) -> None:
    assert trait.outcome(key, filter, tmp_path, in_place) in trait.expected(key, in_place)


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("trait", CONVERTED_TRAITS, ids=lambda trait: trait.name)
def test_a_trait_is_converted_or_its_loss_is_reported(
    trait: ConvertedTrait, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrives = trait.arrives(format, tmp_path)
    assert arrives == (trait.name not in capsys.readouterr().err)


def test_the_document_is_current(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document(tmp_path), "run python -m checks.faithful"
