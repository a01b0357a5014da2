"""Words for people, on standard error, harmless whatever is in a file's name."""

from __future__ import annotations

import sys

import click


def printable(text: str) -> str:
    """``text`` with everything escaped that a terminal would not show as it is."""
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape", "backslashreplace").decode()
        for c in text.encode("utf-8", "backslashreplace").decode()
    )


def is_terminal() -> bool:
    """Whether standard error is one; it may be closed."""
    return sys.stderr is not None and sys.stderr.isatty()


def say(text: str) -> None:
    """One line on standard error."""
    click.echo(f"imgconv: {printable(text)}", err=True)
