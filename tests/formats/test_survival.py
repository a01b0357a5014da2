"""Traits of a file survive filtering, and docs/faithful.md says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.faithful import DOCUMENT
from tests.support.survival import (
    CONVERTED_TRAITS,
    SUFFIXES,
    TRAITS,
    ConvertedTrait,
    Trait,
    document,
)


@pytest.mark.parametrize("in_place", [False, True], ids=["other", "in-place"])
@pytest.mark.parametrize(
    ("trait", "key", "filter"),
    [
        pytest.param(trait, key, filter, id=f"{trait.name}-{key}-{filter}")
        for trait in TRAITS
        for key in trait.files
        for filter in trait.filters
    ],
)
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
