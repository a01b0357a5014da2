"""Fusion: the kernels of linear filters that follow each other become one kernel.

Two kernels one after the other are their composition where no border comes in between, as with the
extent ``valid`` or the border ``wrap``. With a border that reflects, it is if the first kernel is
symmetric: then a symmetric picture stays symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from imgconv.engines.base import PlanOptions, candidates
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel
from imgconv.planning import costs


def is_symmetric(kernel: Kernel) -> bool:
    """Whether a kernel is its own mirror image, up and down and left and right."""
    middle = (kernel.height // 2, kernel.width // 2)
    is_odd = kernel.height % 2 == kernel.width % 2 == 1
    parts = kernel.factor or (kernel.weights, kernel.weights.T)
    return is_odd and kernel.origin == middle and all(np.array_equal(p, p[::-1]) for p in parts)


def fused(
    filters: Sequence[Filter], border: str, extent: str, has_alpha: bool, options: PlanOptions
) -> list[Filter]:
    """Return the chain with neighbours fused where that is exact, and cheaper."""
    if options.engine or extent == "full":
        return list(filters)
    options = options._replace(is_bytes=False)  # sums of fused kernels are hardly ever whole
    chain = list(filters[:1])
    for then in filters[1:]:
        first = chain[-1]
        is_linear = first.combine == "none" and first.range == "clamp"
        reflects = border in ("reflect", "mirror") and is_symmetric(first.kernels[0])
        is_exact = extent == "valid" or border == "wrap" or reflects
        # Alpha weights the colours of filters that average, and no others.
        is_same_alpha = not has_alpha or first.is_average == then.is_average
        fusion = _fusion(first, then) if is_linear and is_exact and is_same_alpha else None
        apart = _seconds(first, options) + _seconds(then, options)
        if fusion and _seconds(fusion, options) < apart:
            chain[-1] = fusion
        else:
            chain.append(then)
    return chain


def _fusion(first: Filter, then: Filter) -> Filter | None:
    kernel = first.kernels[0]
    sizes = [(kernel.height + k.height - 1) * (kernel.width + k.width - 1) for k in then.kernels]
    if max(sizes) > MOST_WEIGHTS:
        return None
    kernels = tuple(kernel.compose(k) for k in then.kernels)
    return then._replace(name=f"{first.name},{then.name}", kernels=kernels)


def _seconds(filter: Filter, options: PlanOptions) -> float:
    """Return the least time of a core for each value, with fetching and storing it."""
    passes = (candidates(kernel.folded(), options) for kernel in filter.kernels)
    fetching = 1e-9 * costs.current().fetch_and_store
    return fetching + sum(min(map(costs.seconds, found)) for found in passes)
