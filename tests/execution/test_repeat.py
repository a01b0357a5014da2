"""Filters that are repeated, compared with plain loops and with the chain in float64."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imgconv.execution.repeat import State, repeated
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.planning.settings import make_settings
from imgconv.study.chain import Chain
from tests.support.pictures import ramp

CAMERA = Pixels(np.asarray(Image.open("sample_images/camera.png").convert("L"))[..., None], ("l",))


def states(pixels: Pixels, text: str, times: int, every: int | None = None) -> list[State]:
    settings = make_settings(border="reflect")
    return [*repeated(pixels, library.find(text), settings, times, every, lambda done, total: None)]


def impulse(size: int) -> Pixels:
    array = np.zeros((size, size, 1), np.float32)
    array[size // 2, size // 2] = 1
    return Pixels(array, ("l",))


def test_an_impulse_spreads_as_the_formula_says() -> None:
    (state,) = states(impulse(41), "heat-step:.25", 2)
    found = state.filtered.pixels.array[..., 0]
    assert (found[20, 20], found[20, 22], found[21, 21]) == (0.25, 0.0625, 0.125)
    (state,) = states(impulse(41), "heat-step:.05", 20)
    assert float(state.filtered.pixels.array[20, 20, 0]) == pytest.approx(0.08887956, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "times", "expected"), [("heat:1", 1, 121.570715), ("heat-step:.2", 5, 122.976320)]
)
def test_heat_in_a_float_picture_is_neither_rounded_nor_lost(
    text: str, times: int, expected: float
) -> None:
    pixels = Pixels(ramp().astype(np.float32)[..., None], ("l",))
    (state,) = states(pixels, text, times)
    found = state.filtered.pixels.array
    assert float(found[4, 5, 0]) == pytest.approx(expected, abs=2e-5)  # float32
    assert float(found.sum(dtype=np.float64)) == pytest.approx(24176, abs=1e-2)
    chain = Chain(pixels, library.find(text) * times, make_settings(border="reflect"))
    exact = chain.steps[-1].values(np.arange(12), np.arange(16))
    assert float(exact[4, 5, 0]) == pytest.approx(expected, abs=1e-6)
    assert float(exact.sum()) == pytest.approx(24176, abs=1e-6)


def test_an_unstable_rate_grows() -> None:
    (state,) = states(impulse(121), "heat-step:.3", 50)
    largest = float(np.abs(state.filtered.pixels.array).max())
    assert largest == pytest.approx(149_146, rel=1e-4)


def test_repetition_keeps_the_sum_and_rounds_once() -> None:
    (state,) = states(CAMERA, "heat-step", 10)
    found = state.filtered.pixels.array
    assert found.dtype == np.uint8
    chain = Chain(CAMERA, library.find("heat-step") * 10, make_settings(border="reflect"))
    exact = chain.steps[-1].values(np.arange(512), np.arange(512))
    assert round(float(exact.sum())) == 33832495
    assert float(CAMERA.array.std()) == pytest.approx(73.6448, abs=1e-4)
    assert float(exact.std()) == pytest.approx(71.3736, abs=1e-4)
    assert np.abs(found - exact).max() < 0.501


def test_states_are_those_of_fewer_repetitions() -> None:
    found = states(impulse(31), "heat-step", 40, 17)
    assert [state.times for state in found] == [17, 34, 40]
    for state in found:
        (alone,) = states(impulse(31), "heat-step", state.times)
        np.testing.assert_allclose(
            state.filtered.pixels.array, alone.filtered.pixels.array, atol=1e-6
        )


def test_a_range_shows_states_but_does_not_change_what_follows() -> None:
    settings = make_settings(range="offset")
    filters = library.find("0 1 0; 1 -3 1; 0 1 0")
    found = [*repeated(CAMERA, filters, settings, 2, 1, lambda done, total: None)]
    for state, count in zip(found, (1, 2), strict=True):
        chain = Chain(CAMERA, filters * count, settings)
        exact = chain.stored(chain.steps[-1].values(np.arange(512), np.arange(512)))
        assert np.abs(exact - state.filtered.pixels.array).max() <= 1
