"""Shell completion of filters and borders."""

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
    """Return the filters that complete the last link of a chain."""
    chain, comma, link = incomplete.rpartition(",")
    return [
        _item(f"{chain}{comma}{entry.name}", entry.summary)
        for entry in library.declarations()
        if entry.name.startswith(link) and entry.name.isprintable()
    ]


def complete_border(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    """Return the borders that complete a word, each with its drawing."""
    found = [name for name in BORDERS if name.startswith(incomplete)]
    return [_item(name, BORDERS[name].drawing) for name in found]


def _item(value: str, help: str) -> CompletionItem:
    from click.shell_completion import CompletionItem  # 1 ms, which other runs save

    return CompletionItem(value, help=help)
