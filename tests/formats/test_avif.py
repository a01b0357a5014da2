"""AVIF: items and boxes beside the picture that cannot go along."""

from __future__ import annotations

from pathlib import Path

import pytest

from imgconv.cli.run import run
from tests.support.containers import jp2_box
from tests.support.specimens import sample, saved


def test_boxes_beside_the_picture_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.avif"
    source.write_bytes(saved(sample(), "AVIF") + jp2_box(b"uuid", bytes(16) + b"somebody's"))
    assert run(["apply", "identity", str(source), str(tmp_path / "out.avif")]) == 0
    assert "its box uuid cannot be carried along: left out" in capsys.readouterr().err


def test_a_gain_map_is_not_lost_in_place_without_consent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "in.avif"
    item = jp2_box(b"free", jp2_box(b"infe", b"\2\0\0\0\0\2\0\0tmap\0"))
    source.write_bytes(plain := saved(sample(), "AVIF") + item)
    assert run(["apply", "identity", str(source), "--in-place"]) == 1
    assert "gain map" in capsys.readouterr().err
    assert source.read_bytes() == plain
