"""Principal axes: those of the singular value decomposition."""

from __future__ import annotations

import numpy as np

from imgconv.study.principal_axes import principal_axes


def test_the_axes_are_the_right_singular_vectors_of_centred_values() -> None:
    values = np.random.default_rng(4).normal(size=(50, 3)) @ np.diag([1.0, 5.0, 2.0]) + 7
    mean, variances, axes = principal_axes(values)
    _, singular, expected = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(mean, values.mean(axis=0))
    np.testing.assert_allclose(variances, singular**2 / 50)
    np.testing.assert_allclose(np.abs(axes), np.abs(expected.T), atol=1e-12)
    assert (axes[np.abs(axes).argmax(axis=0), range(3)] > 0).all()
