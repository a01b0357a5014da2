"""Hypothesis strategies for kernels, and how many examples are drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imgconv.kernels.kernel import Kernel

whole_weights = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-9, 9)
)
vectors = arrays(np.float64, st.integers(1, 6), elements=st.integers(-99, 99))
kernels = st.builds(Kernel, whole_weights, st.sampled_from([1, 2, -4, 0.5]), st.integers(-9, 9))


def examples(count: int) -> settings:
    """Return settings for ``count`` examples, or fewer in the profile for quick tests."""
    share = settings().max_examples / 100
    return settings(deadline=None, max_examples=max(1, round(share * count)))
