"""The hook of MkDocs that adds generated pages: see mkdocs.yml."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

DOCS = Path(__file__).parent
TOP = DOCS.parent
sys.path.insert(0, str(TOP))

from docs.generators import figures, gallery, man, python, reference  # noqa: E402

# Files at the top of the checkout that are pages of the site, too.
COPIED = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
_PAGES = {"README.md": "index.md", **COPIED}

# Pages whose pictures or tables take the place of the table of contents.
_WIDE = ("index.md", "faithful.md", "benchmarks.md")

# Pages for developers, which a search lists last.
_LAST = (*COPIED.values(), "architecture.md", "benchmarks.md", "performance-notes.md")

# Links out of docs/, as they work in a checkout, to the pages of the site.
_OUTSIDE = re.compile(r"\]\((?:\.\./)+([A-Z]+\.md)")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write out the names in the navigation that stand for several pages, as ``howto/*.md``."""
    generated = [place for place, _ in reference.pages()]
    config.nav = expanded(config.nav, [Path(place) for place in generated])
    return config


def expanded(entry: Any, generated: Sequence[Path]) -> Any:
    """Return an entry with each pattern replaced by the pages that match and are not named."""
    if isinstance(entry, dict):
        return {title: expanded(inner, generated) for title, inner in entry.items()}
    if not isinstance(entry, list):
        return entry
    found: list[Any] = []
    for each in entry:
        if isinstance(each, str) and "*" in each:
            written = [path.relative_to(DOCS) for path in DOCS.glob(each)]
            matching = {*written, *(path for path in generated if path.match(each))}
            found += sorted(str(path) for path in matching if str(path) not in entry)
        else:
            found.append(expanded(each, generated))
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages and pictures."""
    made: dict[str, str | bytes] = {"gallery.md": gallery.page(), "imgconv.1": man.page()}
    made |= {"reference/python.md": python.page(), **dict(reference.pages())}
    made |= {place: _inside(TOP / name) for name, place in COPIED.items()}
    made |= {**dict(gallery.pictures()), **dict(figures.pictures())}
    for place, content in made.items():
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Return a page with links to pages of the site; the first one is the README."""
    if page.file.src_uri in _WIDE:
        page.meta["hide"] = ["toc"]
    if page.file.src_uri in _LAST:
        page.meta["search"] = {"boost": 0.1}
    if page.file.src_uri == "index.md":
        markdown = home(markdown)
    above = "../" * page.file.src_uri.count("/")
    return _OUTSIDE.sub(lambda found: f"]({above}{_PAGES[found[1]]}", markdown)


def home(links: str) -> str:
    """Return the README, with the links of the site in place of its last section."""
    beginning, *sections = _inside(TOP / "README.md").split("\n## ")
    return "\n## ".join([beginning, links.removeprefix("# "), *sections[:-1]])


def _inside(path: Path) -> str:
    """Return a page of the top, whose links into docs/ become links in the site."""
    return re.sub(r"\]\(docs/", "](", path.read_text(encoding="utf-8"))
