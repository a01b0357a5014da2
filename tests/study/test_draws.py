"""Draws: the numbers of the rule, and their distance from the convolution."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from imgconv.errors import UsageError
from imgconv.images.pixels import Pixels
from imgconv.kernels import library
from imgconv.planning.settings import make_settings
from imgconv.study.draws import Drawn, drawn, mix, uniform
from tests.support.pictures import noise

Y, X = np.mgrid[:12, :16]
PICTURE = Pixels(((37 * X + 91 * Y + X * Y) % 256).astype(np.uint8)[..., None], ("l",))


def last(pixels: Pixels, text: str, draws: int, seed: int = 7, **options: str) -> Drawn:
    *_, found = drawn(pixels, library.find(text), make_settings(**options), draws, seed)  # type: ignore[arg-type]
    return found


def test_the_first_number_of_splitmix_and_the_range_of_draws() -> None:
    assert int(mix(np.zeros(1, np.uint64))[0]) == 0xE220A8397B1DCDAF
    found = uniform(3, np.arange(10_000, dtype=np.uint64))
    assert 0 <= found.min() < 0.001 and 0.999 < found.max() < 1
    assert found.mean() == pytest.approx(0.5, abs=0.01)


def test_the_draws_of_a_seed_are_these() -> None:
    found = last(PICTURE, "binomial", 1).pixels.array[..., 0]
    assert found[0, :8].tolist() == [37, 37, 167, 243, 148, 25, 222, 3]
    assert found[4, 3:8].tolist() == [27, 153, 16, 217, 180]
    assert int(found.sum()) == 24405
    mean = last(PICTURE, "binomial", 64)
    assert (round(mean.rms, 3), round(mean.expected_rms, 3)) == (9.246, 8.896)


def test_one_draw_takes_a_value_of_the_neighbourhood_for_all_channels_together() -> None:
    pixels = noise(20, 30, "rgb")
    found = last(pixels, "blur", 1).pixels.array
    padded = np.pad(pixels.array[..., :3], ((1, 1), (1, 1), (0, 0)), mode="edge")
    near = np.stack([padded[j : j + 20, i : i + 30] for j in range(3) for i in range(3)])
    assert bool((near == found).all(axis=3).any(axis=0).all())


def test_the_mean_settles_at_the_convolution_as_fast_as_expected() -> None:
    image = Image.open("sample_images/camera.png").convert("L").crop((200, 100, 328, 228))
    pixels = Pixels(np.asarray(image)[..., None], ("l",))
    for draws in (1, 10, 100):
        found = last(pixels, "binomial", draws)
        assert found.rms == pytest.approx(found.expected_rms, rel=0.05)


def test_states_on_the_way_are_the_means_of_fewer_draws() -> None:
    filters = library.find("binomial")
    found = [*drawn(PICTURE, filters, make_settings(), 10, 7, every=4)]
    assert [each.draws for each in found] == [4, 8, 10]
    for each in found:
        expected = last(PICTURE, "binomial", each.draws).pixels.array
        assert np.array_equal(each.pixels.array, expected)


def test_a_chain_draws_each_step_with_numbers_of_its_own() -> None:
    found = last(PICTURE, "blur,blur", 400)
    assert found.rms == pytest.approx(found.expected_rms, rel=0.25)
    assert not np.array_equal(last(PICTURE, "blur", 1, 7).pixels.array, PICTURE.array)


@pytest.mark.parametrize("extent", ["same", "valid", "full"])
@pytest.mark.parametrize("border", ["edge", "constant:red", "reflect", "mirror", "wrap"])
def test_many_draws_of_a_flat_picture_are_flat_under_every_border(border: str, extent: str) -> None:
    array = np.full((6, 7, 4), 100, np.uint8)
    array[..., 3] = 255
    pixels = Pixels(array, ("r", "g", "b", "a"))
    found = last(pixels, "blur", 3, border=border, extent=extent).pixels.array
    middle = found[found.shape[0] // 2, found.shape[1] // 2]
    assert middle.tolist() == [100, 100, 100, 255]


@pytest.mark.parametrize("text", ["laplacian", "sobel", "sharpen", "0"])
def test_weights_that_are_no_probabilities_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--draws needs weights that are probabilities"):
        last(PICTURE, text, 1)
