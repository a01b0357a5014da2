"""Principal axes: the directions in which values vary most, without correlation between them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# Added to a variance before its root divides: there may be none along an axis.
SMALLEST_VARIANCE = 1e-12


class PrincipalAxes(NamedTuple):
    """The mean, and the variances along the axes, which are columns, largest variance first."""

    mean: Array
    variances: Array
    axes: Array


def principal_axes(values: Array) -> PrincipalAxes:
    """Return the axes of values (samples, n), by the covariance of the population.

    The component of each axis that is farthest from 0 is positive.
    """
    mean = values.mean(axis=0)
    centred = values - mean
    variances, axes = np.linalg.eigh(centred.T @ centred / len(values))
    variances, axes = variances[::-1].clip(0), axes[:, ::-1]
    farthest = np.abs(axes).argmax(axis=0)
    return PrincipalAxes(mean, variances, axes * np.sign(axes[farthest, np.arange(len(mean))]))
