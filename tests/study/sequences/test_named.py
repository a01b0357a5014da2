from __future__ import annotations

import numpy as np
import pytest

from imgconv.errors import LimitError, UsageError
from imgconv.study.sequences.convolution import convolve
from imgconv.study.sequences.named import NAMED, Grid, is_named, named

EXAMPLES = {
    "box": "box:3",
    "triangle": "triangle:3",
    "gaussian": "gaussian:2",
    "exp": "exp:2",
    "die": "die:6",
    "mean": "mean:4",
    "echo": "echo:3:0.5",
    "impulse": "impulse",
}


def test_every_name_has_an_example_here() -> None:
    assert [*EXAMPLES] == [*NAMED]
    assert all(map(is_named, EXAMPLES.values()))


@pytest.mark.parametrize(
    ("text", "start", "values"),
    [
        ("box:4", 0, [1, 1, 1, 1]),
        ("box:2.5", 0, [0.75, 1, 0.75]),
        ("triangle:4", 0, [0.25, 0.75, 0.75, 0.25]),
        ("die:2", 1, [0.5, 0.5]),
        ("mean:4", 0, [0.25] * 4),
        ("echo:2:0.5", 0, [1, 0, 0.5]),
        ("impulse", 0, [1]),
    ],
)
def test_without_a_step_values_stand_at_whole_places(
    text: str, start: float, values: list[float]
) -> None:
    found = named(text, Grid())
    assert (found.start, found.values.tolist(), found.is_function) == (start, values, False)


@pytest.mark.parametrize(
    ("text", "area"), [("box:1", 1), ("box:0.333", 0.333), ("triangle:2", 1), ("gaussian:0.5", 1)]
)
def test_functions_have_their_area_around_0(text: str, area: float) -> None:
    found = named(text, Grid(0.01))
    assert found.values.sum() * 0.01 == pytest.approx(area, rel=1e-6)
    assert found.x.mean() == pytest.approx(0, abs=1e-12)
    assert found.is_function


def test_an_exponential_falls_from_0_on() -> None:
    found = named("exp:2", Grid(0.01))
    assert found.values.sum() * 0.01 == pytest.approx(2, rel=1e-5)
    np.testing.assert_allclose(found.values, np.exp(-found.x / 2))


@pytest.mark.parametrize("step", [1, 0.5, 0.25, 0.1])
def test_a_die_keeps_its_places_beside_functions(step: float) -> None:
    die, box = named("die:3", Grid(step)), named("box:1", Grid(step))
    assert die.x[die.values > 0].tolist() == pytest.approx([1, 2, 3])
    result = convolve(die, box)
    assert result.values.sum() * step == pytest.approx(1)
    assert (result.x * result.values).sum() * step == pytest.approx(2)


def test_a_die_without_whole_places_is_refused() -> None:
    for step in (0.3, 2.0, 7):
        with pytest.raises(UsageError, match="die:N has no place every"):
            named("die:3", Grid(step))


def test_milliseconds_are_samples_of_a_sound() -> None:
    assert named("echo:250ms:0.5", Grid(rate=8000)).count == 2001
    with pytest.raises(UsageError, match="needs the rate of a sound"):
        named("echo:250ms:0.5", Grid())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("box", "write box:W"),
        ("box:1:2", "write box:W"),
        ("echo:3", "write echo:DELAY:GAIN"),
        ("impulse:1", "write impulse"),
        ("box:0", "give W above 0"),
        ("gaussian:-1", "give S above 0"),
        ("die:2.5", "no whole number"),
        ("echo:-1:1", "no whole number"),
        ("box:x", "'x' in 'box:x' is no number"),
        ("box:1e999", "no number"),
    ],
)
def test_wrong_parameters_are_refused(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        named(text, Grid())


@pytest.mark.parametrize(
    "text", ["box:1e12", "die:1e12", "gaussian:1e12", "exp:1e12", "echo:1e12:1"]
)
def test_sequences_that_are_too_long_are_refused_before_they_are_made(text: str) -> None:
    with pytest.raises(LimitError, match="too long"):
        named(text, Grid())
