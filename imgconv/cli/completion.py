"""Shell completion for the names of filters and borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgconv.kernels import library
from imgconv.kernels.border import BORDERS

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def complete_filter(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """The filters that the last link of a chain may become."""
    from click.shell_completion import CompletionItem  # which a run does without

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
    from click.shell_completion import CompletionItem

    return [
        CompletionItem(name, help=rule.drawing)
        for name, rule in BORDERS.items()
        if name.startswith(incomplete)
    ]
