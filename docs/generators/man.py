"""The man page, made of the same texts as the reference: ``python -m docs.generators.man``.

python -m docs.generators.man imgconv.1
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from docs.generators.commands import CommandText, OptionText, all_commands
from imgconv.kernels import library
from imgconv.system.version import __version__


def page() -> str:
    """Return the page imgconv(1) in roff, with the macros of man(7)."""
    tool, *commands = all_commands()
    lines = [f'.TH IMGCONV 1 "" "imgconv {__version__}" "User Commands"']
    lines += [".SH NAME", _escaped(f"imgconv - {tool.summary[0].lower()}{tool.summary[1:-1]}")]
    lines += [".SH SYNOPSIS", ".nf", *(_bold(command.usage) for command in commands), ".fi"]
    lines += [".SH DESCRIPTION", *_texts(tool)]
    lines += [".SH COMMANDS"]
    for command in commands:
        lines += _command(command)
    lines += [".SH FILTERS"]
    for declared in library.declarations():
        lines += _item(declared.usage, declared.summary)
    return "\n".join(lines) + "\n"


def _command(command: CommandText) -> Iterator[str]:
    yield f'.SS "{_escaped(command.usage)}"'
    yield from _texts(command)
    for name, options in command.sections.items():
        yield from (".PP", f".I {_escaped(name)}")
        for option in options:
            yield from _option(option)
    for purpose, line in command.examples:
        yield from (".PP", _escaped(f"{purpose}:"), ".RS", ".nf", _bold(line), ".fi", ".RE")


def _texts(command: CommandText) -> Iterator[str]:
    for text in (command.summary, *command.paragraphs):
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
