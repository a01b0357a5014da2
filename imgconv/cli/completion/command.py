"""``imgconv completion SHELL``: the script of a shell."""

from pathlib import Path

import click

from imgconv.cli.completion.shells import SHELLS
from imgconv.cli.sections import SectionedCommand

EXAMPLES = (
    ("Complete in this bash", "source <(imgconv completion bash)"),
    ("Complete in this zsh", "source <(imgconv completion zsh)"),
    ("Write the script for ~/.config/fish/completions", "imgconv completion fish > imgconv.fish"),
)


@click.command(cls=SectionedCommand, examples=EXAMPLES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print the script that completes filters, options and values in a shell.

    Have the shell read it at its start: bash by a line in ~/.bashrc, zsh by one in ~/.zshrc or
    from a file _imgconv in a folder of $fpath, fish from a file in ~/.config/fish/completions.
    """
    script = Path(__file__).parent / f"imgconv.{shell}"
    click.echo(script.read_text(encoding="utf-8"), nl=False)
