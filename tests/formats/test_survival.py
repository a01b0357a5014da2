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


@pytest.mark.parametrize(
    ("trait", "key", "filter"),
    [
        pytest.param(trait, key, filter, id=f"{trait.name}-{key}-{filter}")
        for trait in TRAITS
        for key in trait.files
        for filter in trait.filters
    ],
)
def test_a_trait_survives_filtering(trait: Trait, key: str, filter: str, tmp_path: Path) -> None:
    assert trait.survives(key, filter, tmp_path)


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("trait", CONVERTED_TRAITS, ids=lambda trait: trait.name)
def test_a_trait_is_converted_or_its_loss_is_reported(
    trait: ConvertedTrait, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrives = trait.arrives(format, tmp_path)
    assert arrives == (trait.name not in capsys.readouterr().err)


def test_the_document_is_current(tmp_path: Path) -> None:
    """Each trait survives wherever there is a file for it, as the tests above make sure."""
    assert DOCUMENT.read_text(encoding="utf-8") == document(
        lambda trait: {key.split()[0]: True for key in trait.files}, tmp_path
    ), "run python -m checks.faithful"
