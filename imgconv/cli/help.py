"""``imgconv help``: the help of the tool, of a command or of a filter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgconv.cli.apply import apply
from imgconv.cli.completion.values import complete_filter
from imgconv.cli.sections import SectionedCommand
from imgconv.errors import UnknownFilterError, nearest
from imgconv.kernels import library

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXAMPLES = (
    ("List all options", "imgconv help apply"),
    ("List the options of a filter first", "imgconv help gaussian"),
)


def _complete_name(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem]:
    root = context.find_root()
    commands = root.command.shell_complete(root, incomplete)
    return [*commands, *complete_filter(context, parameter, incomplete)]


@click.command(cls=SectionedCommand, examples=EXAMPLES)
@click.argument("name", metavar="[COMMAND|FILTER]", required=False, shell_complete=_complete_name)
@click.pass_context
def help(context: click.Context, name: str | None) -> None:
    """Print the help of a command or of a filter.

    For a filter it is the help of 'imgconv apply', with the options of that filter first. Without a
    name it is the list of commands.
    """
    root = context.find_root()
    group = root.command
    assert isinstance(group, click.Group)
    if name is None:
        click.echo(root.get_help())
    elif command := group.get_command(root, name):
        command.make_context(name, ["--help"], root)
    else:
        _check_filter(name, group.list_commands(root))
        apply.make_context("apply", [name, "--help"], root)


def _check_filter(text: str, commands: list[str]) -> None:
    """Raise ``UsageError`` where a text is no filter; the remedy may be a command."""
    try:
        library.declarations_of(text)
    except UnknownFilterError as error:
        near = nearest(text, commands)
        remedy = f"did you mean '{near[0]}'?" if near else error.remedy
        if f"--{text}" in {name for parameter in apply.params for name in parameter.opts}:
            remedy = f"'imgconv help apply' describes the option --{text}"
        problem = f"neither a command nor a filter is called '{text}'"
        raise UnknownFilterError(problem, remedy) from None
