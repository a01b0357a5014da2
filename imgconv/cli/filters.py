"""``imgconv filters`` and ``imgconv show``: list filters, and print one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from imgconv.cli.completion import complete_filter
from imgconv.cli.console import say, show_line
from imgconv.cli.filter_options import KernelCommand
from imgconv.kernels import library
from imgconv.kernels.filter import RANGES, Declaration, Filter

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel

LARGEST_GRID = 11  # rows and columns; of a larger grid the middle is printed


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def filters(as_json: bool) -> None:
    """List all filters, one on each line."""
    found = list(library.declarations(on_error=lambda error: say(str(error))))
    if as_json:
        click.echo(json.dumps([_declaration_fields(entry) for entry in found], indent=2))
        return
    width = max(len(_usage(entry)) for entry in found)
    for entry in found:
        show_line(f"{_usage(entry):{width}}  {entry.summary}")


def _usage(entry: Declaration) -> str:
    return ":".join([entry.name, *(parameter.name for parameter in entry.parameters)])


def _declaration_fields(entry: Declaration) -> dict[str, Any]:
    return {
        "name": entry.name,
        "summary": entry.summary,
        "parameters": [parameter._asdict() for parameter in entry.parameters],
        "combine": entry.combine,
        "range": entry.range,
    }


@click.command(cls=KernelCommand)
@click.argument("name", metavar="FILTER", shell_complete=complete_filter)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str, as_json: bool) -> None:
    """Print the kernels of FILTER as grids, with their properties and parameters."""
    filters = library.find(name)
    parsed = [library.parse_link(link) for link in library.links(name)]
    found = [(f, link[0] if link else None) for f, link in zip(filters, parsed, strict=True)]
    if as_json:
        fields = [_filter_fields(filter, entry) for filter, entry in found]
        click.echo(json.dumps(fields if len(fields) > 1 else fields[0], indent=2))
        return
    for filter, entry in found:
        _print_filter(filter, entry)


def _filter_fields(filter: Filter, entry: Declaration | None) -> dict[str, Any]:
    return (_declaration_fields(entry) if entry else {}) | {
        "name": filter.name,
        "combine": filter.combine,
        "range": filter.range,
        "kernels": [_kernel_fields(kernel) for kernel in filter.kernels],
    }


def _kernel_fields(kernel: Kernel) -> dict[str, Any]:
    return {
        "width": kernel.width,
        "height": kernel.height,
        "scale": kernel.scale,
        "offset": kernel.offset,
        "origin": list(kernel.origin),
        "sum": kernel.sum / kernel.scale,
        "separable": kernel.factor is not None,
        "weights": kernel.weights.tolist(),
    }


def _print_filter(filter: Filter, entry: Declaration | None) -> None:
    show_line(f"{filter.name}: {entry.summary}" if entry else filter.name)
    for kernel in filter.kernels:
        click.echo(f"\n{_grid(kernel)}\n\n  {_properties(kernel)}")
    click.echo(f"  shown by {filter.range}: {RANGES[filter.range]}")
    if filter.combine != "none":
        click.echo(f"  combined by {filter.combine}")
    for parameter in entry.parameters if entry else ():
        click.echo(f"  {parameter.name}: {parameter.description}")


def _grid(kernel: Kernel) -> str:
    shape = kernel.weights.shape
    top, left = (max(0, (length - LARGEST_GRID) // 2) for length in shape)
    middle = kernel.weights[top : top + LARGEST_GRID, left : left + LARGEST_GRID]
    cells = [[_number(weight) for weight in row] for row in middle.tolist()]
    width = max(len(cell) for row in cells for cell in row)
    lines = ["  " + " ".join(f"{cell:>{width}}" for cell in row) for row in cells]
    if middle.size < kernel.weights.size:
        lines.append(f"  (the middle {middle.shape[1]}x{middle.shape[0]} of {kernel.size})")
    return "\n".join(lines)


def _number(weight: float) -> str:
    return f"{weight:g}" if weight == round(weight, 4) else f"{weight:.4g}"


def _properties(kernel: Kernel) -> str:
    scale = f", divided by {kernel.scale:g}" if kernel.scale != 1 else ""
    offset = f", plus {kernel.offset:g}" if kernel.offset else ""
    kind = "separable" if kernel.factor is not None else "not separable"
    row, column = kernel.origin
    return (
        f"size {kernel.size}, sum {kernel.sum / kernel.scale:.6g}{scale}{offset}, {kind}, "
        f"origin at row {row}, column {column}"
    )
