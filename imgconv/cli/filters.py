"""To look around: ``imgconv filters`` and ``imgconv show``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from imgconv.cli.completion import complete_filter
from imgconv.cli.console import say
from imgconv.kernels import library
from imgconv.kernels.filter import RANGES, Declaration, Parameter

if TYPE_CHECKING:
    from imgconv.kernels.filter import Filter
    from imgconv.kernels.kernel import Kernel


# A grid larger than this does not fit a terminal; its middle is shown.
SHOWN = 11


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def filters(as_json: bool) -> None:
    """List all filters, with one line each."""
    found = list(library.declarations(on_error=lambda error: say(str(error))))
    if as_json:
        click.echo(json.dumps([_declared(entry) for entry in found], indent=2))
        return
    width = max(len(_usage(entry)) for entry in found)
    for entry in found:
        click.echo(f"{_usage(entry):{width}}  {entry.summary}")


def _usage(entry: Declaration) -> str:
    return ":".join([entry.name, *(parameter.name for parameter in entry.parameters)])


def _declared(entry: Declaration) -> dict[str, Any]:
    return {
        "name": entry.name,
        "summary": entry.summary,
        "parameters": [parameter._asdict() for parameter in entry.parameters],
        "combine": entry.combine,
        "range": entry.range,
    }


@click.command()
@click.argument("name", metavar="FILTER", shell_complete=complete_filter)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Print the kernels of FILTER as grids, with their facts and parameters."""
    found = library.find(name)
    declared = [
        parsed[0] if (parsed := library.parse_link(link)) else None for link in library.links(name)
    ]
    if as_json:
        described = [
            {**(_declared(entry) if entry else {}), **_facts_of(filter)}
            for filter, entry in zip(found, declared, strict=True)
        ]
        click.echo(json.dumps(described if len(described) > 1 else described[0], indent=2))
        return
    for filter, entry in zip(found, declared, strict=True):
        _print_filter(filter, entry)


def _facts_of(filter: Filter) -> dict[str, Any]:
    return {
        "name": filter.name,
        "combine": filter.combine,
        "range": filter.range,
        "kernels": [
            {
                "width": kernel.width,
                "height": kernel.height,
                "scale": kernel.scale,
                "offset": kernel.offset,
                "origin": list(kernel.origin),
                "sum": kernel.sum / kernel.scale,
                "separable": kernel.factor is not None,
                "weights": kernel.weights.tolist(),
            }
            for kernel in filter.kernels
        ],
    }


def _print_filter(filter: Filter, entry: Declaration | None) -> None:
    click.echo(f"{filter.name}: {entry.summary}" if entry else filter.name)
    for kernel in filter.kernels:
        click.echo(f"\n{_grid(kernel)}\n\n  {_facts(kernel)}")
    click.echo(f"  shown by {filter.range}: {RANGES[filter.range]}")
    if filter.combine != "none":
        click.echo(f"  combined by {filter.combine}")
    for parameter in entry.parameters if entry else ():
        click.echo(f"  {parameter_line(parameter)}")


def parameter_line(parameter: Parameter) -> str:
    """A parameter with its meaning, default and range."""
    return (
        f"{parameter.name}: {parameter.summary} (default {parameter.default:g}; {parameter.bounds})"
    )


def _grid(kernel: Kernel) -> str:
    top, left = max(0, (kernel.height - SHOWN) // 2), max(0, (kernel.width - SHOWN) // 2)
    middle = kernel.weights[top : top + SHOWN, left : left + SHOWN]
    cells = [[_number(weight) for weight in row] for row in middle.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  " + " ".join(f"{cell:>{width}}" for cell in row) for row in cells]
    if middle.size < kernel.weights.size:
        lines.append(f"  (the middle {middle.shape[1]}x{middle.shape[0]} of {kernel.size})")
    return "\n".join(lines)


def _number(weight: float) -> str:
    return f"{weight:g}" if weight == round(weight, 4) else f"{weight:.4g}"


def _facts(kernel: Kernel) -> str:
    scale = f", divided by {kernel.scale:g}" if kernel.scale != 1 else ""
    offset = f", plus {kernel.offset:g}" if kernel.offset else ""
    kind = "separable" if kernel.factor is not None else "not separable"
    row, column = kernel.origin
    return (
        f"size {kernel.size}, sum {kernel.sum / kernel.scale:.6g}{scale}{offset}, {kind}, "
        f"origin at row {row}, column {column}"
    )
