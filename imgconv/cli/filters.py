"""``imgconv filters``: list filters in groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import click

from imgconv import kernels
from imgconv.cli.completion.values import complete_from
from imgconv.cli.console import print_json, say
from imgconv.cli.option_groups import json_option
from imgconv.cli.sections import SectionedCommand
from imgconv.errors import UsageError
from imgconv.kernels import library
from imgconv.kernels.filter import GROUPS, Declaration
from imgconv.kernels.library import Listed
from imgconv.system.diagnostics import printable


@click.command(
    cls=SectionedCommand,
    examples=[
        ("List the filters that blur", "imgconv filters blur"),
        ("List the filters for a program", "imgconv filters --json"),
    ],
)
@click.argument("words", metavar="[WORD]...", nargs=-1, shell_complete=complete_from(GROUPS))
@json_option
def filters(words: tuple[str, ...], as_json: bool) -> None:
    """List filters in groups, with the defaults and ranges of their parameters.

    With WORD only filters are listed that have every WORD in their name, group, summary, or in a
    parameter. Filters of your own are listed last, with their folder.
    """
    words = tuple(" ".join(words).split())  # several may stand in quotes
    found = list(library.listed(on_error=lambda error: say(str(error))))
    found = [each for each in found if _has_all(words, each.declaration)]
    for each in found:
        for hidden in each.hidden:
            say(f"{hidden} is not used, as {each.path} has the same name; rename one of them")
    if not found:
        remedy = kernels.other_names.filter_remedy("-".join(words), (), library.names())
        raise UsageError(f"no filter has '{' '.join(words)}' in its name or description", remedy)
    if as_json:
        print_json([_listed_fields(each) for each in found])
    else:
        _print_groups(found)


def _has_all(words: Sequence[str], entry: Declaration) -> bool:
    texts = [entry.name, *entry.aliases, GROUPS[entry.group], entry.summary]
    texts += [text for parameter in entry.parameters for text in parameter[:2]]
    return all(any(word.lower() in text.lower() for text in texts) for word in words)


def _print_groups(found: Sequence[Listed]) -> None:
    """Print each group of shipped filters under its title, then the user's own filters."""
    width = max(len(each.declaration.usage) for each in found)
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
    lines = [f"  {entry.usage:{width}}  {entry.summary}"]
    for parameter in entry.parameters:
        lines.append(f"    {parameter.name:{width - 2}}  {parameter.description}")
    for alias in entry.aliases:
        values = (f"{name}={value:g}" for name, value in entry.aliases[alias].items())
        text = f"another name of {':'.join([entry.name, *values])}"
        lines.append(f"    {alias:{width - 2}}  {text}")
    return "\n".join(map(printable, lines))


def _listed_fields(entry: Listed) -> dict[str, Any]:
    return {
        **declaration_fields(entry.declaration),
        "path": str(entry.path),
        "own": entry.is_own,
        "hidden": [str(path) for path in entry.hidden],
    }


def declaration_fields(entry: Declaration) -> dict[str, Any]:
    """Return the declaration of a filter, for JSON."""
    return {
        "name": entry.name,
        "summary": entry.summary,
        "group": entry.group,
        "aliases": entry.aliases,
        "parameters": [parameter._asdict() for parameter in entry.parameters],
        "combine": entry.combine,
        "range": entry.range,
    }
