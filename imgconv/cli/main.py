"""The command group."""

from __future__ import annotations

import click

from imgconv import __version__, costs
from imgconv.cli.apply import apply
from imgconv.cli.look import filters, show
from imgconv.cli.machine import cache, warm
from imgconv.cli.plan import plan
from imgconv.cli.say import say
from imgconv.cli.tune import tune


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
    costs.hooks.ignored = say


main.add_command(apply)
main.add_command(plan)
main.add_command(filters)
main.add_command(show)
main.add_command(warm)
main.add_command(tune)
main.add_command(cache)
