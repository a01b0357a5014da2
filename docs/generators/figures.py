"""The figures of the pages, made by the commands of each page.

A page ``NAME.md`` shows the file ``figure.png``, which one of its commands writes, as
``![text](NAME/figure.png)``. No figure is kept in the repository.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from checks.commands import check_lines

DOCS = Path(__file__).parent.parent


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the place of each figure and its bytes."""
    pages = sorted(DOCS.rglob("*.md"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # the commands are processes of their own
        for page, figures in zip(pages, pool.map(_figures_of, pages), strict=True):
            for name, content in figures.items():
                yield str(page.relative_to(DOCS).with_suffix("") / name), content


def _figures_of(page: Path) -> Mapping[str, bytes]:
    text = page.read_text(encoding="utf-8")
    return made_by(text, shown(text, page.stem))


def shown(text: str, page: str) -> tuple[str, ...]:
    """Return the names of the figures that a page shows, each once, in order."""
    return tuple(dict.fromkeys(re.findall(rf"!\[[^]]*\]\({page}/([\w.-]+)\)", text)))


@cache
def made_by(text: str, names: tuple[str, ...]) -> Mapping[str, bytes]:
    """Run the commands of a page and return the figures that it shows, by name.

    ``mkdocs serve`` builds the site again after each change, so the figures of a text are kept.

    Raises:
        RuntimeError: a command fails, or prints something else than the page says.
        FileNotFoundError: no command has written one of the figures.
    """
    if not names:
        return {}
    with TemporaryDirectory() as folder:
        _, _, wrong = check_lines(text, Path(folder))
        if wrong:
            raise RuntimeError("\n".join(wrong))
        return {name: (Path(folder) / name).read_bytes() for name in names}
