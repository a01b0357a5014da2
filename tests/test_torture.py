"""The checks of the torture list pass and fail where they should."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from checks.expectations import BOX, CHECKS
from checks.torture import ROWS, Row, evaluate


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    values = np.random.default_rng(3).integers(0, 256, (12, 17, 4), np.uint8)
    Image.fromarray(values).save(tmp_path / "good.png")
    Image.fromarray(values[..., 0]).save(tmp_path / "grey.png")
    whole = (tmp_path / "good.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(whole[: len(whole) // 2])
    frames = [Image.fromarray(values[..., :3] // (1 + number)) for number in range(3)]
    frames[0].save(tmp_path / "film.png", save_all=True, append_images=frames[1:], duration=90)
    return tmp_path


def test_checks_that_hold_pass(folder: Path) -> None:
    rows = [
        Row("cut.png", "refused"),
        Row("good.png", "averaged", BOX, ("--normalize", "sum")),
        Row("grey.png", "grey_of_8_bits"),
        Row("film.png", "frames_kept", "identity"),
    ]
    for row in rows:
        holds, found = evaluate(row, folder)
        assert holds, f"{row}: {found}"


def test_checks_that_do_not_hold_fail(folder: Path) -> None:
    rows = [
        Row("good.png", "refused"),
        Row("good.png", "averaged", "identity"),
        Row("good.png", "grey_of_8_bits"),
        Row("grey.png", "sixteen_bits"),
        Row("film.png", "frames_kept", "blur"),
        Row("cut.png", "filtered"),
        Row("missing.png", "refused"),
    ]
    for row in rows:
        assert not evaluate(row, folder)[0], row


def test_every_row_names_a_check() -> None:
    assert {row.expected for row in ROWS} == CHECKS.keys()
