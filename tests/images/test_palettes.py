from __future__ import annotations

import numpy as np

from imgconv.images.palettes import Palette, colour_numbers


def test_a_colour_is_one_number() -> None:
    assert colour_numbers(np.array([[[1, 2, 3]]], np.uint8)).tolist() == [[0x010203]]


def test_few_colours_stay_exact() -> None:
    frame = np.random.default_rng(1).integers(0, 256, (5, 5, 3)).astype(np.uint8)
    palette = Palette([frame], 255)
    colours = np.frombuffer(palette.data, np.uint8).reshape(-1, 3)
    np.testing.assert_array_equal(colours[palette.indices(frame)], frame)


def test_many_colours_are_near() -> None:
    ramp = np.arange(0, 256, 4, dtype=np.uint8)
    frame = np.stack(np.broadcast_arrays(ramp[:, None], ramp, ramp[0]), axis=-1)
    palette = Palette([frame], 255)
    colours = np.frombuffer(palette.data, np.uint8).reshape(-1, 3).astype(int)
    away = np.abs(colours[palette.indices(frame)] - frame).max()
    assert len(colours) == 255 and away <= 17  # a square of 256 x 256 in a grid of 16 x 16


def test_a_colour_of_another_frame_gets_the_nearest() -> None:
    palette = Palette([np.array([[[0, 0, 0], [255, 255, 255]]], np.uint8)], 255)
    found = palette.indices(np.array([[[200, 210, 220], [1, 2, 3]]], np.uint8))
    assert found.tolist() == [[1, 0]]
