from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.study.spectrum import Line, Spectrum, facts, round_window
from imgconv.study.spectrum_picture import View, painted
from tests.support.pictures import ramp

CAMERA = Path(__file__).parents[2] / "sample_images" / "camera.png"
SIZES = [*product(range(1, 7), range(1, 7))]


def random(height: int, width: int) -> NDArray[np.float64]:
    return np.random.default_rng(height * 10 + width).random((height, width)) * 255


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_it_is_the_sum_of_the_definition(height: int, width: int) -> None:
    values = random(height, width)
    y, x = np.mgrid[:height, :width]
    expected = np.array(
        [
            [
                np.sum(values * np.exp(-2j * np.pi * (k * y / height + column * x / width)))
                for column in range(width)
            ]
            for k in range(height)
        ]
    )
    spectrum = Spectrum.of(values)
    np.testing.assert_allclose(spectrum.whole(), expected, atol=1e-9)
    np.testing.assert_allclose(spectrum.inverse(), values, atol=1e-10)


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_energy_is_that_of_the_pixels(height: int, width: int) -> None:
    values = random(height, width)
    spectrum = Spectrum.of(values)
    energy = (np.abs(spectrum.half) ** 2 * spectrum.counts).sum() / values.size
    assert energy == pytest.approx((values**2).sum())


def test_known_numbers() -> None:
    found = Spectrum.of(ramp()).whole()
    assert found[0, 0] == pytest.approx(24176)
    assert found[0, 1] == pytest.approx(-124.44009303 + 671.57518344j, abs=1e-8)
    assert found[3, 5] == pytest.approx(177.45992169 + 92.87504808j, abs=1e-8)
    spectrum = Spectrum.of(ramp())
    levels = np.fft.fftshift(View().levels(found, spectrum.largest))
    assert levels[6, 8] == pytest.approx(255)
    assert levels[6, 9] == pytest.approx(164.927, abs=1e-3)
    assert levels[0, 0] == pytest.approx(155.176, abs=1e-3)
    assert View().draw(spectrum)[6, 9] == 165 and View(corner=True).draw(spectrum)[0, 0] == 255


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_a_picture_of_half_a_spectrum_is_that_of_the_whole(height: int, width: int) -> None:
    values = random(height, width)
    whole = np.fft.fft2(values)
    parts = ("log", "power", "magnitude", "real", "imag", "phase")
    for of, gray in product(parts, (True, False)):
        view = View(of, corner=True, gray=gray)
        shown = view.draw(Spectrum.of(values)).astype(int)
        away = np.abs(shown - view.levels(whole, float(np.abs(whole).max())))
        is_real = np.abs(whole.imag) < 1e-9  # whose phase is 0, pi or -pi, by rounding
        assert away[~is_real].max(initial=0) <= 0.5 + 1e-6
        assert of == "phase" or away.max() <= 0.5 + 1e-6


def test_an_impulse_has_all_frequencies() -> None:
    values = np.zeros((7, 9))
    values[3, 4] = 200
    for of in ("log", "magnitude", "power"):
        assert (View(of).draw(Spectrum.of(values)) == 255).all()


def test_a_black_picture_is_black() -> None:
    spectrum = Spectrum.of(np.zeros((4, 5)))
    assert not View().draw(spectrum).any() and not View("power").draw(spectrum).any()
    assert (View("real").draw(spectrum) == 128).all()
    assert facts(spectrum, 255) == (0, 0, [], {})


def test_phases_are_hues_from_red_at_0() -> None:
    values = np.array([1, 1j, -1, -1j, 0])
    hues = View("phase").levels(values, 1.0)
    np.testing.assert_allclose(hues[0], [255, 0, 0])
    np.testing.assert_allclose(hues[2], [0, 255, 255], atol=1e-9)
    np.testing.assert_allclose(hues[4], [0, 0, 0])
    np.testing.assert_allclose(hues[1], [127.5, 255, 0], atol=1e-9)
    np.testing.assert_allclose(hues[3], [127.5, 0, 255], atol=1e-9)
    grey = View("phase", gray=True).levels(values, 1.0)
    np.testing.assert_allclose(grey[:4], [128, 191.5, 255, 64.5])


def test_a_cosine_is_one_wave() -> None:
    row = 128 + 100 * np.cos(2 * np.pi * 2 * np.arange(16) / 16)
    spectrum = Spectrum.of(np.tile(row, (16, 1)))
    magnitude = np.abs(spectrum.whole())
    assert magnitude[0, 0] == pytest.approx(32768)
    assert magnitude[0, 2] == magnitude[0, 14] == pytest.approx(12800)
    assert np.count_nonzero(magnitude > 1e-6) == 3
    found = facts(spectrum, 255)
    (line,) = found.lines
    assert (line.fx, line.fy, line.period, line.direction) == (0.125, 0, 8, 90)
    assert line.amplitude == pytest.approx(100) and found.mean == pytest.approx(128)
    assert found.octaves[8] == pytest.approx(1) and sum(found.octaves.values()) == pytest.approx(1)
    assert found.energy_in_mean == pytest.approx(128**2 / (128**2 + 100**2 / 2))


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (8, 5), (1, 6), (6, 1)])
def test_each_wave_is_listed_once_with_its_amplitude(size: tuple[int, int]) -> None:
    height, width = size
    y, x = np.mgrid[:height, :width]
    for k, column in np.ndindex(height, width):
        if not (k or column):
            continue
        values = 50 + 20 * np.cos(2 * np.pi * (k * y / height + column * x / width))
        (line,) = facts(Spectrum.of(values), 255).lines
        assert line.amplitude == pytest.approx(20)
        turns = (line.fy * height - k) % height, (line.fx * width - column) % width
        opposite = (-line.fy * height - k) % height, (-line.fx * width - column) % width
        assert np.allclose(np.round(turns) % size, 0) or np.allclose(np.round(opposite) % size, 0)


