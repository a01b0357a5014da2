"""What people put into a file is in what a filter makes of it, and the document says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from checks.faithful import PLACE
from tests.support.survival import CARRIED, SUFFIXES, THINGS, Carried, Thing, document


@pytest.mark.parametrize(
    ("thing", "key", "filter"),
    [
        pytest.param(thing, key, filter, id=f"{thing.name}-{key}-{filter}")
        for thing in THINGS
        for key in thing.files
        for filter in thing.filters
    ],
)
def test_it_survives(thing: Thing, key: str, filter: str, tmp_path: Path) -> None:
    assert thing.survives(key, filter, tmp_path)


@pytest.mark.parametrize("format", SUFFIXES)
@pytest.mark.parametrize("thing", CARRIED, ids=lambda thing: thing.name)
def test_it_arrives_in_another_format_or_a_person_is_told(
    thing: Carried, format: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arrives = thing.arrives(format, tmp_path)
    assert arrives == (thing.name not in capsys.readouterr().err)


def test_the_document_is_current(tmp_path: Path) -> None:
    """Each thing survives wherever there is a file for it, as the tests above make sure."""
    assert PLACE.read_text(encoding="utf-8") == document(
        lambda thing: {key.split()[0]: True for key in thing.files}, tmp_path
    ), "run python -m checks.faithful"
