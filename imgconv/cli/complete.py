"""Shell completion for filter names."""

from __future__ import annotations

import click
from click.shell_completion import CompletionItem

from imgconv import library


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
