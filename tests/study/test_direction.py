from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from imgconv.study.direction import directions

ANGLES = [0, 17, 37, 45, 90, 128.5, 179]


def apart(one: float, other: float) -> float:
    return abs((one - other + 90) % 180 - 90)


def waves(
    degrees: float, period: float = 9, size: tuple[int, int] = (300, 400)
) -> NDArray[np.float64]:
    """Return stripes that run in a direction, counter-clockwise from the right."""
    y, x = np.mgrid[: size[0], : size[1]]
    turn = np.radians(degrees)
    across = x * np.sin(turn) + y * np.cos(turn)
    levels: NDArray[np.float64] = np.rint(128 + 100 * np.sin(2 * np.pi * across / period))
    return levels


@pytest.mark.parametrize("size", [(300, 400), (400, 300), (256, 256)])
@pytest.mark.parametrize("degrees", ANGLES)
def test_the_direction_and_distance_of_stripes(degrees: float, size: tuple[int, int]) -> None:
    found = directions(waves(degrees, size=size), 255)
    (first,) = found.found
    assert apart(first.degrees, degrees) < 0.005 and 0 <= first.degrees < 180
    assert apart(first.change, degrees + 90) < 0.005
    assert first.period == pytest.approx(9, abs=0.02)
    assert first.share > 0.99 and found.coherence > 0.99 and first.stands_out


@pytest.mark.parametrize("degrees", ANGLES)
def test_noise_hardly_turns_stripes(degrees: float) -> None:
    noise = np.random.default_rng(3).normal(0, 40, (300, 400))
    assert apart(directions(waves(degrees) + noise, 255).found[0].degrees, degrees) < 0.13


@pytest.mark.parametrize("degrees", [37, -12])
def test_lines_of_text_have_the_direction_in_which_they_are_read(degrees: float) -> None:
    page = Image.new("L", (900, 700), 255)
    draw = ImageDraw.Draw(page)
    for line in range(0, 700, 20):
        draw.text((0, line), "the quick brown fox jumps over a lazy dog; " * 5, fill=0)
    turned = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=255).crop(
        (250, 200, 650, 500)
    )
    first = directions(np.asarray(turned, np.float64), 255).found[0]
    assert apart(first.degrees, degrees) < 0.5 and first.stands_out
    assert first.period == pytest.approx(20, abs=0.5)


def test_a_grid_has_two_directions() -> None:
    found = directions(waves(20) + 0.9 * waves(75), 255).found
    assert [round(each.degrees, 1) for each in found] == [20, 75]


def test_noise_has_no_direction() -> None:
    found = directions(np.random.default_rng(1).random((200, 300)) * 255, 255)
    assert not any(each.stands_out for each in found.found) and found.coherence < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (5, 5), (40, 40)])
def test_a_flat_or_tiny_picture_has_none(size: tuple[int, int]) -> None:
    assert directions(np.full(size, 77.0), 255).found == []
