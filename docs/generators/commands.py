"""The texts of all commands and their options, as Click holds them."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import click

from imgconv.cli.run import imgconv
from imgconv.cli.sections import Example, SectionedCommand


class OptionText(NamedTuple):
    """An option: its names with the value they take, its text, and a table of values."""

    names: str
    text: str
    table: Mapping[str, str]


class CommandText(NamedTuple):
    """A command: how it is called, its paragraphs, and its options by section."""

    name: str
    usage: str
    summary: str
    paragraphs: Sequence[str]
    sections: Mapping[str, Sequence[OptionText]]
    examples: Sequence[Example]


def all_commands() -> Iterator[CommandText]:
    """Yield the texts of the tool itself, and then of each command."""
    root = imgconv.make_context("imgconv", [], resilient_parsing=True)
    yield _text_of(imgconv, root)
    for name in imgconv.list_commands(root):
        command = imgconv.get_command(root, name)
        assert command is not None, name
        context = click.Context(command, root, name)
        yield _text_of(command, context)


def _text_of(command: click.Command, context: click.Context) -> CommandText:
    assert isinstance(command, SectionedCommand), f"{command.name} has no sections"
    summary, *paragraphs = inspect.cleandoc(command.help or "").split("\n\n")
    sections = {
        name: [_option_text(option, context) for option in options]
        for name, options in command.sections(context).items()
    }
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    name = context.command_path
    texts = [" ".join(paragraph.split()) for paragraph in paragraphs]
    return CommandText(name, usage, summary, texts, sections, command.examples)


def _option_text(option: click.Option, context: click.Context) -> OptionText:
    names, text = option.get_help_record(context) or ("", "")
    return OptionText(names, text, getattr(option, "table", {}))
