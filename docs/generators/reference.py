"""The reference of commands: a page for each, and a list of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from docs.generators.commands import CommandText, OptionText, all_commands
from docs.generators.environment import EXIT_CODES, FILES, VARIABLES


def pages() -> Iterator[tuple[str, str]]:
    """Yield the place of each page and its Markdown."""
    tool, *commands = all_commands()
    yield "reference/index.md", _overview(tool, commands)
    for command in commands:
        yield f"reference/{command.name.split()[-1]}.md", _page(command)


def _overview(tool: CommandText, commands: list[CommandText]) -> str:
    rows = [
        f"| [{command.name}]({command.name.split()[-1]}.md) | {command.summary} |"
        for command in commands
    ]
    table = "\n".join(["| command | purpose |", "|---|---|", *rows])
    tables = [
        _table("Exit codes", "code", EXIT_CODES),
        _table("Environment variables", "variable", VARIABLES),
        _table("Files", "file", FILES),
    ]
    return "\n\n".join(["# Commands", table, *tables, "## imgconv", _body(tool, "###")]) + "\n"


def _table(title: str, column: str, rows: Mapping[str, str]) -> str:
    lines = [f"| `{name}` | {_quoted(text)} |" for name, text in rows.items()]
    return "\n".join([f"## {title}", "", f"| {column} | meaning |", "|---|---|", *lines])


def _page(command: CommandText) -> str:
    return f"# {command.name}\n\n{_body(command)}\n"


def _body(command: CommandText, heading: str = "##") -> str:
    parts = [f"    {command.usage}", _quoted(command.summary), *map(_quoted, command.paragraphs)]
    for name, options in command.sections.items():
        parts.append(f"{heading} {name if len(command.sections) > 1 else 'Options'}")
        parts += [_option(option, f"{heading}#") for option in options]
    if command.examples:
        parts.append(f"{heading} Examples")
        parts += [f"{purpose}:\n\n    {line}" for purpose, line in command.examples]
    return "\n\n".join(parts)


def _option(option: OptionText, heading: str) -> str:
    anchor = re.findall(r"--([a-z0-9-]+)", option.names)[0]
    lines = [f"{heading} `{option.names}` {{ #{anchor} }}", "", _quoted(option.text)]
    if option.table:
        lines += ["", "| value | meaning |", "|---|---|"]
        lines += [f"| `{value}` | {_drawing(text)} |" for value, text in option.table.items()]
    return "\n".join(lines)


def _drawing(text: str) -> str:
    """Return the text of a value; the drawing of a border keeps its columns."""
    escaped = text.replace("|", "&#124;")
    return f"<code>{escaped}</code>" if " | " in text else _quoted(text)


def _quoted(text: str) -> str:
    """Return a text in Markdown, where command lines in quotes and options are code."""
    text = re.sub(r"([*_<>])", r"\\\1", text)
    text = re.sub(r"'(imgconv [^']*|pip [^']*)'", r"`\1`", text)
    return re.sub(r"(?<![\w`-])(--[a-z0-9-]+)", r"`\1`", text)
