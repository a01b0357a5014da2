from __future__ import annotations

import math

import numpy as np
import pytest

from imgconv.errors import UsageError
from imgconv.study.layer.activation import Activation, Pool
from tests.support.covering import covering

VALUES = np.array([0.5, -2.5, 0.0, -800.0, 800.0])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("none", VALUES.tolist()),
        ("relu", [0.5, 0, 0, 0, 800]),
        ("leaky:0.1", [0.5, -0.25, 0, -80, 800]),
        ("leaky", [0.5, -0.025, 0, -8, 800]),
        ("abs", [0.5, 2.5, 0, 800, 800]),
        ("tanh", [math.tanh(0.5), math.tanh(-2.5), 0, -1, 1]),
        ("sigmoid", [1 / (1 + math.exp(-0.5)), 1 / (1 + math.exp(2.5)), 0.5, 0, 1]),
    ],
)
def test_each_activation_has_its_formula(name: str, expected: list[float]) -> None:
    with np.errstate(all="raise", under="ignore"):
        found = Activation.parse(name).of(VALUES)
    np.testing.assert_allclose(found, expected, rtol=1e-14, atol=1e-300)


def test_known_values() -> None:
    row = np.array([0.5, 0.5, -2.5, 0.5])
    assert np.round(Activation("tanh").of(row), 6).tolist() == [
        0.462117,
        0.462117,
        -0.986614,
        0.462117,
    ]
    assert np.round(Activation("sigmoid").of(row), 6).tolist()[1:3] == [0.622459, 0.075858]


@pytest.mark.parametrize("text", ["gelu", "relu:1", "leaky:x", "leaky:inf", "leaky:", ""])
def test_other_activations_are_refused(text: str) -> None:
    with pytest.raises(UsageError):
        Activation.parse(text)


@pytest.mark.parametrize(
    ("kind", "side", "stride", "shape"),
    covering(["max", "mean"], [1, 2, 3, 5], [1, 2, 3, 7], [(5, 5), (7, 9), (2, 8, 6)]),
)
def test_pooling_is_that_of_plain_loops(
    kind: str, side: int, stride: int, shape: tuple[int, ...]
) -> None:
    values = np.random.default_rng(1).normal(size=shape)
    found = Pool.parse(f"{kind}:{side}:{stride}").of(values)
    reduce = np.max if kind == "max" else np.mean
    rows = range(0, shape[-2] - side + 1, stride)
    columns = range(0, shape[-1] - side + 1, stride)
    expected = [
        [reduce(values[..., y : y + side, x : x + side], axis=(-2, -1)) for x in columns]
        for y in rows
    ]
    moved = np.moveaxis(np.array(expected), (0, 1), (-2, -1))
    np.testing.assert_allclose(found, moved, rtol=1e-13, atol=1e-15)


def test_the_stride_is_the_side_by_default() -> None:
    assert Pool.parse("max:3") == Pool("max", 3, 3)


@pytest.mark.parametrize("text", ["min:2", "max", "max:0", "max:2:0", "max:1:2:3", "mean:-1"])
def test_other_poolings_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no pooling"):
        Pool.parse(text)


def test_a_square_larger_than_the_maps_is_refused() -> None:
    with pytest.raises(UsageError, match="leaves nothing of maps of 3x2"):
        Pool.parse("max:3").size(2, 3)
