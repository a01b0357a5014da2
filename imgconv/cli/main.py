"""The command group."""

from __future__ import annotations

import click

from imgconv import __version__
from imgconv.cli.apply import apply
from imgconv.cli.look import filters, show
from imgconv.cli.machine import cache, warm


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="imgconv")
def main() -> None:
    """Filter pictures by convolution.

    \b
    imgconv apply blur in.jpg out.jpg
    imgconv apply gaussian:2,sobel photos/ edges/
    imgconv apply "0 -1 0; -1 5 -1; 0 -1 0" in.png out.png
    cat in.png | imgconv apply sharpen - - > out.png
    """


main.add_command(apply)
main.add_command(filters)
main.add_command(show)
main.add_command(warm)
main.add_command(cache)
