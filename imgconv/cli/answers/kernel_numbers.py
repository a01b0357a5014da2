"""Separable parts, frequency responses and orders of kernels, as text and for JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from imgconv.cli.answers.tables import aligned
from imgconv.cli.console import counted, print_json, show_line
from imgconv.kernels.display import middle
from imgconv.kernels.filter import Filter
from imgconv.kernels.kernel import Kernel
from imgconv.study.algebra import Factoring, compare_orders, factoring
from imgconv.study.numbers import number
from imgconv.study.response import DIRECTIONS, end_of, is_real, response_along

if TYPE_CHECKING:
    from imgconv.cli.show import AnswerOptions, ShowRequest

# The frequencies of a table, in cycles a pixel: sixteenths, a third, and the corner.
_FREQUENCIES = sorted([*(k / 16 for k in range(12)), 1 / 3, end_of(45)])

# The singular values, and the weights of a part, that a text shows.
_MOST_VALUES, _MOST_WEIGHTS = 12, 11


def lines(kernel: Kernel, answers: AnswerOptions) -> list[str]:
    """Return the lines that are asked for beside the weights."""
    found: list[str] = []
    if answers.factors is not None:
        found += _factor_lines(factoring(kernel), answers.factors)
    if answers.response:
        found += _response_lines(kernel)
    return found


def fields(kernel: Kernel, answers: AnswerOptions) -> dict[str, Any]:
    """Return the same for JSON."""
    found: dict[str, Any] = {}
    if answers.factors is not None:
        parts = factoring(kernel)
        rank = answers.factors or parts.rank
        found["factoring"] = {
            "singular_values": parts.values,
            "rank": parts.rank,
            "parts": [{"column": column, "row": row} for column, row in parts.factors[:rank]],
            "error": parts.error(rank),
            "error_share": parts.share(rank),
        }
    if answers.response:
        found["response"] = [_profile(kernel, degrees) for degrees in DIRECTIONS]
    return found


def _factor_lines(parts: Factoring, wanted: int) -> list[str]:
    shown = [number(value, 7) for value in parts.values[:_MOST_VALUES].tolist()]
    more = ", ..." if len(parts.values) > _MOST_VALUES else ""
    found = [f"singular values {', '.join(shown)}{more} (rank {parts.rank})"]
    rank = min(wanted or parts.rank, parts.rank)
    for position, (column, row) in enumerate(parts.factors[:rank], start=1):
        found.append(f"part {position}: column {_weights(column)}; row {_weights(row)}")
    error = number(parts.error(rank), 7)
    share = f"{100 * parts.share(rank):.2f} % of the norm"
    found.append(f"{counted(rank, 'part')}, summed, leave {error}, {share}")
    return found


def _weights(weights: np.ndarray[Any, np.dtype[np.float64]]) -> str:
    shown = " ".join(map(number, weights[middle(weights.shape, _MOST_WEIGHTS)].tolist()))
    return shown if len(weights) <= _MOST_WEIGHTS else f"... {shown} ..."


def _profile(kernel: Kernel, degrees: int) -> dict[str, Any]:
    frequencies = np.array([each for each in _FREQUENCIES if each <= end_of(degrees) + 1e-12])
    along = response_along(kernel, degrees, frequencies)
    return {
        "degrees": degrees,
        "frequencies": frequencies,
        "real": along.real,
        "imaginary": along.imag,
    }


def _response_lines(kernel: Kernel) -> list[str]:
    """Return a table of the response, or of its magnitude where it is not real."""
    columns = []
    along = [response_along(kernel, each, np.array(_FREQUENCIES)) for each in DIRECTIONS]
    has_sign = all(map(is_real, along))
    largest = max(float(np.abs(each).max()) for each in along)
    for degrees, values in zip(DIRECTIONS, along, strict=True):
        shown = values.real if has_sign else np.abs(values)
        columns.append(
            [
                _value(value, largest) if frequency <= end_of(degrees) + 1e-12 else ""
                for frequency, value in zip(_FREQUENCIES, shown.tolist(), strict=True)
            ]
        )
    rows = [["cycles a pixel", *(f"{degrees} degrees" for degrees in DIRECTIONS)]]
    for frequency, *cells in zip(_FREQUENCIES, *columns, strict=True):
        rows.append([f"{frequency:.4f}", *cells])
    kind = "response" if has_sign else "magnitude of the response"
    return [f"{kind} along a direction, counter-clockwise from the right", *aligned(rows)]


def _value(value: float, largest: float) -> str:
    return f"{value if abs(value) > 1e-12 * largest else 0.0:.4f}"


def print_orders(filters: Sequence[Filter], request: ShowRequest) -> None:
    """Print what the order of a chain changes; raises ``UsageError``."""
    found = compare_orders(filters)
    names = [each.name for each in filters]
    if request.as_json:
        print_json({"filters": names, **found._asdict()})
        return
    orders = " = ".join([" then ".join(names), " then ".join(reversed(names))])
    if len(names) > 2:
        orders += " = any other order"
    show_line(f"{orders}: largest difference {number(found.orders)} (as kernels)")
    if len(names) > 2:
        difference = number(found.groupings)
        show_line(f"put together from the left or the right: largest difference {difference}")
    show_line("on a picture, with a border, they differ only near the edge")
    show_line(
        "a chain convolves its kernels; correlated with each other, "
        f"{names[0]} and {names[1]} would differ by order by {number(found.correlated)}"
    )
