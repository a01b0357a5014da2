"""Steps of a chain that run as one: the kernels of linear filters put together into one kernel.

Two kernels one after the other are their composition wherever no border comes in between. It does
not where the extent is ``valid``, nor where pictures repeat (``wrap``); a symmetric kernel keeps a
picture symmetric that is continued by reflection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import MOST_WEIGHTS, Kernel
from imgconv.planning import costs
from imgconv.planning.plan import PlanOptions, candidates


def _any(kernel: Kernel) -> bool:
    return True


def _none(kernel: Kernel) -> bool:
    return False


def is_symmetric(kernel: Kernel) -> bool:
    """Whether a kernel is its own mirror image, up and down and left and right."""
    middle = (kernel.height // 2, kernel.width // 2)
    is_odd = kernel.height % 2 == kernel.width % 2 == 1
    parts = kernel.factor or (kernel.weights, kernel.weights.T)
    return is_odd and kernel.origin == middle and all(np.array_equal(p, p[::-1]) for p in parts)


# For each border, which kernels commute with it.
_COMMUTING: dict[str, Callable[[Kernel], bool]] = {
    "wrap": _any,
    "reflect": is_symmetric,
    "mirror": is_symmetric,
}


def fused(
    filters: Sequence[Filter], border: str, extent: str, has_alpha: bool, wishes: PlanOptions
) -> list[Filter]:
    """The same chain with neighbours put together where that is exact, and cheaper."""
    if wishes.engine or extent == "full":
        return list(filters)
    commutes = _any if extent == "valid" else _COMMUTING.get(border, _none)
    wishes = wishes._replace(is_bytes=False)  # sums of several kernels are hardly ever whole
    chain = list(filters[:1])
    for then in filters[1:]:
        first = chain[-1]
        may = _is_linear(first) and commutes(first.kernels[0])
        if has_alpha:  # which weighs the colours of those that average, and only those
            may = may and first.is_average == then.is_average
        together = _together(first, then) if may else None
        apart = _seconds(first, wishes) + _seconds(then, wishes)
        if together and _seconds(together, wishes) < apart:
            chain[-1] = together
        else:
            chain.append(then)
    return chain


def _is_linear(filter: Filter) -> bool:
    return filter.combine == "none" and filter.range == "clamp"


def _together(first: Filter, then: Filter) -> Filter | None:
    kernel = first.kernels[0]
    sizes = [(kernel.height + k.height - 1) * (kernel.width + k.width - 1) for k in then.kernels]
    if max(sizes) > MOST_WEIGHTS:
        return None
    kernels = tuple(kernel.compose(k) for k in then.kernels)
    return then._replace(name=f"{first.name},{then.name}", kernels=kernels)


def _seconds(filter: Filter, wishes: PlanOptions) -> float:
    """What a core takes for each value, at best."""
    passes = (candidates(kernel.folded(), wishes) for kernel in filter.kernels)
    fetching = 1e-9 * costs.held().fetch_and_store
    return fetching + sum(min(todo.seconds for todo in found) for found in passes)
