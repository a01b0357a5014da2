"""Fourier transforms of NumPy: the lengths that are fast, and the error of sums by them."""

# The error of a convolution by Fourier is below this times the norms of both.
ROUNDING = 4e-15


def fast_length(least: int) -> int:
    """Return the smallest product of 2, 3 and 5 from ``least`` on, which is transformed fast."""
    found = 1 << (least - 1).bit_length()
    five = 1
    while five < found:
        three = five
        while three < found:
            found = min(found, three << max(0, (-(-least // three) - 1).bit_length()))
            three *= 3
        five *= 5
    return found
