"""The filter library: from a name, a path or a literal to a filter.

A filter's text is a name (``blur``), a name with values (``gaussian:2``, ``gaussian:sigma=2``), the
path of a kernel file (``./mine.toml``), a kernel written out (``"0 -1 0; -1 5 -1; 0 -1 0"``), or a
chain of these joined by commas, in which a kernel written out stands in brackets.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from imgconv.errors import ParameterError, UnknownFilterError, UsageError, nearest
from imgconv.kernels.filter import Declaration, Filter
from imgconv.kernels.toml import read_declaration, read_kernel_text
from imgconv.system.user_dirs import config_folder

FILTERS_VARIABLE = "IMGCONV_FILTERS"

_PACKAGE = Path(__file__).parent.parent

# A path has a slash that is no fraction's, or the ending of a kernel file. What else
# begins like a number, a bracket or a form of another tool is a kernel written out.
_KERNEL_FILE = re.compile(
    r"(^|[^\d\s])[/\\]|[/\\]([^\d\s]|$)|\.(toml|mat|txt|json|kernel|csv|dat|svg)$", re.IGNORECASE
)

_LITERAL = re.compile(r"""\s*([\d\[({+.'"-]|[0-3]?m=|divisor\b)""")


def shipped_folder() -> Path:
    """Where the filters that come with the tool lie: in the package, or beside it in a checkout."""
    inside = _PACKAGE / "filters"
    return inside if inside.is_dir() else _PACKAGE.parent / "filters"


def folders() -> list[Path]:
    """Every folder that is searched, the first match winning.

    Those that ``IMGCONV_FILTERS`` names come first, since whoever sets it means it; the user's own
    folder comes last, so that a shipped name means the same for everyone.
    """
    return list(_searched())


def _searched() -> Iterator[Path]:
    named = os.environ.get(FILTERS_VARIABLE, "")
    yield from (Path(name).expanduser() for name in named.split(os.pathsep) if name)
    yield shipped_folder()
    with suppress(FileNotFoundError):  # no home
        yield config_folder() / "filters"


def names() -> list[str]:
    """The names of all filters, sorted."""
    return sorted({path.stem for folder in folders() for path in folder.glob("*.toml")})


def declarations(
    tell: Callable[[UsageError], None] = lambda error: None,
) -> Iterator[Declaration]:
    """All filters that can be read, sorted by name; ``tell`` hears of each that cannot."""
    for name in names():
        try:
            yield declaration(name)
        except UsageError as error:
            tell(error)


def declaration(name: str) -> Declaration:
    """What the filter called ``name`` says of itself; raises ``UnknownFilterError``."""
    return read_declaration(_place(name))


def _place(name: str) -> Path:
    """The file of the filter called ``name``; raises ``UnknownFilterError``."""
    for folder in _searched():
        path = folder / f"{name}.toml"
        if "/" not in name and os.path.lexists(path):
            return path
    near = nearest(name, names(), 3) or [n for n in names() if name[:3] in n][:3]
    hint = f"did you mean {' or '.join(near)}?" if near else "'imgconv filters' lists all"
    raise UnknownFilterError(f"no filter is called '{name}'", hint)


def find(text: str, options: Mapping[str, str] | None = None) -> list[Filter]:
    """The filters that ``text`` names, in the order in which they run.

    ``options`` are values given beside the text, for every filter that declares them. Raises
    ``UsageError`` for a text that names none.
    """
    return [_find_one(link, options or {}) for link in links(text)]


def links(text: str) -> list[str]:
    """The links of a chain; a kernel written out or a file of that name is one, commas and all."""
    bracketed = text.lstrip().startswith("(")
    if (_is_literal(text) and not bracketed) or _is_file(text):
        return [text.strip()]
    return [link.strip() for link in _parted(text)]


def parse_link(text: str) -> tuple[Declaration, dict[str, str]] | None:
    """The declaration behind one link of a chain and the values given in it.

    None for a kernel that is written out or stands in a file that declares nothing.
    """
    if _is_literal(text):
        return None
    if _KERNEL_FILE.search(text):
        return (read_declaration(Path(text)), {}) if text.lower().endswith(".toml") else None
    name, *values = text.split(":")
    declared = declaration(name)
    return declared, declared.name_values(values)


def texts(text: str) -> list[str]:
    """What stands in the files that say what ``text`` names, one for each link not written out.

    Raises ``UsageError`` where there are none.
    """
    named = [link for link in links(text) if not _is_literal(link)]
    places = [Path(n) if _KERNEL_FILE.search(n) else _place(n.split(":")[0]) for n in named]
    return [f"{place}: {read_kernel_text(place)}" for place in places]


def _find_one(link: str, options: Mapping[str, str]) -> Filter:
    parsed = parse_link(link)
    if parsed:
        declared, given = parsed
        own = {parameter.name for parameter in declared.parameters}
        twice = given.keys() & options.keys()
        if twice:
            raise ParameterError(f"{min(twice)} is given twice", "give it once")
        return declared.bind(given | {name: options[name] for name in own & options.keys()})
    from imgconv.kernels import dialects

    if _is_literal(link):
        return Filter("kernel", (dialects.parse(link),))
    path = Path(link)
    return Filter(path.stem, (dialects.parse_file(read_kernel_text(path), path.suffix),))


def _is_literal(text: str) -> bool:
    if text.lstrip().startswith("<"):
        return True
    return bool(_LITERAL.match(text)) and not _KERNEL_FILE.search(text)


def _is_file(text: str) -> bool:
    return bool(_KERNEL_FILE.search(text)) and Path(text).is_file()


def _parted(chain: str) -> list[str]:
    """Part a chain at the commas that stand in no bracket."""
    parts, depth = [""], 0
    for character in chain:
        depth += (character in "([{") - (character in ")]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    if any(not part.strip() for part in parts):
        raise UnknownFilterError(f"'{chain}' has an empty place", "join filters by single commas")
    return parts
