"""Features of patches: directions of the most variance, or the middles of clusters; whitening.

Sources: A. Coates, A. Y. Ng, Learning Feature Representations with K-means, 2012; A. J. Bell,
T. J. Sejnowski, The independent components of natural scenes are edge filters, 1997 (ZCA).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from imgconv.study.principal_axes import SMALLEST_VARIANCE, principal_axes

Array = NDArray[np.float64]

# Rounds of k-means, and numbers that are added to variances: before clustering, and for the
# whitening kernel.
_ROUNDS = 25
_CLUSTERED, _WHITENED = 0.1, 1e-4


class Features(NamedTuple):
    """Kernels, shape (features, values of a patch), and the share of variance of each."""

    weights: Array
    shares: Array


def principal(patches: Array, count: int, whiten: bool = False) -> Features:
    """Return orthonormal directions of the most variance, largest first, by the covariance.

    The largest weight of each is positive. With ``whiten`` each is divided by the standard
    deviation of its responses, so that their covariance is the identity.
    """
    _, variances, axes = principal_axes(patches)
    kept, directions = variances[:count], axes[:, :count].T
    total = float(variances.sum())
    shares = kept / total if total else np.zeros(len(kept))
    if whiten:
        directions = directions / np.sqrt(kept + SMALLEST_VARIANCE)[:, None]
    return Features(directions, shares)


def clustered(patches: Array, count: int, seed: int, whiten: bool = False) -> Features:
    """Return the directions of spherical k-means over whitened patches, the largest share first.

    They begin as ``default_rng(seed).standard_normal``. With ``whiten`` the whitening of the
    patches is a part of the kernels.
    """
    whitening = zca_matrix(patches, _CLUSTERED)
    points = (patches - patches.mean(axis=0)) @ whitening
    weights = _unit(np.random.default_rng(seed).standard_normal((count, points.shape[1])))
    chosen, places = points[:0, 0], np.arange(len(points))
    for _ in range(_ROUNDS):
        nearest, chosen = _nearest(points, weights)
        strength = np.zeros((len(points), count))
        strength[places, nearest] = chosen
        weights = _unit(strength.T @ points + weights)
    nearest, chosen = _nearest(points, weights)
    energy = np.bincount(nearest, chosen**2, count).astype(np.float64)
    total = float((points**2).sum())
    shares = energy / total if total else energy
    order = np.argsort(-shares, kind="stable")
    weights = weights @ whitening if whiten else weights
    return Features(weights[order], shares[order])


def _nearest(points: Array, weights: Array) -> tuple[NDArray[np.intp], Array]:
    """Return the direction of the strongest response of each point, either sign, and that."""
    responses = points @ weights.T
    nearest = np.abs(responses).argmax(axis=1)
    return nearest, responses[np.arange(len(points)), nearest]


def _unit(rows: Array) -> Array:
    lengths: Array = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(lengths, lengths, 1)


def zca_matrix(patches: Array, added: float) -> Array:
    """Return the symmetric matrix that makes the covariance of patches the identity.

    ``added`` to each variance limits the gain where there is none.
    """
    _, variances, axes = principal_axes(patches)
    matrix: Array = (axes / np.sqrt(variances + added)) @ axes.T
    return matrix


def whitening_kernel(patches: Array, shape: tuple[int, int]) -> Array:
    """Return the row of ``zca_matrix`` for the origin of patches of ``shape`` (height, width).

    It whitens a pixel among its neighbours.
    """
    height, width = shape
    origin: Array = zca_matrix(patches, _WHITENED)[height // 2 * width + width // 2]
    return origin.reshape(shape)
