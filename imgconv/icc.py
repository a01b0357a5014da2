"""The curves of an ICC profile, and nothing else of it (ICC.1:2022, sections 7 and 10).

A profile is a header of 128 bytes, a list of tags with the place and size of each, and the tags. It
comes from strangers: whatever does not fit is an error, and nothing is read beyond its end.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

from imgconv.curves import Curve, Power, Samples
from imgconv.errors import ReadError

# The tags of curves, and the channel that each is for; k is grey.
_TAGS = {b"rTRC": "r", b"gTRC": "g", b"bTRC": "b", b"kTRC": "k"}

_HEADER, _ENTRY = 128, 12
_MOST_TAGS = 200
_MOST_SAMPLES = 65536

# How many numbers a parametric curve of each type has; they stand in the order of ``_parametric``.
_NUMBERS = (1, 3, 4, 5, 7)


def curves_of_info(info: Mapping[str, Any]) -> Mapping[str, Curve]:
    """What a picture says of its levels, whose ``info`` is that of a Pillow image.

    That is an ICC profile, or the gamma of a PNG where it does not say that it is sRGB. Raises
    ``ReadError`` as ``curves_of_profile`` does; where nothing is said there are none.
    """
    if info.get("icc_profile"):
        return curves_of_profile(info["icc_profile"])
    gamma = info.get("gamma", 0)
    return {"k": Power(1 / gamma)} if 0.01 <= gamma <= 10 and "srgb" not in info else {}


def curves_of_profile(profile: bytes) -> Mapping[str, Curve]:
    """The curves of red, green and blue (``r``, ``g``, ``b``) or of grey (``k``).

    Raises ``ReadError`` for a profile that has none, or that is broken.
    """
    try:
        written = {_TAGS[tag]: data for tag, data in _tags(profile) if tag in _TAGS}
        found = {channel: _curve(data) for channel, data in written.items()}
    except (struct.error, ValueError, IndexError) as error:
        raise ReadError("its colour profile is broken", "leave out --linear") from error
    if "k" not in found and not found.keys() >= {*"rgb"}:
        raise ReadError(
            "its colour profile says by a table, not by curves, how bright its levels are",
            "convert the picture to sRGB, or leave out --linear",
        )
    return found


def _tags(profile: bytes) -> list[tuple[bytes, bytes]]:
    (count,) = struct.unpack_from(">I", profile, _HEADER)
    if profile[36:40] != b"acsp" or count > _MOST_TAGS:
        raise ValueError("this is no profile")
    entries = struct.iter_unpack(">4sII", profile[_HEADER + 4 :][: _ENTRY * count])
    return [(tag, profile[at : at + size]) for tag, at, size in entries]


def _curve(data: bytes) -> Curve:
    forms = {b"curv": _sampled, b"para": _parametric}
    curve = forms[data[:4]](data) if data[:4] in forms else None
    if curve is None:
        raise ValueError("no curve is of this type")
    with np.errstate(all="ignore"):
        light = curve.light(np.linspace(0, 1, 1025))
    is_usual = bool(np.isfinite(light).all()) and np.abs(light).max() <= 2
    if not (is_usual and np.all(np.diff(light) >= 0) and light[-1] > light[0]):
        raise ValueError("this curve does not rise")
    return curve


def _sampled(data: bytes) -> Curve:
    (count,) = struct.unpack_from(">I", data, 8)
    if count > _MOST_SAMPLES:
        raise ValueError("a curve of so many samples")
    values = struct.unpack_from(f">{count}H", data, 12)
    if count == 0:
        return Power(1.0)
    if count == 1:
        return Power(values[0] / 256)
    return Samples(tuple(value / 65535 for value in values))


def _parametric(data: bytes) -> Curve:
    """gamma a b, then by type: lift; slope knee; slope knee lift foot."""
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
