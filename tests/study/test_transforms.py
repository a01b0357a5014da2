"""Fourier transforms of NumPy: the lengths that are fast."""

from __future__ import annotations

from imgconv.study.transforms import fast_length


def test_fast_lengths_are_the_smallest_products_of_two_three_and_five() -> None:
    smooth = sorted(2**a * 3**b * 5**c for a in range(12) for b in range(8) for c in range(6))
    for least in range(1, 1200):
        assert fast_length(least) == next(length for length in smooth if length >= least)
