from __future__ import annotations

import numpy as np

from imgconv.figures.colours import largest_of, signed_colours


def test_zero_is_white_and_the_largest_magnitude_has_the_full_colour() -> None:
    colours = signed_colours(np.array([-4.0, 0, 2, 4]))
    assert colours[[0, 1, 3]].tolist() == [[47, 95, 179], [255, 255, 255], [230, 97, 1]]
    np.testing.assert_allclose(colours[2], (colours[1] / 2 + colours[3] / 2), atol=1)


def test_values_beyond_the_largest_have_its_colour_and_what_is_no_number_is_white() -> None:
    colours = signed_colours(np.array([9.0, 3, np.nan]), 3)
    assert (colours[0] == colours[1]).all() and (colours[2] == 255).all()


def test_the_largest_of_zeros_is_one() -> None:
    assert largest_of(np.zeros(3), np.array([np.nan])) == 1
    assert largest_of(np.array([1.0, -5]), np.array([3.0, np.nan])) == 5
