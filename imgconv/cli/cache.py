"""What concerns this machine: ``imgconv warm`` and ``imgconv cache``."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from imgconv.cli.console import is_terminal, say

if TYPE_CHECKING:
    from imgconv.jit.kernel_loop import Wanted


@click.command()
def warm() -> None:
    """Compile all loops ahead, as for a container or an image of a disk."""
    from imgconv.cli.console import progress_bar
    from imgconv.execution.warm import compile_all
    from imgconv.jit.hooks import hooks

    hooks.not_cached = say_not_kept
    with progress_bar() as progress:
        compile_all(progress)


@click.command()
@click.option("--clear", is_flag=True, help="Delete what is kept.")
def cache(clear: bool) -> None:
    """Show where compiled loops are kept, and how much room they take.

    Beside them are snapshots, which spare later runs with the same options their planning.
    """
    from imgconv.execution.snapshot import LABEL
    from imgconv.jit import code_cache

    if clear:
        code_cache.clear()
    kept = code_cache.cached_files()
    size = sum(path.stat().st_size for path in kept)
    snapshots = sum(path.name.startswith(f"{LABEL}-") for path in kept)
    counts = f"{len(kept) - snapshots} loops, {snapshots} snapshots"
    click.echo(f"{code_cache.folder()}: {counts}, {size / 1024:.0f} KB")


def announce_compiling() -> None:
    """Let a person at a terminal know, once, why the first run takes longer; and get it help."""
    from imgconv.jit.hooks import hooks

    hooks.not_cached = say_not_kept
    hooks.workers = _helped
    if is_terminal():
        hooks.compiling = _Once("compiling for this machine, once; 'imgconv warm' does it ahead")


def _helped(missing: Sequence[Wanted]) -> AbstractContextManager[None]:
    from imgconv.jit.parallel import compile_workers

    return compile_workers(missing)


def say_not_kept(reason: str) -> None:
    """The one warning of a process that cannot keep what it compiles."""
    _not_kept(
        f"compiled code cannot be kept ({reason}); set IMGCONV_CACHE_DIR to a folder that can"
    )


class _Once:
    """Says something the first time it is called, be it in one or another member of a crew."""

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._first, token = os.pipe()  # which forked processes share
        os.write(token, b"1")
        os.close(token)

    def __call__(self, text: str = "") -> None:
        if os.read(self._first, 1):
            say(text or self._text)


_not_kept = _Once()
