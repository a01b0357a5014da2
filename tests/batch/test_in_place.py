"""Pictures that are replaced by their results."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.support.batches import apply, contents, draw
from tests.support.command_line import Captured

pytestmark = pytest.mark.usefixtures("folder")


def filtered_once_and_twice() -> tuple[dict[str, bytes], dict[str, bytes]]:
    assert apply("photos", "once") == 0
    assert apply("once", "twice") == 0
    return contents("once"), contents("twice")


def test_in_place_each_picture_becomes_the_result_it_would_have_elsewhere() -> None:
    once, _ = filtered_once_and_twice()
    assert apply("photos", "--in-place") == 0
    assert contents("photos") == once


def test_in_place_the_format_is_that_of_the_content_whatever_the_name() -> None:
    draw("photos/a.jpg", 3)
    Path("photos/a.jpg").rename("photos/misnamed.png")
    Path("photos/a.png").rename("photos/unnamed")
    assert apply("photos/misnamed.png", "photos/unnamed", "--in-place") == 0
    for name, format in (("misnamed.png", "JPEG"), ("unnamed", "PNG")):
        with Image.open(Path("photos") / name) as image:
            assert image.format == format


def test_in_place_a_link_that_is_named_stays_one() -> None:
    Path("link.png").symlink_to("photos/a.png")
    before = Path("photos/a.png").read_bytes()
    assert apply("link.png", "--in-place") == 0
    assert Path("link.png").is_symlink()
    assert Path("photos/a.png").read_bytes() != before


def test_in_place_a_bad_file_stays_as_it_is(capfd: Captured) -> None:
    Path("photos/bad.png").write_bytes(b"no picture")
    assert apply("photos", "--in-place") == 1
    assert Path("photos/bad.png").read_bytes() == b"no picture"
    message = capfd.readouterr().err.splitlines()
    assert len(message) == 2
    assert message[0].startswith("imgconv: photos/bad.png: not a picture")
    assert message[1] == "imgconv: 3 pictures: 2 done, 1 failed"


@pytest.mark.parametrize("rule", ["--resume", "--update"])
def test_in_place_nothing_is_filtered_twice(rule: str) -> None:
    once, _ = filtered_once_and_twice()
    assert apply("photos/a.png", "--in-place", rule) == 0
    assert contents("photos") == {**contents("photos"), "a.png": once["a.png"]} != once
    for _ in range(2):
        assert apply("photos", "--in-place", rule) == 0
        assert contents("photos") == once


def test_in_place_without_resume_all_is_filtered_again() -> None:
    _, twice = filtered_once_and_twice()
    assert apply("photos", "--in-place") == 0
    assert apply("photos", "--in-place") == 0
    assert contents("photos") == twice
    assert apply("photos", "--in-place", "--resume") == 0
    assert contents("photos") == twice
