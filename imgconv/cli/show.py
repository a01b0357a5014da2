"""``imgconv show FILTER``: kernels as numbers, as figures, and put together to other kernels."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click

from imgconv.cli.completion.values import complete_filter
from imgconv.cli.filter_options import FilterCommand, given_values
from imgconv.cli.inputs import check_order
from imgconv.cli.option_groups import (
    as_record,
    explanation_flag,
    in_explanation,
    in_kernel,
    json_option,
    kernel_flag,
)
from imgconv.cli.options import filter_argument, kernel_options
from imgconv.cli.study_options import output_argument
from imgconv.formats.registry import is_picture_path
from imgconv.kernels.filter import KernelChanges


class FilterOptions(NamedTuple):
    """FILTER; ``parameters`` are the options that it declares itself."""

    filter_text: str
    parameters: Mapping[str, str]

    def values(self) -> dict[str, str]:
        """Return the values of the parameters that are given as options."""
        return given_values(self.filter_text, self.parameters)


class AlgebraOptions(NamedTuple):
    """The operations by which kernels are put together with FILTER, in this order."""

    one: bool
    add: tuple[str, ...]
    subtract: tuple[str, ...]
    times: float | None


algebra_options = as_record(
    "algebra",
    AlgebraOptions,
    kernel_flag(
        "--one", help="Put the kernels of a chain together to one. The default shows each."
    ),
    in_kernel(
        "--add",
        multiple=True,
        metavar="FILTER",
        shell_complete=complete_filter,
        help="Add the kernel of this filter, origin upon origin (default: none).",
    ),
    in_kernel(
        "--subtract",
        multiple=True,
        metavar="FILTER",
        shell_complete=complete_filter,
        help="Subtract the kernel of this filter (default: none).",
    ),
    in_kernel(
        "--times",
        type=float,
        metavar="X",
        help="Multiply the weights and the offset by X (default: 1).",
    ),
)


class AnswerOptions(NamedTuple):
    """The facts that are shown beside the weights; ``factors`` is a rank, 0 for the kernel's."""

    factors: int | None
    response: bool
    check: bool


answer_options = as_record(
    "answers",
    AnswerOptions,
    in_explanation(
        "--factors",
        type=click.IntRange(0),
        is_flag=False,
        flag_value=0,
        metavar="[N]",
        help="Show singular values, N separable parts, and what the best kernel of N parts leaves "
        "(default: not; without N, as many parts as there are).",
    ),
    explanation_flag(
        "--response",
        help="Show the response to frequencies along 0, 45 and 90 degrees, or draw its curves. The "
        "default draws it as a picture only.",
    ),
    explanation_flag(
        "--check",
        help="Compare the orders of a chain of 2 to 4 filters, as kernels. The default shows them.",
    ),
)


class ShowRequest(NamedTuple):
    """Everything that is asked for."""

    filter: FilterOptions
    output: str | None
    changes: KernelChanges
    algebra: AlgebraOptions
    answers: AnswerOptions
    as_json: bool

    @property
    def filter_text(self) -> str:
        """FILTER as it is written."""
        return self.filter.filter_text


@click.command(
    cls=FilterCommand,
    no_args_is_help=True,
    examples=[
        ("Show the weights of a filter", "imgconv show gaussian:1.5"),
        ("Check a kernel of your own", 'imgconv show "0 -1 0; -1 5 -1; 0 -1 0"'),
        ("Draw a kernel and its frequency response", "imgconv show gaussian:1 figure.png"),
        ("Make one kernel of a chain", "imgconv show gaussian:1,laplacian one.toml --one"),
        ("See whether the order matters", "imgconv show gaussian:1,laplacian --check"),
    ],
)
@as_record("filter", FilterOptions, filter_argument)
@output_argument
@kernel_options
@algebra_options
@answer_options
@json_option
def show(**options: Any) -> None:
    """Print the kernels of FILTER and their properties.

    Each kernel is a grid of weights; of a large one the middle is shown. Its size, sum, scale,
    offset and origin follow, then the range rule and the parameters of the filter, which are given
    as values (gaussian:2) or as options (gaussian --sigma 2).

    With OUTPUT (.png, .svg, .pdf, ...) the kernels are drawn, with the frequency response: white
    is the largest, and the axes are in cycles a pixel. That needs matplotlib
    (pip install matplotlib). A .toml or .npy OUTPUT holds the kernel itself, which 'imgconv apply'
    takes.
    """
    request = ShowRequest(**options)
    if request.output and not is_picture_path(request.filter_text):
        check_order(request.filter_text, [request.output], "show")
    import_module("imgconv.cli.answers.kernel").answer(request)
