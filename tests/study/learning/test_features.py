"""Features of patches: at right angles, the same for a seed, and of what pictures are made of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from imgconv.errors import UsageError
from imgconv.study.learning.features import (
    clustered,
    principal,
    whitening_kernel,
    zca_matrix,
)
from imgconv.study.learning.patches import draw_patches, of_equal_contrast

Array = NDArray[np.float64]

SAMPLES = Path(__file__).parents[3] / "sample_images"


def stripes(degrees: float, period: float = 5) -> Array:
    """Return stripes whose levels change along ``degrees``, counter-clockwise from the right."""
    y, x = np.mgrid[:90, :120].astype(float)
    angle = np.radians(degrees)
    found: Array = 0.5 + 0.4 * np.sin(2 * np.pi * (x * np.cos(angle) - y * np.sin(angle)) / period)
    return found


def soft() -> Array:
    """Return noise whose neighbours are alike, as those of pictures are."""
    noise = np.random.default_rng(3).random((120, 140))
    for axis in (0, 1):
        for _ in range(3):
            noise = (np.roll(noise, 1, axis) + noise) / 2
    return noise


def strongest_direction(kernel: Array) -> float:
    """Return the angle of the strongest frequency, in degrees from 0 to 180."""
    spectrum = np.abs(np.fft.fft2(kernel - kernel.mean(), (64, 64)))
    row, column = np.unravel_index(spectrum.argmax(), spectrum.shape)
    down, across = ((at + 32) % 64 - 32 for at in (int(row), int(column)))
    return float(np.degrees(np.arctan2(-down, across)) % 180)


def test_patches_are_those_at_the_places_of_the_seed() -> None:
    pictures = [soft()[:20, :30], soft()[40:52, :25]]
    found = draw_patches(pictures, 7, (3, 4), seed=5)
    random, expected = np.random.default_rng(5), []
    for gray, share in zip(pictures, (4, 3), strict=True):
        rows, columns = gray.shape[0] - 2, gray.shape[1] - 3
        for place in random.integers(rows * columns, size=share).tolist():
            y, x = divmod(place, columns)
            expected.append(gray[y : y + 3, x : x + 4].ravel())
    assert found.tolist() == np.array(expected).tolist()


def test_a_picture_smaller_than_a_patch_is_refused() -> None:
    with pytest.raises(UsageError, match="a picture of 30x20 has no patch of 4x21"):
        draw_patches([soft()[:20, :30]], 7, (21, 4), seed=0)


def test_patches_of_equal_contrast_have_no_mean_and_flat_ones_stay_flat() -> None:
    alike = of_equal_contrast(np.array([[0.2, 0.4, 0.9], [0.5, 0.5, 0.5]]))
    assert alike.mean(axis=1) == pytest.approx(0, abs=1e-15)
    assert alike[0].std() == pytest.approx(1, abs=1e-2) and not alike[1].any()


def test_directions_are_orthonormal_and_their_shares_fall() -> None:
    patches = of_equal_contrast(draw_patches([soft()], 3000, (8, 8), 0))
    found = principal(patches, 64)
    assert np.abs(found.weights @ found.weights.T - np.eye(64)).max() < 1e-12
    assert np.all(np.diff(found.shares) <= 0) and found.shares.sum() == pytest.approx(1)
    assert np.all(found.weights.max(axis=1) >= -found.weights.min(axis=1))
    responses = (patches - patches.mean(axis=0)) @ found.weights.T
    assert responses.var(axis=0) / responses.var(axis=0).sum() == pytest.approx(found.shares)


def test_whitened_directions_have_responses_of_unit_covariance() -> None:
    patches = of_equal_contrast(draw_patches([soft()], 5000, (8, 8), 0))
    responses = (patches - patches.mean(axis=0)) @ principal(patches, 63, whiten=True).weights.T
    covariance = responses.T @ responses / len(responses)
    assert np.abs(covariance - np.eye(63)).max() < 1e-6


@pytest.mark.parametrize("degrees", [0, 30, 45, 90, 135])
def test_the_first_two_features_of_stripes_are_such_stripes(degrees: float) -> None:
    patches = of_equal_contrast(draw_patches([stripes(degrees)], 4000, (10, 10), 0))
    found = principal(patches, 2)
    assert found.shares.sum() > 0.95
    for feature in found.weights.reshape(2, 10, 10):
        away = abs(strongest_direction(feature) - degrees) % 180
        assert min(away, 180 - away) < 8


def test_clusters_of_two_kinds_of_stripes_are_both_kinds() -> None:
    pictures = [stripes(0), stripes(90)]
    patches = of_equal_contrast(draw_patches(pictures, 4000, (8, 8), 0))
    found = clustered(patches, 4, seed=1)
    assert np.linalg.norm(found.weights, axis=1) == pytest.approx(1)
    assert np.all(np.diff(found.shares) <= 0) and 0 < found.shares.sum() <= 1
    angles = [strongest_direction(each) for each in found.weights.reshape(-1, 8, 8)]
    assert any(min(a, 180 - a) < 10 for a in angles) and any(abs(a - 90) < 10 for a in angles)


def test_the_same_seed_gives_the_same_features() -> None:
    patches = of_equal_contrast(draw_patches([soft()], 2000, (6, 6), 4))
    again = of_equal_contrast(draw_patches([soft()], 2000, (6, 6), 4))
    one, other = clustered(patches, 8, 4), clustered(again, 8, 4)
    assert one.weights.tobytes() == other.weights.tobytes()
    assert clustered(patches, 8, 5).weights.tolist() != one.weights.tolist()


def test_whitening_of_clusters_is_a_part_of_their_kernels() -> None:
    patches = of_equal_contrast(draw_patches([soft()], 2000, (6, 6), 4))
    plain, whole = (clustered(patches, 8, 4, whiten).weights for whiten in (False, True))
    assert whole == pytest.approx(plain @ zca_matrix(patches, 0.1))


def test_flat_pictures_give_features_of_no_share() -> None:
    patches = of_equal_contrast(draw_patches([np.full((20, 20), 0.5)], 100, (4, 4), 0))
    for found in (principal(patches, 3), clustered(patches, 3, 0)):
        assert np.isfinite(found.weights).all() and found.shares.tolist() == [0, 0, 0]


def sample(name: str) -> Array:
    """Return a sample picture in grey, 0 to 1."""
    with Image.open(SAMPLES / name) as picture:
        return np.asarray(picture.convert("L")) / 255.0


@pytest.mark.parametrize("shape", [(3, 5), (4, 4), (3, 6), (6, 3)])
def test_the_whitening_kernel_is_largest_at_its_origin(shape: tuple[int, int]) -> None:
    kernel = whitening_kernel(draw_patches([soft()], 2000, shape, 4), shape)
    assert kernel.shape == shape
    assert kernel[shape[0] // 2, shape[1] // 2] == kernel.max()


def test_the_whitening_kernel_of_photographs_makes_their_neighbours_independent() -> None:
    names = ("astronaut.png", "camera.png", "coffee.png", "chelsea.png")
    patches = draw_patches(map(sample, names), 40_000, (9, 9), 0)
    kernel = whitening_kernel(patches, (9, 9))
    assert kernel[4, 4] == pytest.approx(30.78, abs=0.5)
    assert kernel[4, [3, 5]] == pytest.approx(-6.14, abs=0.3)

    def alike(values: Array) -> float:
        return float(np.corrcoef(values[:, :-1].ravel(), values[:, 1:].ravel())[0, 1])

    for name, before, after in [("camera.png", 0.978, -0.079), ("chelsea.png", 0.963, 0.187)]:
        gray = sample(name)
        windows = np.lib.stride_tricks.sliding_window_view(gray, (9, 9))
        assert alike(gray) == pytest.approx(before, abs=1e-3)
        assert alike(np.tensordot(windows, kernel, 2)) == pytest.approx(after, abs=0.03)
