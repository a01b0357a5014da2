"""Kernels for tests, drawn by Hypothesis."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from imgconv.kernels.kernel import Kernel

whole_weights = arrays(
    np.float64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-9, 9)
)
vectors = arrays(np.float64, st.integers(1, 6), elements=st.integers(-99, 99))
kernels = st.builds(Kernel, whole_weights, st.sampled_from([1, 2, -4, 0.5]), st.integers(-9, 9))