@pytest.mark.parametrize("size", [(70, 45), (45, 70), (64, 96)])
def test_facts_of_many_rows_are_those_of_the_whole_spectrum(size: tuple[int, int]) -> None:
    values = random(*size)
    whole = np.fft.fft2(values)
    np.testing.assert_allclose(Spectrum.of(values).whole(), whole, atol=1e-8)
    found = facts(Spectrum.of(values), 255)
    frequency = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, size), indexing="ij"))
    frequency[0, 0] = np.inf
    energy = np.abs(whole) ** 2
    others = energy.sum() - energy[0, 0]
    for least, share in found.octaves.items():
        inside = (1 / frequency >= least) & ((1 / frequency < 2 * least) | (frequency > 1))
        assert share == pytest.approx(energy[inside].sum() / others)
    assert found.energy_in_mean == pytest.approx(energy[0, 0] / energy.sum())
    energy[0, 0] = 0
    largest = np.sort(energy.ravel())[::-2][:5]  # of each pair one
    amplitudes = [line.amplitude for line in found.lines]
    np.testing.assert_allclose(amplitudes, 2 * np.sqrt(largest) / values.size)


def test_the_round_window_and_a_mean_change_the_values_first() -> None:
    values = random(40, 33)
    found = Spectrum.of(values, mean=100, fades=True).whole()
    np.testing.assert_allclose(found, np.fft.fft2((values - 100) * round_window(40, 33)), atol=1e-8)


def test_directions_of_waves_are_counter_clockwise() -> None:
    assert Line(0.1, -0.1, 1).direction == pytest.approx(135)
    assert Line(0.1, 0.1, 1).direction == pytest.approx(45)
    assert Line(0, 0.1, 1).direction == pytest.approx(0)


def test_the_round_window_is_1_in_the_middle_and_0_at_edges() -> None:
    window = round_window(9, 15)
    assert window[4, 7] == 1 and window[0, 0] == 0 and window[4, 0] < 0.02
    np.testing.assert_allclose(window, window[::-1, ::-1])
    assert np.array_equal(round_window(9, 15, slice(2, 5)), window[2:5])


def test_a_painted_dot_adds_a_wave() -> None:
    spectrum = Spectrum.of(np.full((64, 64), 128.0))
    edited = View().draw(spectrum).astype(float)
    edited[32, 37] = 180
    found, count = painted(spectrum, edited)
    assert count == 1
    assert np.abs(found.half[0, 5]) == pytest.approx(10896.931, abs=1e-3)
    (line,) = facts(found, 255).lines
    assert line.amplitude == pytest.approx(5.32077, abs=1e-5)
    back = found.inverse()
    assert back[0, 0] == pytest.approx(133.32077, abs=1e-5)
    assert back[0, 3] == pytest.approx(128.52153, abs=1e-5)


@pytest.mark.parametrize("corner", [False, True])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_what_is_not_painted_stays_exact(height: int, width: int, corner: bool) -> None:
    spectrum = Spectrum.of(random(height, width))
    view = View(corner=corner)
    shown = view.draw(spectrum).astype(float)
    found, count = painted(spectrum, shown + np.resize([1, -1, 0], shown.shape), corner)
    assert count == 0 and np.array_equal(found.half, spectrum.half)
    for place in np.ndindex(*shown.shape):
        edited = shown.copy()
        edited[place] = 0 if shown[place] > 1 else 200
        found, count = painted(spectrum, edited, corner)
        whole = Spectrum.of(found.inverse()).whole()  # of real values: both of a pair are changed
        k, column = place if corner else np.subtract(place, (height // 2, width // 2))
        wanted = 0 if not edited[place] else np.expm1(200 / 255 * np.log1p(spectrum.largest))
        assert abs(whole[k, column]) == pytest.approx(wanted, abs=1e-9)
        assert abs(whole[-k, -column]) == pytest.approx(wanted, abs=1e-9)
        others = np.ones(shown.shape, bool)
        others[k, column] = others[-k, -column] = False
        np.testing.assert_allclose(whole[others], spectrum.whole()[others], atol=1e-9)


def test_there_and_back_a_photograph_is_the_same() -> None:
    camera = np.asarray(Image.open(CAMERA).convert("L"), np.float64)
    assert np.abs(Spectrum.of(camera).inverse() - camera).max() < 2e-13
