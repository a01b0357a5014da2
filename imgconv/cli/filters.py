"""``imgconv filters`` and ``imgconv show``: list filters, and print one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from imgconv import kernels
from imgconv.cli.answers.tables import LARGEST_GRID
from imgconv.cli.completion.values import complete_filter, complete_from
from imgconv.cli.console import say, show_line
from imgconv.cli.filter_options import KernelCommand
from imgconv.cli.sections import SectionedCommand
from imgconv.errors import UsageError
from imgconv.kernels import library
from imgconv.kernels.filter import GROUPS, RANGES, Declaration, Filter
from imgconv.kernels.library import Listed
from imgconv.system.diagnostics import printable

if TYPE_CHECKING:
    from imgconv.kernels.kernel import Kernel


_json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON document (default: text)."
)


@click.command(
    cls=SectionedCommand,
    examples=[
        ("List the filters that blur", "imgconv filters blur"),
        ("List the filters for a program", "imgconv filters --json"),
    ],
)
@click.argument("words", metavar="[WORD]...", nargs=-1, shell_complete=complete_from(GROUPS))
@_json_option
def filters(words: tuple[str, ...], as_json: bool) -> None:
    """List filters in groups, with the defaults and ranges of their parameters.

    With WORD only filters are listed that have every WORD in their name, group, summary, or in a
    parameter. Filters of your own are listed last, with their folder.
    """
    found = list(library.listed(on_error=lambda error: say(str(error))))
    found = [each for each in found if _has_all(words, each.declaration)]
    for each in found:
        for hidden in each.hidden:
            say(f"{hidden} is not used, as {each.path} has the same name; rename one of them")
    if not found:
        remedy = kernels.other_names.filter_remedy("-".join(words), (), library.names())
        raise UsageError(f"no filter has '{' '.join(words)}' in its name or description", remedy)
    if as_json:
        click.echo(json.dumps([_listed_fields(each) for each in found], indent=2))
    else:
        _print_groups(found)


def _has_all(words: Sequence[str], entry: Declaration) -> bool:
    texts = [entry.name, *entry.aliases, GROUPS[entry.group], entry.summary]
    texts += [text for parameter in entry.parameters for text in parameter[:2]]
    return all(any(word.lower() in text.lower() for text in texts) for word in words)


def _print_groups(found: Sequence[Listed]) -> None:
    """Print each group under its title; those of the user's own folders follow the shipped ones."""
    width = max(len(_usage(each.declaration)) for each in found)
    shipped = [each for each in found if not each.is_own]
    groups = {
        title: [each for each in shipped if each.declaration.group == group]
        for group, title in GROUPS.items()
    }
    for folder in dict.fromkeys(each.path.parent for each in found if each.is_own):
        groups[f"Your own, in {folder}"] = [each for each in found if each.path.parent == folder]
    text = "\n\n".join(
        "\n".join([printable(title), *(_line(each.declaration, width) for each in entries)])
        for title, entries in groups.items()
        if entries
    )
    click.echo(text)


def _line(entry: Declaration, width: int) -> str:
    """Return a filter in one line, and below it a line for each parameter and alias."""
    lines = [f"  {_usage(entry):{width}}  {entry.summary}"]
    for parameter in entry.parameters:
        lines.append(f"    {parameter.name:{width - 2}}  {parameter.description}")
    for alias in entry.aliases:
        values = (f"{name}={value:g}" for name, value in entry.aliases[alias].items())
        text = f"another name of {':'.join([entry.name, *values])}"
        lines.append(f"    {alias:{width - 2}}  {text}")
    return "\n".join(map(printable, lines))


def _usage(entry: Declaration) -> str:
    return ":".join([entry.name, *(parameter.name for parameter in entry.parameters)])


def _listed_fields(entry: Listed) -> dict[str, Any]:
    return {
        **_declaration_fields(entry.declaration),
        "path": str(entry.path),
        "own": entry.is_own,
        "hidden": [str(path) for path in entry.hidden],
    }


def _declaration_fields(entry: Declaration) -> dict[str, Any]:
    return {
        "name": entry.name,
        "summary": entry.summary,
        "group": entry.group,
        "aliases": {alias: dict(defaults) for alias, defaults in entry.aliases.items()},
        "parameters": [parameter._asdict() for parameter in entry.parameters],
        "combine": entry.combine,
        "range": entry.range,
    }


@click.command(
    cls=KernelCommand,
    examples=[
        ("Show the weights of a filter", "imgconv show gaussian:1.5"),
        ("Check a kernel of your own", 'imgconv show "0 -1 0; -1 5 -1; 0 -1 0"'),
    ],
)
@click.argument("name", metavar="FILTER", shell_complete=complete_filter)
@_json_option
def show(name: str, as_json: bool) -> None:
    """Print the kernels of FILTER and their properties.

    Each kernel is a grid of weights; of a large one the middle is shown. Its size, sum, scale,
    offset and origin follow, then the range rule and the parameters of the filter.
    """
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
