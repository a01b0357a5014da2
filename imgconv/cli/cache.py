"""``imgconv warm`` and ``imgconv cache``: compiled loops and snapshots."""

from __future__ import annotations

import click

from imgconv import execution
from imgconv.cli.console import progress_bar, warn_not_cached
from imgconv.execution.snapshot import LABEL
from imgconv.jit import code_cache, hooks


@click.command()
def warm() -> None:
    """Compile all loops ahead, for example into a container or a disk image."""
    hooks.not_cached = warn_not_cached
    with progress_bar() as progress:
        execution.warm.compile_all(progress)


@click.command()
@click.option("--clear", is_flag=True, help="Delete the cached files.")
def cache(clear: bool) -> None:
    """Show where compiled loops are cached, and how much room they take.

    Beside them are snapshots, which spare later runs with the same options their planning.
    """
    if clear:
        code_cache.clear()
    files = code_cache.cached_files()
    size = sum(path.stat().st_size for path in files)
    snapshots = sum(path.name.startswith(f"{LABEL}-") for path in files)
    counts = f"{len(files) - snapshots} loops, {snapshots} snapshots"
    click.echo(f"{code_cache.folder()}: {counts}, {size / 1024:.0f} KB")
