"""The figures of the pages under docs/understanding, made by the commands of each page.

A page ``NAME.md`` shows the file ``figure.png``, which one of its commands writes, as
``![text](NAME/figure.png)``. No figure is kept in the repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from checks.commands import check_lines

PAGES = Path(__file__).parent.parent / "understanding"


def pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the place of each figure and its bytes."""
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for name, content in made_by(text, shown(text, page.stem)).items():
            yield f"{PAGES.name}/{page.stem}/{name}", content


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
