"""``imgconv warm``, ``cache`` and ``tune``: what is cached and measured for this machine."""

import click

from imgconv import execution
from imgconv.cli.console import counted, progress_bar, report_compiling, show_line, warn_not_cached
from imgconv.cli.sections import SectionedCommand
from imgconv.errors import UsageError
from imgconv.execution.snapshot import LABEL
from imgconv.jit import code_cache, hooks, loader
from imgconv.planning import costs


@click.command(
    cls=SectionedCommand,
    examples=[
        ("Compile into a folder that is copied later", "IMGCONV_CACHE_DIR=loops imgconv warm")
    ],
)
@click.option(
    "--portable",
    is_flag=True,
    help="Compile code that other processors of this kind run too, as from a container image: on "
    "x86-64 all with AVX2 and FMA (x86-64-v3). The default compiles for this processor.",
)
def warm(portable: bool) -> None:
    """Compile all loops in advance, as for a container image.

    Otherwise a run compiles the loops that it needs and caches them, which takes some seconds the
    first time.
    """
    hooks.not_cached = warn_not_cached
    with progress_bar() as progress:
        execution.warm.compile_all(progress, portable)


@click.command(
    cls=SectionedCommand,
    examples=[("Show the folder and its size", "imgconv cache")],
)
@click.option(
    "--clear",
    is_flag=True,
    help="Delete the cached files; later runs make them again. The default shows them.",
)
def cache(clear: bool) -> None:
    """Show the folder of cached loops, and its size.

    Beside compiled loops it holds snapshots: later runs with the same options on pictures of the
    same size need not be planned. IMGCONV_CACHE_DIR names another folder.
    """
    if clear:
        code_cache.clear()
    size = sum(path.stat().st_size for path in code_cache.cached_files())
    show_line(f"{code_cache.folder()}: {cache_counts()}, {size / 1024:.0f} KB")


def cache_counts() -> str:
    """Return how many loops and snapshots are cached."""
    files = code_cache.cached_files()
    snapshots = sum(path.name.startswith(f"{LABEL}-") for path in files)
    return f"{counted(len(files) - snapshots, 'loop')}, {counted(snapshots, 'snapshot')}"


@click.command(
    cls=SectionedCommand,
    examples=[
        ("Measure, when nothing else runs", "imgconv tune"),
        ("Go back to the costs of the package", "imgconv tune --reset"),
    ],
)
@click.option("--show", is_flag=True, help="Print the costs in use. The default measures them.")
@click.option(
    "--reset",
    is_flag=True,
    help="Delete the measured costs; later runs use the costs of the package. The default "
    "measures them.",
)
def tune(show: bool, reset: bool) -> None:
    """Measure the costs of the engines on this machine.

    The planner chooses engines by these costs. Measuring takes some seconds, in which nothing else
    should run. Another choice changes how long a filter takes; values stay as near to the exact
    ones as --tolerance asks.
    """
    if reset:
        execution.tune.forget()
    elif not show:
        execution.tune.keep(_measure())
    _print_costs()


def _measure() -> costs.Costs:
    if loader.is_interpreted():
        raise UsageError("loops run as plain Python here", "unset NUMBA_DISABLE_JIT")
    report_compiling()
    with progress_bar() as progress:
        return execution.tune.measure(progress)


def _print_costs() -> None:
    current = costs.current()
    click.echo("nanoseconds of a core for each value of a result")
    click.echo(f"  {'':<16}{'in any case':>14}{'each multiplication':>22}")
    for name, cost in current.engines.items():
        click.echo(f"  {name:<16}{cost.fixed:>14.3f}{cost.each:>22.4f}")
    click.echo(f"  {'rows in and out':<16}{current.fetch_and_store:>14.3f}")
    is_shipped = costs.measured() is None
    show_line("as shipped" if is_shipped else f"as measured, kept in {costs.path()}")
