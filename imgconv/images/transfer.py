"""Transfer functions: the light, 0..1, that a level, 0..1, stands for.

A picture's functions are in its code points (ITU-T H.273), its ICC profile (ICC.1:2022, sections 7
and 10), or it has a gamma. A profile is a header of 128 bytes, a table of tags with offsets and
sizes, and their data. It may come from anyone: nothing is read beyond its end, and any mistake in
it is an error.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from imgconv.errors import ReadError

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Power:
    """light = (a x + b)^gamma + lift where x >= knee, else slope x + foot (ICC.1, type 4).

    Curves never fall. Levels are at least 0 and may exceed 1.
    """

    gamma: float
    a: float = 1.0
    b: float = 0.0
    lift: float = 0.0
    knee: float = 0.0
    slope: float = 0.0
    foot: float = 0.0

    @property
    def knots(self) -> Values:
        """The levels at which the curve bends."""
        return np.array([max(self.knee, 0)])

    def light(self, levels: Values) -> Values:
        raised = np.maximum(self.a * levels + self.b, 0) ** self.gamma + self.lift
        return np.where(levels >= self.knee, raised, self.slope * levels + self.foot)


@dataclass(frozen=True)
class Samples:
    """Light at evenly spaced levels 0..1, interpolated linearly; above 1 the slope is 1."""

    values: tuple[float, ...]

    @property
    def knots(self) -> Values:
        return np.linspace(0, 1, len(self.values))

    def light(self, levels: Values) -> Values:
        inside = np.interp(levels, self.knots, np.maximum.accumulate(self.values))
        return inside + np.maximum(levels - 1, 0)


Curve: TypeAlias = Power | Samples


def light_of(curve: Curve, levels: Values) -> Values:
    """Return the light of any levels; below 0 a curve is turned by 180 degrees about its black."""
    black, light = curve.light(np.zeros_like(levels)), curve.light(np.abs(levels))
    return np.where(levels < 0, 2 * black - light, light)


# IEC 61966-2-1.
SRGB = Power(2.4, 1 / 1.055, 0.055 / 1.055, 0.0, 0.04045, 1 / 12.92)

# H.273, table 3: BT.709, and the functions by their code points. PQ (16), HLG (18) and logarithms
# (9, 10) are refused, as their light depends on a display or has no black; others say nothing.
_BT709 = Power(1 / 0.45, 1 / 1.0993, 0.0993 / 1.0993, 0.0, 0.08124, 1 / 4.5)
_BY_CODE_POINT: dict[int, Power | None] = dict.fromkeys((1, 6, 11, 12, 14, 15), _BT709)
_BY_CODE_POINT |= {4: Power(2.2), 5: Power(2.8), 8: Power(1.0), 13: SRGB, 17: Power(2.6)}
_BY_CODE_POINT[7] = Power(1 / 0.45, 1 / 1.1115, 0.1115 / 1.1115, 0.0, 4 * 0.0228, 1 / 4)
_BY_CODE_POINT |= dict.fromkeys((9, 10, 16, 18))

# For each channel, the curves of a profile that fit it, the best first; k is grey.
_FITTING = {"r": "rkg", "g": "gk", "b": "bkg", "l": "kg"}


def curves_for(channels: Sequence[str], curves: Mapping[str, Curve]) -> list[Curve | None]:
    """Return the curve of each channel, None for alpha and for ``x``, whose meaning is unknown.

    ``curves`` are the picture's, for ``r``, ``g`` and ``b`` or for grey (``k``), by default sRGB.
    """

    def best(channel: str) -> Curve:
        return next((curves[name] for name in _FITTING.get(channel, "") if name in curves), SRGB)

    return [None if channel in ("a", "x") else best(channel) for channel in channels]


def least_light(curves: Sequence[Curve | None], levels: float) -> float:
    """Return the smallest difference in light of two levels that are ``levels`` apart, in 1/255.

    An error in light up to this changes no level by more than ``levels``. It is 0 where a curve
    falls a little, as rounded numbers of a profile may make it do between its parts.
    """
    apart = min(levels / 255, 1)
    evenly, least = np.linspace(0, 1 - apart, 4096), math.inf
    for curve in dict.fromkeys(curve for curve in curves if curve):
        below = np.concatenate([evenly, np.append(curve.knots, curve.knots - apart)])
        below = below.clip(0, 1 - apart)
        least = min(least, float((curve.light(below + apart) - curve.light(below)).min()))
    return 255 * max(0.0, least)


# The tags of curves in a profile, and their channels.
_TAGS = {b"rTRC": "r", b"gTRC": "g", b"bTRC": "b", b"kTRC": "k"}

_HEADER, _ENTRY = 128, 12
_MOST_TAGS, _MOST_SAMPLES = 200, 65536

# The count of numbers of each type of parametric curve, in the order of ``_parametric``.
_NUMBERS = (1, 3, 4, 5, 7)


def curves_of_info(info: Mapping[str, Any]) -> Mapping[str, Curve]:
    """Return the curves of a picture by its ``info``, named as in Pillow's images.

    ``code_points`` there, four bytes as in a PNG's cICP (11.3.2.6), stand above an ICC profile, and
    that above a gamma. Raises ``ReadError`` as ``curves_of_profile`` does, and for code points of
    another range or of light that is not a curve of one channel.
    """
    code_points = info.get("code_points", b"")
    if len(code_points) == 4 and code_points[1] in _BY_CODE_POINT and not code_points[2]:
        curve = _BY_CODE_POINT[code_points[1]]
        if curve is None or not code_points[3]:
            raise ReadError(
                "its code points (cICP) say PQ, HLG, logarithms or a narrow range",
                "convert the picture to sRGB, or leave out --linear",
            )
        return {"k": curve}
    if info.get("icc_profile"):
        return curves_of_profile(info["icc_profile"])
    gamma = info.get("gamma", 0)
    return {"k": Power(1 / gamma)} if 0.01 <= gamma <= 10 and "srgb" not in info else {}


def curves_of_profile(profile: bytes) -> Mapping[str, Curve]:
    """Return the curves of an ICC profile, for ``r``, ``g`` and ``b`` or for grey (``k``).

    Raises ``ReadError`` for a profile that has none, or that is broken.
    """
    try:
        curves = {_TAGS[tag]: _curve(data) for tag, data in _tags(profile).items() if tag in _TAGS}
    except (struct.error, ValueError, IndexError) as error:
        raise ReadError("its colour profile is broken", "leave out --linear") from error
    if "k" not in curves and not curves.keys() >= {*"rgb"}:
        raise ReadError(
            "its colour profile has a table in place of transfer curves",
            "convert the picture to sRGB, or leave out --linear",
        )
    return curves


def _tags(profile: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    if profile[36:40] != b"acsp" or count > _MOST_TAGS:
        raise ValueError("not a profile")
    entries = struct.iter_unpack(">4sII", profile[_HEADER + 4 :][: _ENTRY * count])
    return {tag: profile[at : at + size] for tag, at, size in entries}


def _curve(data: bytes) -> Curve:
    curve = _sampled(data) if data[:4] == b"curv" else _parametric(data)
    with np.errstate(all="ignore"):
        light = curve.light(np.linspace(0, 1, 1025))
    is_usual = bool(np.isfinite(light).all()) and np.abs(light).max() <= 2
    if not (is_usual and np.all(np.diff(light) >= 0) and light[-1] > light[0]):
        raise ValueError("the curve does not rise")
    return curve


def _sampled(data: bytes) -> Curve:
    (count,) = struct.unpack_from(">I", data, 8)
    if count > _MOST_SAMPLES:
        raise ValueError("a curve has too many samples")
    values = struct.unpack_from(f">{count}H", data, 12)
    if count == 0:
        return Power(1.0)
    if count == 1:
        return Power(values[0] / 256)
    return Samples(tuple(value / 65535 for value in values))


def _parametric(data: bytes) -> Curve:
    """Read gamma, a and b, then by type: lift; slope, knee; slope, knee, lift, foot."""
    if data[:4] != b"para":
        raise ValueError("an unknown type of curve")
    (form,) = struct.unpack_from(">H", data, 8)
    fixed = struct.unpack_from(f">{_NUMBERS[form]}i", data, 12)
    gamma, *rest = (number / 65536 for number in fixed)
    if form == 0:
        return Power(gamma)
    a, b, *rest = rest
    if form < 3:
        lift = rest[0] if rest else 0.0
        return Power(gamma, a, b, lift, knee=-b / a if a else 0.0, foot=lift)
    slope, knee, lift, foot = (*rest, 0.0, 0.0)[:4]
    return Power(gamma, a, b, lift, knee, slope, foot)
