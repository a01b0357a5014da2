from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import KernelError, ParameterError
from imgconv.kernels.filter import Filter
from imgconv.kernels.frequency_mask import EDGES, KINDS, Edge, FrequencyMask, make_mask
from imgconv.kernels.library import find
from imgconv.kernels.symmetry import Symmetry
from tests.support.covering import covering

SYMMETRIES = [Symmetry(*map(bool, (a, b, c))) for a in (0, 1) for b in (0, 1) for c in (0, 1)]


def found(text: str) -> Filter:
    (filter,) = find(text)
    return filter


@pytest.mark.parametrize("edge", EDGES[1:])
def test_soft_edges_are_a_half_at_the_cutoff(edge: str) -> None:
    assert Edge(edge, 3).low(np.array([0, 0.1]), 0.1).tolist() == [1, 0.5]


@pytest.mark.parametrize(
    ("kind", "edge", "size"), covering(KINDS, EDGES, [(8, 8), (7, 10), (1, 6)])
)
def test_a_mask_is_real_and_symmetric(kind: str, edge: str, size: tuple[int, int]) -> None:
    mask = FrequencyMask(kind, Edge(edge, 2), 0.2, 0.1, 0.3, (0.2, -0.5))
    down, across = (np.fft.fftfreq(length).astype(float) for length in size)
    weights = np.broadcast_to(mask.weights(down[:, None], across), size)
    opposite = np.roll(weights[::-1, ::-1], (1, 1), (0, 1))
    np.testing.assert_allclose(weights, opposite, atol=1e-12)
    assert weights.min() >= 0 and weights.max() <= 1
    half = mask.of_columns(*size, slice(0, size[1] // 2 + 1)).T
    np.testing.assert_allclose(
        np.broadcast_to(half, (size[0], size[1] // 2 + 1)), weights[:, : size[1] // 2 + 1]
    )


@pytest.mark.parametrize("edge", EDGES)
@pytest.mark.parametrize("cutoff", [0.0, 0.01, 0.7])
def test_extreme_cutoffs_and_orders_are_finite(cutoff: float, edge: str) -> None:
    for kind in KINDS:
        values = {"edge": EDGES.index(edge), "order": 100, "cutoff": cutoff, "high": cutoff}
        weights = make_mask(kind, values).weights(np.linspace(-0.5, 0.5, 9)[:, None], np.ones(1))
        assert np.isfinite(weights).all()


def test_a_cutoff_may_be_written_as_a_period() -> None:
    mask = found("freq-low:1/20").mask
    assert isinstance(mask, FrequencyMask) and mask.cutoff == 0.05


def test_the_mean_is_kept_by_low_stop_and_notch() -> None:
    kept = {name for name in KINDS if found(f"freq-{name}").is_average}
    assert kept == {"low", "stop", "notch"}
    assert found("freq-band:0:0.2").is_average
    assert not any(found(f"freq-{name}").is_identity for name in KINDS)


@pytest.mark.parametrize("symmetry", SYMMETRIES)
def test_a_notch_turns_with_the_picture(symmetry: Symmetry) -> None:
    notch = FrequencyMask("notch", Edge("hard", 2), 0.06, centre=(0.25, 0.125))
    down = across = np.fft.fftfreq(8).astype(float)
    upright = notch.weights(down[:, None], across)
    stored = notch.turned(symmetry).weights(down[:, None], across)
    if symmetry.transposed:
        stored = stored.T
    rows = -np.arange(8) if symmetry.upside_down else np.arange(8)
    columns = -np.arange(8) if symmetry.mirrored else np.arange(8)
    assert np.array_equal(stored[np.ix_(rows, columns)], upright)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("freq-low:0.9", "out of range"),
        ("freq-low:1/0", "'1/0' is not a number"),
        ("freq-low:0.1:round", "'round' is not among its values; give hard or butterworth"),
        ("freq-low:0.1:butterworth:0", "out of range"),
    ],
)
def test_a_wrong_value_is_named(text: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        find(text)


def test_an_empty_band_is_refused() -> None:
    with pytest.raises(KernelError, match=r"a band from 0.3 to 0.2 is empty"):
        find("freq-band:0.3:0.2")
