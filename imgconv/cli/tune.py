"""``imgconv tune``: what the engines cost on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imgconv.errors import UsageError

if TYPE_CHECKING:
    from imgconv.planning.costs import Costs


@click.command()
@click.option("--show", is_flag=True, help="Only show what holds.")
@click.option("--reset", is_flag=True, help="Forget what was measured: what is shipped holds.")
def tune(show: bool, reset: bool) -> None:
    """Measure what the engines cost on this machine, for the planner to choose by.

    It takes some seconds, in which nothing else should run. Another choice of engines changes how
    long a filter takes; values stay as near to the exact ones as --tolerance asks.
    """
    from imgconv.execution import tune as tune_module

    if reset:
        tune_module.forget()
    elif not show:
        tune_module.keep(_measured())
    _print()


def _measured() -> Costs:
    from imgconv.cli.cache import announce_compiling
    from imgconv.cli.console import progress_bar
    from imgconv.execution import tune as tune_module
    from imgconv.jit.loader import is_interpreted

    if is_interpreted():
        raise UsageError("loops run as plain Python here", "unset NUMBA_DISABLE_JIT")
    announce_compiling()
    with progress_bar() as progress:
        return tune_module.measure(progress)


def _print() -> None:
    from imgconv.planning import costs

    current = costs.current()
    click.echo("nanoseconds of a core for each value of a result")
    click.echo(f"  {'':<16}{'in any case':>14}{'each multiplication':>22}")
    for name, cost in current.engines.items():
        click.echo(f"  {name:<16}{cost.fixed:>14.3f}{cost.each:>22.4f}")
    click.echo(f"  {'rows in and out':<16}{current.fetch_and_store:>14.3f}")
    is_shipped = costs.measured() is None
    click.echo("as shipped" if is_shipped else f"as measured, kept in {costs.path()}")
