"""Generators: functions that compute kernels, by name in the table ``GENERATORS``.

A filter in ``filters/`` names its generator, which takes the filter's parameters by their names.
Lengths are in pixels. Angles are in degrees, counter-clockwise from the right as in mathematics;
rows are counted downwards. The weights of a blur sum to its scale exactly, of a difference to 0.
"""

import math
from collections.abc import Callable, Mapping
from functools import cache
from inspect import Parameter, signature

import numpy as np

from imgconv.errors import KernelError, suggestion
from imgconv.kernels.factors import Weights
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel

# The largest radius of a kernel: as two factors, and as a grid.
FACTOR_RADIUS = 4000
GRID_RADIUS = (math.isqrt(MOST_WEIGHTS) - 1) // 2

# The share of heat that lies beyond the end of its kernel.
_HEAT_LEFT = 1e-9

# The sigmas at which a Gaussian is truncated.
CUT = 4.0


def generate(name: str, values: Mapping[str, float]) -> Kernel:
    """Return the kernel of a generator for the ``values`` of its parameters; others are ignored.

    The parameter ``sigma-y`` of a filter is ``sigma_y`` here. Raises ``KernelError`` for an unknown
    generator, and a missing or an unusable value.
    """
    taken = parameters(name)
    values = {key.replace("-", "_"): value for key, value in values.items()}
    for parameter in taken.values():
        if parameter.default is Parameter.empty and parameter.name not in values:
            raise KernelError(
                f"the generator '{name}' needs '{parameter.name}'",
                f"declare it under [parameters.{parameter.name.replace('_', '-')}]",
            )
    try:
        with np.errstate(all="ignore"):  # infinite weights are refused by Kernel
            return GENERATORS[name](**{key: values[key] for key in taken if key in values})
    except KernelError:
        raise
    except (ArithmeticError, ValueError) as error:  # such as a sum of infinities
        raise KernelError(
            f"the generator '{name}' makes no kernel of such large values", "give smaller ones"
        ) from error


@cache  # each filter that is found asks twice
def parameters(name: str) -> Mapping[str, Parameter]:
    """Return the parameters of a generator by name; raises ``KernelError`` for an unknown one."""
    if name not in GENERATORS:
        raise KernelError(f"no generator is called '{name}'", suggestion(name, GENERATORS))
    return signature(GENERATORS[name]).parameters


def box(radius: float, radius_y: float | None = None) -> Kernel:
    """Return the mean of a rectangle of 2 ``radius`` + 1 by 2 ``radius_y`` + 1 pixels.

    The pixels at the ends count by the fraction of the radius, as in Pillow's ``BoxBlur``.
    """
    row, column = (_box_weights(radius if r is None else r) for r in (radius, radius_y))
    return Kernel.outer(column, row, scale=math.fsum(column) * math.fsum(row))


def _box_weights(radius: float) -> Weights:
    weights = np.ones_like(_offsets(np.ceil(radius), FACTOR_RADIUS))
    if fraction := radius % 1:
        weights[[0, -1]] = fraction
    return weights


def gaussian(sigma: float, sigma_y: float | None = None, cut: float = CUT) -> Kernel:
    """Return ``w[y, x] = g(y) g(x)``, where ``g(x)`` is ``exp(-x² / 2 sigma²)`` over its sum.

    ``sigma_y`` is the sigma of the column. Both are truncated at ``cut`` sigmas, as by
    ``truncate`` of ``scipy.ndimage.gaussian_filter``; a sigma of 0 changes nothing.
    """
    sigmas = (sigma, sigma if sigma_y is None else sigma_y)
    row, column = (_gaussian_weights(each, cut, FACTOR_RADIUS) for each in sigmas)
    return Kernel.outer(column, row)


def sharpen(amount: float) -> Kernel:
    """Return the picture minus ``amount`` times its Laplacian over four neighbours."""
    weights = _delta(1) - amount * laplacian(4).weights
    return Kernel(_with_sum(weights, 1))


