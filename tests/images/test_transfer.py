"""Transfer functions of ICC profiles: every type of curve, and refusal of broken profiles."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import ImageCms

from imgconv.errors import ReadError
from imgconv.images.transfer import SRGB, Curve, Power, curves_of_info, curves_of_profile

AT = np.linspace(0, 1, 257)


def sampled(*values: int) -> bytes:
    return b"curv" + struct.pack(f">II{len(values)}H", 0, len(values), *values)


def parametric(form: int, *numbers: float) -> bytes:
    fixed = [round(number * 65536) for number in numbers]
    return b"para" + struct.pack(f">IHH{len(fixed)}i", 0, form, 0, *fixed)


def profile(**tags: bytes) -> bytes:
    """A profile of some tags only."""
    place = 132 + 12 * len(tags)
    entries, bodies = b"", b""
    for name, body in tags.items():
        entries += struct.pack(">4sII", name.encode(), place + len(bodies), len(body))
        bodies += body
    return bytes(36) + b"acsp" + bytes(88) + struct.pack(">I", len(tags)) + entries + bodies


def grey(body: bytes) -> Curve:
    return curves_of_profile(profile(kTRC=body))["k"]


def test_curves_given_by_a_gamma_or_by_samples() -> None:
    np.testing.assert_array_equal(grey(sampled()).light(AT), AT)
    np.testing.assert_allclose(grey(sampled(round(2.25 * 256))).light(AT), AT**2.25)
    np.testing.assert_allclose(
        grey(sampled(0, 13107, 65535)).light(np.array([0.25, 0.75])), [0.1, 0.6]
    )


PARAMETRIC = [
    (0, (2.2,), AT**2.2),
    (1, (2.0, 1.25, -0.25), np.maximum(1.25 * AT - 0.25, 0) ** 2),
    (2, (2.0, 1.25, -0.25, 0.125), np.maximum(1.25 * AT - 0.25, 0) ** 2 + 0.125),
    (3, (2.0, 1.0, 0.0, 0.5, 0.5), np.where(AT >= 0.5, AT**2, AT / 2)),
    (
        4,
        (2.0, 1.0, 0.0, 0.5, 0.5, 0.0625, 0.03125),
        np.where(AT >= 0.5, AT**2 + 0.0625, AT / 2 + 0.03125),
    ),
]


@pytest.mark.parametrize(("form", "numbers", "light"), PARAMETRIC)
def test_parametric_curves(
    form: int, numbers: tuple[float, ...], light: NDArray[np.float64]
) -> None:
    np.testing.assert_allclose(grey(parametric(form, *numbers)).light(AT), light, atol=1e-4)


def test_the_curves_of_a_profile_of_srgb_are_srgb() -> None:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    curves = curves_of_profile(made)
    assert curves.keys() == {*"rgb"}
    for curve in curves.values():
        np.testing.assert_allclose(curve.light(AT), SRGB.light(AT), atol=2e-5)


def test_red_green_and_blue_have_curves_of_their_own() -> None:
    curves = curves_of_profile(
        profile(rTRC=sampled(256), gTRC=sampled(512), bTRC=sampled(768), wtpt=b"XYZ ")
    )
    assert curves == {"r": Power(1.0), "g": Power(2.0), "b": Power(3.0)}


@pytest.mark.parametrize(
    "broken",
    [
        b"",
        b"acsp",
        profile(kTRC=b""),
        profile(kTRC=b"text" + bytes(20)),
        profile(kTRC=sampled(0, 65535)[:-1]),
        profile(kTRC=b"curv" + struct.pack(">II", 0, 2**31)),
        profile(kTRC=parametric(0)),
        profile(kTRC=parametric(5, 1.0)),
        profile(kTRC=parametric(0, 0.0)),
        profile(kTRC=parametric(0, -1.0)),
        profile(kTRC=parametric(3, 1.0, 30000.0, 0.0, 0.0, 0.0)),
        profile(kTRC=sampled(65535, 0)),
        profile(kTRC=sampled(7, 7)),
        profile(kTRC=sampled(256)).replace(b"acsp", b"nope"),
    ],
)
def test_broken_profiles_are_refused(broken: bytes) -> None:
    with pytest.raises(ReadError, match="colour profile is broken"):
        curves_of_profile(broken)


def test_a_profile_without_curves_is_refused_as_such() -> None:
    with pytest.raises(ReadError, match="has a table"):
        curves_of_profile(profile(A2B0=b"mft2"))
    with pytest.raises(ReadError, match="has a table"):
        curves_of_profile(profile(rTRC=sampled(256), gTRC=sampled(256)))


def test_mutated_profiles_give_curves_that_rise_or_an_error() -> None:
    made = profile(
        rTRC=sampled(*range(0, 65536, 257)),
        gTRC=parametric(*PARAMETRIC[4][:1], *PARAMETRIC[4][1]),
        bTRC=sampled(600),
    )
    seeds = random.Random(4)
    kinds = set()
    for _ in range(2000):
        data = bytearray(made)
        for _ in range(seeds.randint(1, 4)):
            data[seeds.randrange(len(data))] = seeds.randrange(256)
        try:
            curves = curves_of_profile(bytes(data[: seeds.randint(100, 2 * len(data))]))
        except ReadError:
            kinds.add("error")
            continue
        kinds.add("curves")
        for curve in curves.values():
            light = curve.light(np.linspace(0, 1, 1025))
            assert np.isfinite(light).all() and (np.diff(light) >= 0).all()
    assert kinds == {"error", "curves"}


def test_curves_come_from_the_profile_or_the_gamma_of_a_picture() -> None:
    held = profile(kTRC=sampled(512))
    assert curves_of_info({}) == {}
    assert curves_of_info({"gamma": 0.5}) == {"k": Power(2.0)}
    assert curves_of_info({"gamma": 0.5, "srgb": 0}) == {}
    assert curves_of_info({"gamma": 0.5, "icc_profile": held}) == {"k": Power(2.0)}
    assert curves_of_info({"gamma": 0.0}) == {}
