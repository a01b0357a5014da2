"""Transfer functions by their formulas, apart from imgconv: sRGB's, and those of a gamma.

Levels and light are shares of white. Below 0 a function is rotated by half a turn. Above 64 it goes
on straight, as imgconv defines it for floats, which have no highest level.
"""

from __future__ import annotations

import numpy as np

from tests.support.chain_oracle import EPSILON, LARGEST, Rules, Values, finite_size
from tests.support.oracle import Array

# The last two of the points between which imgconv draws straight lines, and the first above 0.
BRIGHT, DARK = 64.0 * 2 ** np.array([-1 / 2048, 0]), 2.0**-24

# Between points a line is off by less than some roundings to float32, above them by the rounding of
# its slope.
NEAR, FAR = 8 * EPSILON, 2.0**-11


def light_of(levels: Array, gamma: float | None = None) -> Array:
    """Return the light of levels with a gamma, or as in sRGB (IEC 61966-2-1)."""
    size = np.abs(levels)
    near, far = _curve(size.clip(None, BRIGHT[1]), gamma), (size - BRIGHT[1]).clip(0)
    light: Array = np.copysign(near + far * _steepness(gamma), levels)
    return light


def level_of(light: Array, gamma: float | None = None) -> Array:
    """Return the levels of light, by the inverse formula."""
    size, white = np.abs(light), _curve(BRIGHT[1], gamma)
    near, far = _inverse(size.clip(None, white), gamma), (size - white).clip(0)
    return np.copysign(near + far / _steepness(gamma), light)


def _steepness(gamma: float | None) -> float:
    low, high = _curve(BRIGHT, gamma)
    return float((high - low) / (BRIGHT[1] - BRIGHT[0]))


def _curve(levels: Array, gamma: float | None) -> Array:
    if gamma is not None:
        return levels**gamma
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _inverse(light: Array, gamma: float | None) -> Array:
    if gamma is not None:
        return light ** (1 / gamma)
    return np.where(light <= 0.04045 / 12.92, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def lit(picture: Array, rules: Rules) -> Values:
    """Return the light of a picture's levels, with the errors of float32 and of straight lines."""
    values, errors = picture.copy(), np.zeros_like(picture)
    for at, gamma in _curved(rules):
        shares = picture[..., at] / rules.maximum
        light = light_of(shares, gamma)
        size = finite_size(light)
        error = EPSILON * size
        if rules.is_float:
            error = NEAR * size + FAR * (size - light_of(BRIGHT[1], gamma)).clip(0)
            is_dark = (np.abs(shares) < DARK) & (shares != 0)
            error += is_dark * light_of(np.array(DARK), gamma)
        values[..., at] = rules.maximum * light
        errors[..., at] = np.where(size > LARGEST, np.inf, rules.maximum * error)
    return Values(values, errors, finite_size(values))


@np.errstate(invalid="ignore")  # infinity less infinity
def unlit(state: Values, rules: Rules) -> Values:
    """Return the levels of light, neither rounded nor clamped."""
    values, errors = state.values.copy(), state.errors.copy()
    for at, gamma in _curved(rules):
        light, off = values[..., at] / rules.maximum, errors[..., at] / rules.maximum
        if not rules.is_float:  # the light half-way between levels is rounded to float32
            off = off + 2 * EPSILON * finite_size(light)
        level = level_of(light, gamma)
        error = np.maximum(
            level_of(light + off, gamma) - level, level - level_of(light - off, gamma)
        )
        if rules.is_float:
            size = finite_size(level)
            error += NEAR * size + DARK + FAR * (size - BRIGHT[1]).clip(0)
        is_certain = ~np.isfinite(light) & np.isfinite(off)
        error = np.where(np.isinf(off), np.inf, np.where(is_certain, 0, error))
        errors[..., at] = rules.maximum * error
        values[..., at] = rules.maximum * level
    return Values(values, errors, state.sizes)


def _curved(rules: Rules) -> list[tuple[int, float | None]]:
    """Return the positions of channels that are light, and their gamma, None for sRGB."""
    return [(at, rules.gammas[n]) for at, n in enumerate(rules.channels) if n in rules.gammas]
