"""Scores by Fourier are the scores by plain sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from imgconv.images.mask import Mask
from imgconv.study.matching import response as module
from imgconv.study.matching.response import Response, response, turned_spectrum
from imgconv.study.matching.scores import METHODS, is_flat, plain_score, scale_of
from imgconv.study.matching.search import Search, prepare
from tests.support.matching import as_pixels, expected


def searched(search: Search, name: str) -> Response:
    return response(search, METHODS[name], scale_of(search, METHODS[name]))


SCALES = {"uint8": 255, "uint16": 65535, "float32": 1}


@st.composite
def cases(draw: st.DrawFn) -> tuple[str, np.ndarray, np.ndarray, np.ndarray | None]:
    """Return a depth, a picture, a template that is random or a copy, and a mask or None."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    dtype = draw(st.sampled_from([*SCALES]))
    h, w, channels = draw(st.integers(1, 5)), draw(st.integers(1, 5)), draw(st.sampled_from([1, 3]))
    shape = h + draw(st.integers(0, 12)), w + draw(st.integers(0, 12)), channels
    picture = (rng.random(shape) * SCALES[dtype]).astype(dtype)
    picture[: shape[0] // 2] = picture[0, 0]  # half of it is flat
    template = (rng.random((h, w, channels)) * SCALES[dtype]).astype(dtype)
    if draw(st.booleans()):
        template = picture[-h:, -w:]
    mask = rng.integers(0, 4, (h, w), np.uint8) if draw(st.booleans()) else None
    if mask is not None:
        mask[0, 0] = 3
    return dtype, picture, template, mask


@pytest.mark.parametrize("name", METHODS)
@settings(deadline=None, max_examples=60)
@given(case=cases())
def test_by_fourier_equals_plain_sums(
    name: str, case: tuple[str, np.ndarray, np.ndarray, np.ndarray | None]
) -> None:
    dtype, picture, template, values = case
    mask = None if values is None else Mask(values, 3)
    method = METHODS[name]
    search = prepare(as_pixels(picture), as_pixels(template), mask, method.ignores_level)
    assume(not (method.has_means and is_flat(search, scale_of(search, method))))
    weights = np.ones(template.shape[:2]) if search.weights is None else search.weights
    levels = 255 if dtype == "float32" else 1
    floats = picture.astype(np.float64) * levels, template.astype(np.float64) * levels
    wanted = expected(name, *floats, weights, SCALES[dtype] * levels)
    unit = 1 if method.is_relative else levels**2
    made = searched(search, name)
    size = 1 if method.is_relative else float(np.abs(wanted).max()) + 1
    np.testing.assert_allclose(made.scores * unit, wanted, atol=1e-9 * size)
    assert np.isfinite(made.scores).all()
    y, x = (length - 1 for length in made.scores.shape)
    assert plain_score(search, method, y, x) * unit == pytest.approx(wanted[y, x], abs=1e-9 * size)


@pytest.mark.parametrize("name", METHODS)
def test_tiles_join_without_a_seam(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    picture = as_pixels(rng.integers(0, 256, (61, 83), np.uint8))
    template = as_pixels(rng.integers(0, 256, (3, 7), np.uint8))
    search = prepare(picture, template, None, METHODS[name].ignores_level)
    whole = searched(search, name)
    monkeypatch.setattr(module, "_TILE", 16)
    tiled = searched(search, name)
    assert whole.is_exact and tiled.is_exact
    np.testing.assert_array_equal(whole.scores, tiled.scores)


def test_whole_numbers_are_summed_exactly() -> None:
    picture = np.array([[5, 1, 3], [2, 8, 0]], np.uint8)
    template = np.array([[1, 5], [7, 1]], np.uint8)
    made = searched(prepare(as_pixels(picture), as_pixels(template), None, True), "correlation")
    np.testing.assert_allclose(made.scores, [[-0.84327404, 0.93658581]], atol=5e-9)
    products = searched(prepare(as_pixels(picture), as_pixels(template), None, False), "plain")
    assert products.scores.tolist() == [[5 + 5 + 14 + 8, 1 + 15 + 56 + 0]]


@pytest.mark.parametrize("dtype", SCALES)
def test_numbers_that_are_not_finite_or_huge_leave_all_scores_finite(dtype: str) -> None:
    values = (np.random.default_rng(1).random((20, 20)) * SCALES[dtype]).astype(dtype)
    template = values[4:8, 4:8].copy()
    if dtype == "float32":
        values[0, 0], values[1, 1], values[19, 19] = np.nan, np.inf, 3e38
    for name, method in METHODS.items():
        search = prepare(as_pixels(values), as_pixels(template), None, method.ignores_level)
        assert np.isfinite(searched(search, name).scores).all()


@pytest.mark.parametrize("size", [(20, 30), (7, 9)])
def test_convolution_with_the_turned_template_is_correlation_exactly(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    picture, template = (as_pixels(rng.integers(0, 256, s, np.uint8)) for s in (size, (5, 4)))
    mask = Mask(rng.integers(0, 256, (5, 4), np.uint8), 255)
    for method in METHODS.values():
        search = prepare(picture, template, mask, method.ignores_level)
        scale = scale_of(search, method)
        turned = response(search, method, scale, turned_spectrum)
        np.testing.assert_array_equal(response(search, method, scale).scores, turned.scores)


def test_progress_grows_to_all_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TILE", 16)
    values = np.random.default_rng(5).integers(0, 256, (61, 83), np.uint8)
    search = prepare(as_pixels(values), as_pixels(values[:4, :4]), None, True)
    method, told = METHODS["correlation"], list[tuple[int, int]]()
    scale = scale_of(search, method)
    response(search, method, scale, progress=lambda *each: told.append(each))
    assert len(told) > 1 and told == sorted(told) and told[-1] == (58 * 80, 58 * 80)
