from __future__ import annotations

import numpy as np
import pytest

from imgconv.study.sequences.frequencies import amplitudes, bands
from imgconv.study.sequences.signal import Signal


def test_two_tones_have_their_amplitudes() -> None:
    t = np.arange(1000) / 1000
    values = np.sin(2 * np.pi * 50 * t) + 0.5 * np.sin(2 * np.pi * 120 * t)
    found = amplitudes(Signal(values, rate=1000))
    assert found.unit == "Hz"
    assert found.strongest(5) == [50, 120]
    assert found.frequencies[[50, 120]].tolist() == [50, 120]
    assert found.amplitudes[[50, 120]] == pytest.approx([1, 0.5])


@pytest.mark.parametrize("count", [1, 2, 7, 8])
def test_the_mean_and_the_highest_frequency_count_once(count: int) -> None:
    flat = amplitudes(Signal(np.full(count, 3.0)))
    assert flat.amplitudes[0] == pytest.approx(3) and flat.strongest(5) == []
    if count % 2 == 0:
        alternating = amplitudes(Signal(np.tile([1.0, -1], count // 2)))
        assert alternating.amplitudes[-1] == pytest.approx(1)
        assert alternating.frequencies[-1] == 0.5


def test_bands_have_their_largest_amplitude() -> None:
    found = amplitudes(Signal(np.cos(np.arange(64) * 2 * np.pi * 10 / 64)))
    parts = bands(found, 4)
    assert [low for low, _, _ in parts] == [0, 8 / 64, 16 / 64, 24 / 64]
    assert [amplitude for _, _, amplitude in parts] == pytest.approx([0, 1, 0, 0])
