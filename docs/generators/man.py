"""The man page, made of the same texts as the reference: ``python -m docs.generators.man``.

python -m docs.generators.man imgconv.1
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from docs.generators.commands import CommandText, OptionText, all_commands
from docs.generators.environment import EXIT_CODES, FILES, VARIABLES
from imgconv.kernels import library
from imgconv.system.version import __version__


def page() -> str:
    """Return the page imgconv(1) in roff, with the macros of man(7)."""
    tool, *commands = all_commands()
    lines = [f'.TH IMGCONV 1 "" "imgconv {__version__}" "User Commands"', ".nh"]
    lines += [".SH NAME", _escaped(f"imgconv - {tool.summary[0].lower()}{tool.summary[1:-1]}")]
    lines += [".SH SYNOPSIS", ".nf", *(_bold(command.usage) for command in commands), ".fi"]
    lines += [".SH DESCRIPTION", *_texts(tool), ".SH OPTIONS", *_options(tool)]
    lines += [".SH COMMANDS"]
    for command in commands:
        lines += [f'.SS "{_escaped(command.usage)}"', *_texts(command), *_options(command)]
        lines += [*_subtitle("Examples"), *_examples(command)]
    lines += _table("FILTERS", {each.usage: each.summary for each in library.declarations()})
    lines += [".PP", _escaped("'imgconv filters' shows the defaults and ranges of their values.")]
    lines += _table("EXIT STATUS", EXIT_CODES)
    lines += _table("ENVIRONMENT", VARIABLES)
    lines += _table("FILES", FILES)
    lines += [".SH EXAMPLES", *_examples(tool)]
    return "\n".join(lines) + "\n"


def _options(command: CommandText) -> Iterator[str]:
    for name, options in command.sections.items():
        if len(command.sections) > 1:
            yield from _subtitle(name)
        for option in options:
            yield from _option(option)


def _subtitle(text: str) -> tuple[str, str]:
    return (".PP", f".I {_escaped(text)}")


def _examples(command: CommandText) -> Iterator[str]:
    for purpose, line in command.examples:
        yield from (".PP", _escaped(f"{purpose}:"), ".RS", ".nf", _bold(line), ".fi", ".RE")


def _table(title: str, rows: Mapping[str, str]) -> Iterator[str]:
    yield f".SH {title}"
    for name, text in rows.items():
        yield from _item(name, text)


def _texts(command: CommandText) -> Iterator[str]:
    yield _escaped(command.summary)
    for text in command.paragraphs:
        yield from (".PP", _escaped(text))


def _option(option: OptionText) -> Iterator[str]:
    yield from _item(option.names, option.text)
    if option.table:
        yield ".RS"
        for value, text in option.table.items():
            yield from _item(value, text)
        yield ".RE"


def _item(name: str, text: str) -> list[str]:
    return [".TP", _bold(name), _escaped(text)]


def _bold(text: str) -> str:
    return f'.B "{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Return a text that roff takes as it is, in one line."""
    text = " ".join(text.split()).replace("\\", r"\e").replace("-", r"\-").replace('"', r"\(dq")
    text = text.replace("^", r"\(ha").replace("~", r"\(ti").replace("'", r"\(aq")
    return rf"\&{text}" if text.startswith((".", "'")) else text


if __name__ == "__main__":
    text = page()
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
