"""The command group; the module of a command is imported when the command is asked for."""

from __future__ import annotations

from importlib import import_module

import click

from imgconv.cli.console import say
from imgconv.planning import costs
from imgconv.system.version import __version__

# The module of each command, in the order of the help text.
_MODULES = {
    "apply": "apply",
    "cache": "machine",
    "filters": "filters",
    "plan": "plan",
    "show": "filters",
    "tune": "machine",
    "warm": "machine",
}


class LazyGroup(click.Group):
    """The group of all commands."""

    def list_commands(self, context: click.Context) -> list[str]:
        return [*_MODULES]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in _MODULES:
            return None
        command: click.Command = getattr(import_module(f"imgconv.cli.{_MODULES[name]}"), name)
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="imgconv")
def main() -> None:
    """Filter pictures by convolution.

    \b
    imgconv apply blur in.jpg out.jpg
    imgconv apply gaussian:2,sobel photos/ edges/
    imgconv apply "0 -1 0; -1 5 -1; 0 -1 0" in.png out.png
    cat in.png | imgconv apply sharpen - - > out.png
    """
    costs.report = say
