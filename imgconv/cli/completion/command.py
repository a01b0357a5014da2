"""``imgconv completion SHELL``: the script of a shell."""

from pathlib import Path

import click

from imgconv.cli.completion.shells import SHELLS
from imgconv.cli.sections import SectionedCommand

EXAMPLES = (
    ("Complete in this bash", "source <(imgconv completion bash)"),
    ("Write the script for a folder of $fpath", "imgconv completion zsh > _imgconv"),
    ("Write the script for ~/.config/fish/completions", "imgconv completion fish > imgconv.fish"),
)


@click.command(cls=SectionedCommand, examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes filters, options and values in a shell.

    Put it where the shell reads it at its start: for bash a line in ~/.bashrc, for zsh a file
    _imgconv in a folder of $fpath, for fish a file in ~/.config/fish/completions.
    """
    script = Path(__file__).parent / f"imgconv.{shell}"
    click.echo(script.read_text(encoding="utf-8"), nl=False)
