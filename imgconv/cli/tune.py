"""``imgconv tune``: measure the costs of the engines on this machine."""

from __future__ import annotations

import click

from imgconv import execution
from imgconv.cli.console import progress_bar, report_compiling
from imgconv.errors import UsageError
from imgconv.jit import loader
from imgconv.planning import costs


@click.command()
@click.option("--show", is_flag=True, help="Show the costs in use, and measure nothing.")
@click.option("--reset", is_flag=True, help="Delete the measured costs; use the shipped ones.")
def tune(show: bool, reset: bool) -> None:
    """Measure the costs of the engines on this machine, from which the planner chooses.

    It takes some seconds, in which nothing else should run. Another choice of engines changes how
    long a filter takes; values stay as near to the exact ones as --tolerance asks.
    """
    if reset:
        execution.tune.forget()
    elif not show:
        execution.tune.keep(_measure())
    _print()


def _measure() -> costs.Costs:
    if loader.is_interpreted():
        raise UsageError("loops run as plain Python here", "unset NUMBA_DISABLE_JIT")
    report_compiling()
    with progress_bar() as progress:
        return execution.tune.measure(progress)


def _print() -> None:
    current = costs.current()
    click.echo("nanoseconds of a core for each value of a result")
    click.echo(f"  {'':<16}{'in any case':>14}{'each multiplication':>22}")
    for name, cost in current.engines.items():
        click.echo(f"  {name:<16}{cost.fixed:>14.3f}{cost.each:>22.4f}")
    click.echo(f"  {'rows in and out':<16}{current.fetch_and_store:>14.3f}")
    is_shipped = costs.measured() is None
    click.echo("as shipped" if is_shipped else f"as measured, kept in {costs.path()}")