def highpass(sigma: float, amount: float = 1, cut: float = CUT) -> Kernel:
    """Return the detail that a Gaussian blur removes: ``w = amount (delta - gaussian(sigma))``.

    Added to the picture it is the unsharp mask.
    """
    weights = _gaussian_weights(sigma, cut, GRID_RADIUS)
    detail = _delta(weights.size // 2) - np.outer(weights, weights)
    return Kernel(_with_sum(amount * detail, 0))


def laplacian(neighbours: float) -> Kernel:
    """Return the sum of the 4 or 8 ``neighbours`` minus 4 or 8 times the middle."""
    if neighbours not in (4, 8):
        raise KernelError(f"a pixel does not have {neighbours:g} neighbours", "give 4 or 8")
    corner = float(neighbours == 8)
    ring = [[corner, 1, corner], [1, 0, 1], [corner, 1, corner]]
    return Kernel(_with_sum(np.array(ring), 0))


def laplacian_of_gaussian(sigma: float, cut: float = CUT) -> Kernel:
    """Return ``w[y, x] = sigma² (g''(y) g(x) + g(y) g''(x))`` for ``g'' = g (x² - v) / sigma⁴``.

    The Marr-Hildreth operator, cut off at ``cut`` sigmas, in Lindeberg's normalisation: an edge is
    equally bright at every ``sigma``. With ``v``, the variance of ``g``, ``g''`` sums to zero.
    """
    _check_positive("sigma", sigma)
    weights = _gaussian_weights(sigma, cut, GRID_RADIUS)
    squares = (_offsets(weights.size // 2, GRID_RADIUS) / sigma) ** 2
    curvature = np.outer(weights * (squares - weights @ squares), weights)
    return Kernel(_with_sum(curvature + curvature.T, 0))


def difference_of_gaussians(sigma: float, ratio: float, cut: float = CUT) -> Kernel:
    """Return a Gaussian minus one ``ratio`` times as wide; 1.6 is near the Laplacian of one."""
    if not ratio >= 1:
        raise KernelError(f"the ratio {ratio:g} makes no wider Gaussian", "give at least 1")
    wide = _gaussian_weights(sigma * ratio, cut, GRID_RADIUS)
    narrow = _gaussian_weights(sigma, cut, GRID_RADIUS)
    narrow = np.pad(narrow, (wide.size - narrow.size) // 2)
    return Kernel(_with_sum(np.outer(narrow, narrow) - np.outer(wide, wide), 0))


def emboss(angle: float) -> Kernel:
    """Return a relief lit from the direction ``angle``, in which bright pixels are high.

    A neighbour in a direction ``d`` degrees from the light's has the weight ``d / 45 - 2``. At
    multiples of 45 degrees these are Robinson's compass masks, -2 -1 0 1 2 from the light.
    """
    turns = ((angle - direction + 180) % 360 - 180 for direction in (135, 90, 45, 180))
    first_half = [abs(turn) / 45 - 2 for turn in turns]
    second_half = [0 - weight for weight in reversed(first_half)]
    return Kernel(np.reshape([*first_half, 0, *second_half], (3, 3)))


def motion(length: float, angle: float) -> Kernel:
    """Return the mean along a straight line through the middle, ``length`` pixels long.

    The line has one step per pixel of the axis nearer to it. Each step is interpolated linearly
    between two pixels of the other axis, and the steps at the ends count in part. A length of 0
    changes nothing.
    """
    if length == 0:
        return Kernel([[1]])
    _check_positive("length", length)
    radians = math.radians(angle % 360)
    along, across = math.cos(radians), -math.sin(radians)
    is_steep = abs(across) > abs(along)
    if is_steep:
        along, across = across, along
    # Rounded, as the errors of sine and cosine would take a line at 45 degrees off its pixels.
    slope = round(across / along, 12)
    half = length * abs(along) / 2
    steps = _offsets(math.ceil(max(half - 0.5, 0)), GRID_RADIUS)
    drift = slope * steps
    rows = _offsets(math.ceil(abs(drift[0])), GRID_RADIUS)
    shares = np.clip(half + 0.5 - np.abs(steps), 0, 1)
    weights = shares * np.maximum(1 - np.abs(rows[:, np.newaxis] - drift), 0)
    return Kernel(weights.T if is_steep else weights).normalised()


def disk(radius: float) -> Kernel:
    """Return the mean of a circle: the weight of a pixel is its area within ``radius``.

    The area is a sum and difference of four rectangles in the circle, from its middle to a corner.
    A radius up to 0.5 changes nothing: the circle lies in the middle pixel.
    """
    if 0 <= radius < 0.5:
        return Kernel([[1]])
    _check_positive("radius", radius)
    reach = math.ceil(max(radius - 0.5, 0))
    edges = np.append(_offsets(reach, GRID_RADIUS) - 0.5, reach + 0.5)
    signs, distances = np.sign(edges), np.abs(edges)
    corners = _area_in_circle(distances[np.newaxis, :], distances[:, np.newaxis], radius)
    corners *= np.outer(signs, signs)
    areas = np.diff(np.diff(corners, axis=0), axis=1)
    # Rounded, as subtracting areas as large as the circle leaves noise of any sign of an area of 0.
    return Kernel(np.abs(np.round(areas, 9))).normalised()


def heat(time: float) -> Kernel:
    """Return the spread of heat from one pixel after ``time``, on the grid of pixels.

    It solves du/dt = the sum of four neighbours - 4 u. Along an axis that is T(n) = exp(-2 t)
    I_n(2 t), with the modified Bessel function I_n (T. Lindeberg, Scale-space for discrete signals,
    1990), here by its spectrum exp(2 t (cos w - 1)). It ends where less than 1e-9 is left.
    """
    if not 0 <= time < math.inf:
        raise KernelError(f"heat does not spread for a time of {time:g}", "give 0 or more")
    least = 16 * math.sqrt(2 * time) + 64
    count = 2 ** math.ceil(math.log2(min(least, 4 * FACTOR_RADIUS)))
    angles = 2 * np.pi * np.arange(count) / count
    spread = np.fft.ifft(np.exp(2 * time * (np.cos(angles) - 1))).real[: count // 2]
    left = 2 * np.cumsum(spread[::-1])[::-1]  # left[r + 1] lies beyond a radius of r
    radius = int(np.argmax(left[1:] < _HEAT_LEFT))
    _offsets(radius, FACTOR_RADIUS)  # refuses a kernel that reaches too far
    half = np.abs(spread[: radius + 1])
    weights = _with_sum(np.concatenate([half[:0:-1], half]), 1)
    return Kernel.outer(weights, weights)


def heat_step(rate: float) -> Kernel:
    """Return one step of diffusion: the picture plus ``rate`` times its Laplacian."""
    return Kernel(_with_sum(_delta(1) + rate * laplacian(4).weights, 1))


def _area_in_circle(width: Weights, height: Weights, radius: float) -> Weights:
    """Return the area, within a circle, of the rectangle from its middle to (width, height).

    It is the integral of ``min(height, sqrt(radius² - x²))`` for x from 0 to ``width``.
    """

    def below_arc(x: Weights) -> Weights:
        return (x * np.sqrt(radius**2 - x**2) + radius**2 * np.arcsin(x / radius)) / 2

    flat = np.minimum(width, np.sqrt(np.maximum(radius**2 - height**2, 0)))
    return height * flat + (below_arc(np.minimum(width, radius)) - below_arc(flat))


def _check_positive(name: str, value: float) -> None:
    if not 0 < value < math.inf:
        raise KernelError(f"no kernel has the {name} {value:g}", "give more than 0")


def _offsets(radius: float, largest: int) -> Weights:
    """Return the integers ``-radius .. radius`` as float64."""
    if not 0 <= radius < largest + 1:
        raise KernelError(
            f"a kernel cannot reach {radius:g} pixels from its middle", f"give 0 to {largest}"
        )
    whole = int(radius)
    return np.arange(-whole, whole + 1, dtype=np.float64)


def _delta(radius: int) -> Weights:
    middle = np.arange(-radius, radius + 1) == 0
    return np.outer(middle, middle).astype(np.float64)


def _gaussian_weights(sigma: float, cut: float, largest: int) -> Weights:
    """Return the weights of a Gaussian, up to ``cut`` sigmas; [1] for a sigma of 0."""
    _check_positive("cut", cut)
    if sigma == 0:
        return np.ones(1)
    _check_positive("sigma", sigma)
    weights = np.exp(-((_offsets(cut * sigma + 0.5, largest) / sigma) ** 2) / 2)
    return _with_sum(weights / math.fsum(weights), 1)


def _with_sum(weights: Weights, total: float) -> Weights:
    """Return ``weights`` with the middle one changed so that their exact sum is ``total``.

    The middle one has no error, as all are rounded to multiples of 2^-52 of the largest first.
    """
    _, exponent = math.frexp(np.abs(weights).max())
    unit = max(math.ldexp(1, exponent - 52), math.ulp(0))
    settled = np.rint(weights / unit) * unit + 0.0  # adding 0 makes -0.0 positive
    settled.flat[settled.size // 2] += math.fsum([total, *(-settled).ravel().tolist()])
    return settled


_FUNCTIONS: tuple[Callable[..., Kernel], ...] = (
    *(box, gaussian, sharpen, highpass, laplacian),
    *(laplacian_of_gaussian, difference_of_gaussians, emboss, motion, disk),
    *(heat, heat_step),
)
GENERATORS = {function.__name__.replace("_", "-"): function for function in _FUNCTIONS}
