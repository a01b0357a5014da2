from __future__ import annotations

import numpy as np
import pytest

from imgconv.study.layer.standard import standard


def test_known_standard_scores() -> None:
    values = np.array([2, 4, 4, 4, 5, 5, 7, 9.0])[:, None]
    scores = standard("standard", values, 255).of(values)[:, 0]
    assert scores.tolist() == [-1.5, -0.5, -0.5, -0.5, 0, 0, 1, 2]


def test_levels_stay_and_units_are_shares_of_the_maximum() -> None:
    values = np.arange(12.0).reshape(2, 2, 3)
    assert standard("levels", values, 255).of(values).tolist() == values.tolist()
    assert standard("unit", values, 255).of(values).tolist() == (values / 255).tolist()


def test_white_channels_are_not_correlated() -> None:
    rng = np.random.default_rng(0)
    sample = rng.normal(size=(1000, 3)) @ np.array([[9, 4, 1], [0, 5, 2], [0, 0, 7]]) + [3, -2, 9]
    how = standard("white", sample, 255)
    white = how.of(sample)
    covariance = white.T @ white / len(white)
    assert how.variances is not None
    expected = np.diag(how.variances / (how.variances + 1e-12))
    np.testing.assert_allclose(covariance, expected, rtol=0, atol=1e-12)
    np.testing.assert_allclose(white.mean(axis=0), 0, atol=1e-12)
    assert how.variances.tolist() == sorted(how.variances, reverse=True)


@pytest.mark.parametrize("kind", ["standard", "white"])
def test_channels_of_one_level_become_zero(kind: str) -> None:
    values = np.full((5, 5, 3), 7.0)
    np.testing.assert_allclose(standard(kind, values, 255).of(values), 0, atol=1e-9)
