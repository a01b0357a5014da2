"""Shell completion for the names of filters and borders."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from imgconv import library
from imgconv.border import BORDERS


def complete_filter(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The filters that the last link of a chain may become."""
    chain, comma, link = incomplete.rpartition(",")
    return [
        CompletionItem(f"{chain}{comma}{entry.name}", help=entry.summary)
        for entry in library.declarations()
        if entry.name.startswith(link)
    ]


def complete_border(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The borders that a word may become, each with its drawing."""
    return [
        CompletionItem(name, help=rule.drawing)
        for name, rule in BORDERS.items()
        if name.startswith(incomplete)
    ]
